/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Which words are found for each kind of event. Whatever a peer may have chosen is escaped here, so
 * that nothing it says reaches the terminal as a command.
 */

#include "config.h"

#include "confsync-event-words.h"

#include <glib/gi18n.h>

#include "confsync-units.h"

/* how many pointers a line names before it only counts them */
#define POINTERS_SHOWN 3

/* Returns: (transfer full): a string of the details, harmless; "?" where it isn't there */
static char *
dup_text (ConfsyncEventLine *line, const char *key)
{
  g_autofree char *text = NULL;

  if (!g_variant_dict_lookup (line->details, key, "s", &text))
    return g_strdup ("?");
  return confsync_units_escape (text);
}

static gboolean
has_text (ConfsyncEventLine *line, const char *key)
{
  const char *text;

  return g_variant_dict_lookup (line->details, key, "&s", &text) && *text != '\0';
}

static gboolean
is_set (ConfsyncEventLine *line, const char *key)
{
  gboolean value = FALSE;

  return g_variant_dict_lookup (line->details, key, "b", &value) && value;
}

static guint
get_count (ConfsyncEventLine *line, const char *key)
{
  guint value = 0;

  g_variant_dict_lookup (line->details, key, "u", &value);
  return value;
}

static gboolean
get_duration (ConfsyncEventLine *line, const char *key, char **text)
{
  gint64 us;

  if (!g_variant_dict_lookup (line->details, key, "x", &us) || us < 0)
    return FALSE;
  *text = confsync_units_duration (us);
  return TRUE;
}

/* "/zones/0/name, /zones/3", at most three by name */
static void
append_pointers (ConfsyncEventLine *line, GString *text)
{
  g_autofree const char **pointers = NULL;
  guint length = 0, shown, more = get_count (line, "more");

  g_variant_dict_lookup (line->details, "pointers", "^a&s", &pointers);
  while (pointers != NULL && pointers[length] != NULL)
    length++;
  shown = MIN (length, POINTERS_SHOWN);
  for (guint i = 0; i < shown; i++)
    {
      g_autofree char *safe = confsync_units_escape (pointers[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                              *safe != '\0' ? safe : _ ("the whole document"));
    }
  if (shown == 0)
    g_string_append (text, _ ("the whole document"));
  if (length - shown + more > 0)
    g_string_append_printf (text, _ (" and +%u more"), length - shown + more);
}

static void
append_separated (GString *text, const char *more)
{
  if (text->len > 0)
    g_string_append (text, ", ");
  g_string_append (text, more);
}

static void
append_unencrypted (ConfsyncEventLine *line)
{
  if (g_variant_dict_contains (line->details, "encrypted") && !is_set (line, "encrypted"))
    append_separated (line->rest, _ ("not encrypted"));
}

static void
write_listening (ConfsyncEventLine *line)
{
  g_autofree char *address = dup_text (line, "address");

  g_string_append (line->subject, address);
  g_string_append (line->rest,
                   is_set (line, "exposed") ? _ ("open to the network") : _ ("this machine only"));
  if (is_set (line, "keyed"))
    append_separated (line->rest, _ ("shared key"));
  if (is_set (line, "authenticated"))
    append_separated (line->rest, _ ("pinned certificates"));
  if (is_set (line, "exposed"))
    append_unencrypted (line);
}

static void
write_peer_up (ConfsyncEventLine *line)
{
  g_autofree char *peer = dup_text (line, "peer");
  g_autofree char *remote = dup_text (line, "remote");
  g_autofree char *trip = NULL;

  g_string_append (line->subject, peer);
  if (!is_set (line, "legacy") || !g_str_equal (remote, peer))
    g_string_append (line->rest, remote);
  if (is_set (line, "legacy"))
    {
      append_separated (line->rest, _ ("a legacy peer: what it holds is not known"));
      return;
    }
  if (get_duration (line, "round-trip", &trip))
    g_string_append_printf (line->rest, _ (", round trip %s"), trip);
  append_separated (line->rest, is_set (line, "same") ? _ ("same content") : _ ("other content"));
  append_unencrypted (line);
}

static void
write_peer_down (ConfsyncEventLine *line)
{
  g_autofree char *peer = dup_text (line, "peer");
  g_autofree char *reason = dup_text (line, "reason");
  g_autofree char *retry = NULL;

  g_string_append (line->subject, peer);
  g_string_append (line->rest, reason);
  if (get_duration (line, "retry", &retry))
    g_string_append_printf (line->rest, _ ("; next try in %s"), retry);
}

static void
append_size_and_version (ConfsyncEventLine *line)
{
  guint64 size;

  if (g_variant_dict_lookup (line->details, "size", "t", &size))
    {
      g_autofree char *bytes = confsync_units_bytes (size);

      append_separated (line->rest, bytes);
    }
  if (has_text (line, "version"))
    {
      g_autofree char *version = dup_text (line, "version");

      append_separated (line->rest, _ ("version "));
      g_string_append (line->rest, version);
    }
}

static void
write_changed (ConfsyncEventLine *line)
{
  if (is_set (line, "initial"))
    g_string_append (line->subject, _ ("as found at the first start"));
  else
    append_pointers (line, line->subject);
  append_size_and_version (line);
}

static void
write_rollback (ConfsyncEventLine *line)
{
  g_autofree char *to = dup_text (line, "to");
  g_autofree char *author = dup_text (line, "author");
  g_autoptr (GString) places = g_string_new (NULL);

  append_pointers (line, places);
  if (has_text (line, "to"))
    g_string_append_printf (line->subject, _ ("to %s by %s: %s"), to, author, places->str);
  else
    g_string_append_printf (line->subject, _ ("by %s: %s"), author, places->str);
  append_size_and_version (line);
}

static void
write_restored (ConfsyncEventLine *line)
{
  g_autofree char *path = dup_text (line, "path");

  g_string_append (line->subject, path);
  g_string_append (line->rest, _ ("holds the configuration again"));
}

static void
append_holders (ConfsyncEventLine *line)
{
  const guint holding = get_count (line, "holding"), total = get_count (line, "total");
  g_autofree char *elapsed = NULL;

  if (get_duration (line, "elapsed", &elapsed))
    g_string_append_printf (line->subject,
                            ngettext ("%u of %u peer holds it after %s",
                                      "%u of %u peers hold it after %s", total),
                            holding, total, elapsed);
  else
    g_string_append_printf (line->subject,
                            ngettext ("%u of %u peer holds it", "%u of %u peers hold it", total),
                            holding, total);
}

static void
write_synced (ConfsyncEventLine *line)
{
  const guint legacy = get_count (line, "legacy");
  g_autofree char *sent = NULL;

  if (get_count (line, "total") > 0 || legacy == 0)
    append_holders (line);
  if (legacy == 0)
    return;

  sent = g_strdup_printf (ngettext ("sent to %u legacy peer, which doesn't say whether it holds it",
                                    "sent to %u legacy peers, which don't say whether they hold it",
                                    legacy),
                          legacy);
  append_separated (line->subject, sent);
}

static void
write_applied (ConfsyncEventLine *line)
{
  g_autofree char *from = dup_text (line, "from");
  g_autofree char *peer = dup_text (line, "peer");
  g_autofree char *elapsed = NULL;

  append_pointers (line, line->subject);
  if (has_text (line, "from"))
    g_string_append_printf (line->subject, _ (" from %s"), from);
  else if (is_set (line, "here"))
    g_string_append (line->subject, _ (" by an edit made here"));
  else
    g_string_append (line->subject, _ (" by a merge"));
  if (get_duration (line, "elapsed", &elapsed))
    g_string_append_printf (line->rest, _ ("%s after receipt"), elapsed);
  if (has_text (line, "peer") && !g_str_equal (peer, from))
    {
      g_autofree char *way = g_strdup_printf (_ ("by way of %s"), peer);

      append_separated (line->rest, way);
    }
}

#define TRIAL_HASH_SHOWN_CHARS 12

static void
write_trial (ConfsyncEventLine *line)
{
  g_autofree char *outcome = dup_text (line, "outcome");
  g_autofree char *hash = dup_text (line, "hash");
  g_autofree char *author = dup_text (line, "author");
  g_autofree char *reason = dup_text (line, "reason");
  g_autofree char *timeout = NULL;

  g_string_append_printf (line->subject, _ ("%s: %.*s of %s"), outcome, TRIAL_HASH_SHOWN_CHARS,
                          hash, author);
  if (has_text (line, "reason"))
    g_string_append_printf (line->subject, ", %s", reason);
  if (g_str_equal (outcome, "begun") && get_duration (line, "timeout", &timeout))
    g_string_append_printf (line->rest, _ ("if it works, say so within %s: confsync confirm"),
                            timeout);
  else if (g_str_equal (outcome, "failed"))
    g_string_append (line->rest, _ ("all go back to what was confirmed here last"));
  else if (g_str_equal (outcome, "failed here"))
    g_string_append (line->rest, _ ("this instance alone goes back to what was confirmed last"));
}

static void
write_lost (ConfsyncEventLine *line)
{
  g_autofree char *author = dup_text (line, "author");
  g_autofree char *winner = dup_text (line, "winner");
  g_autofree char *version = dup_text (line, "version");

  append_pointers (line, line->subject);
  g_string_append_printf (line->subject, _ (" of %s"), author);
  g_string_append_printf (line->rest, _ ("%s won"), winner);
  if (has_text (line, "version"))
    g_string_append_printf (line->rest, _ ("; kept as version %s"), version);
}

/* "3f9a2c1b at /zones" */
static void
append_conflict (ConfsyncEventLine *line)
{
  g_autofree char *id = dup_text (line, "id");
  g_autofree char *pointer = dup_text (line, "pointer");

  g_string_append_printf (line->subject, _ ("%s at %s"), id,
                          *pointer != '\0' ? pointer : _ ("the whole document"));
}

static void
write_conflict (ConfsyncEventLine *line)
{
  g_autofree char *id = dup_text (line, "id");
  g_autofree char *ours = dup_text (line, "ours");
  g_autofree char *theirs = dup_text (line, "theirs");

  append_conflict (line);
  g_string_append_printf (line->subject, _ (": %s (ours) and %s (theirs) differ at "), ours,
                          theirs);
  append_pointers (line, line->subject);
  g_string_append_printf (line->rest, _ ("decide: confsync resolve %s --ours|--theirs"), id);
}

static void
write_settled (ConfsyncEventLine *line)
{
  g_autofree char *author = dup_text (line, "author");

  append_conflict (line);
  g_string_append_printf (line->rest, _ ("by %s"), author);
}

static void
write_merged (ConfsyncEventLine *line)
{
  g_autofree char *author = dup_text (line, "author");
  g_autofree char *other = dup_text (line, "other");

  append_pointers (line, line->subject);
  g_string_append_printf (line->rest, _ ("changed by both %s and %s; the later edit stands there"),
                          author, other);
}

static void
append_kept (ConfsyncEventLine *line)
{
  g_autofree char *version = dup_text (line, "version");

  if (has_text (line, "version"))
    g_string_append_printf (line->rest, _ ("kept as version %s"), version);
}

static void
write_joining (ConfsyncEventLine *line)
{
  g_autofree char *peer = dup_text (line, "peer");

  g_string_append_printf (line->subject, _ ("this file will replace what %s holds at "), peer);
  append_pointers (line, line->subject);
  append_kept (line);
}

static void
write_adopted (ConfsyncEventLine *line)
{
  g_autofree char *author = dup_text (line, "author");

  g_string_append_printf (line->subject, _ ("what %s made, in place of the file found here at "),
                          author);
  append_pointers (line, line->subject);
  append_kept (line);
}

static void
write_local_edit (ConfsyncEventLine *line)
{
  append_pointers (line, line->subject);
  g_string_append (line->subject, _ (" goes nowhere: this instance only receives"));
  append_kept (line);
  append_separated (line->rest, _ ("confsync revert-local puts back what the others have"));
}

static void
write_clock (ConfsyncEventLine *line)
{
  g_autofree char *peer = dup_text (line, "peer");
  g_autofree char *remote = dup_text (line, "remote");
  g_autofree char *amount = NULL;
  gint64 ahead = 0;

  if (!g_variant_dict_lookup (line->details, "ahead", "x", &ahead) || ahead <= 0)
    {
      g_string_append_printf (line->subject, _ ("of %s is right again"), peer);
      return;
    }
  amount = confsync_units_duration (ahead);
  g_string_append_printf (line->subject, _ ("of %s is %s ahead of this one"), peer, amount);
  if (has_text (line, "remote"))
    g_string_append_printf (line->subject, _ (" (seen by way of %s)"), remote);
  g_string_append (line->rest, _ ("set it right: its edits win over those made meanwhile"));
}

static void
write_epoch (ConfsyncEventLine *line)
{
  g_autofree char *author = dup_text (line, "author");

  g_string_append_printf (line->subject, _ ("%u begins: %s reset the clock"),
                          get_count (line, "epoch"), author);
  g_string_append (line->rest, _ ("edits that didn't know of it lose"));
}

/* The kind says "waiting" already; a reason that says more than that is a sentence of its own. */
static void
write_waiting (ConfsyncEventLine *line)
{
  g_autofree char *path = dup_text (line, "path");
  g_autofree char *reason = dup_text (line, "reason");

  if (has_text (line, "reason") && !g_str_has_prefix (reason, "waiting for "))
    {
      g_string_append (line->subject, reason);
      g_string_append (line->rest, _ ("or put it back: confsync restore"));
    }
  else
    g_string_append_printf (line->subject, _ ("for %s, or for a peer that has it"), path);
}

static void
write_invalid (ConfsyncEventLine *line)
{
  g_autofree char *reason = dup_text (line, "reason");

  g_string_append_printf (line->subject,
                          is_set (line, "stays")
                            ? _ ("%s; it was accepted before, and stays until it is edited")
                            : _ ("%s; nothing is sent until it is mended"),
                          reason);
}

/* Kinds that are somebody or something, and a reason. */
static void
write_reasoned (ConfsyncEventLine *line, const char *key)
{
  g_autofree char *subject = dup_text (line, key);
  g_autofree char *reason = dup_text (line, "reason");

  g_string_append (line->subject, subject);
  g_string_append (line->rest, reason);
}

static void
write_refused (ConfsyncEventLine *line)
{
  write_reasoned (line, "remote");
}

static void
write_blocked (ConfsyncEventLine *line)
{
  g_autofree char *duration = NULL;

  write_reasoned (line, "remote");
  if (get_duration (line, "duration", &duration))
    g_string_append_printf (line->rest, _ ("; nothing from there is heard for %s"), duration);
}

static void
write_behind (ConfsyncEventLine *line)
{
  write_reasoned (line, "peer");
}

static void
write_failed (ConfsyncEventLine *line)
{
  write_reasoned (line, "what");
}

static void
write_notice (ConfsyncEventLine *line)
{
  g_autofree char *message = dup_text (line, "message");

  g_string_append (line->subject, message);
}

/* A kind that this program doesn't know: all that it carries. */
static void
write_other (ConfsyncEventLine *line)
{
  g_autoptr (GVariant) details = g_variant_ref_sink (g_variant_dict_end (line->details));
  g_autofree char *printed = g_variant_print (details, FALSE);
  g_autofree char *safe = confsync_units_escape (printed);

  g_string_append (line->subject, safe);
}

static const ConfsyncEventWords kinds[] = {
  { CONFSYNC_EVENT_LISTENING, write_listening, CONFSYNC_EVENT_COLOR_GREEN },
  { CONFSYNC_EVENT_PEER_UP, write_peer_up, CONFSYNC_EVENT_COLOR_GREEN },
  { CONFSYNC_EVENT_PEER_DOWN, write_peer_down, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_CHANGED, write_changed, CONFSYNC_EVENT_COLOR_CYAN },
  { CONFSYNC_EVENT_ROLLBACK, write_rollback, CONFSYNC_EVENT_COLOR_CYAN },
  { CONFSYNC_EVENT_RESTORED, write_restored, CONFSYNC_EVENT_COLOR_GREEN },
  { CONFSYNC_EVENT_SYNCED, write_synced, CONFSYNC_EVENT_COLOR_GREEN },
  { CONFSYNC_EVENT_APPLIED, write_applied, CONFSYNC_EVENT_COLOR_CYAN },
  { CONFSYNC_EVENT_TRIAL, write_trial, CONFSYNC_EVENT_COLOR_CYAN },
  { CONFSYNC_EVENT_LOST, write_lost, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_CONFLICT, write_conflict, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_SETTLED, write_settled, CONFSYNC_EVENT_COLOR_GREEN },
  { CONFSYNC_EVENT_MERGED, write_merged, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_JOINING, write_joining, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_ADOPTED, write_adopted, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_LOCAL_EDIT, write_local_edit, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_CLOCK, write_clock, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_EPOCH, write_epoch, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_WAITING, write_waiting, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_INVALID, write_invalid, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_REFUSED, write_refused, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_UNPROVEN, write_refused, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_BLOCKED, write_blocked, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_BEHIND, write_behind, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_FAILED, write_failed, CONFSYNC_EVENT_COLOR_YELLOW },
  { CONFSYNC_EVENT_NOTICE, write_notice, "" },
  { NULL, write_other, "" },
};

/*
 * confsync_event_words_find:
 *
 * Returns: who has words for this kind; for one that nobody knows, who shows all that it carries
 */
const ConfsyncEventWords *
confsync_event_words_find (const char *kind)
{
  const ConfsyncEventWords *words = kinds;

  while (words->kind != NULL && !g_str_equal (words->kind, kind))
    words++;
  return words;
}
