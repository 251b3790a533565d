/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Open conflicts: plain values, and their form as JSON. A side that has nothing at the pointer is
 * no member there; null is a value like any other.
 */

#include "config.h"

#include "confsync-open-conflict-private.h"

#include <string.h>

#include "confsync-error.h"
#include "confsync-json-pointer-private.h"
#include "confsync-message-private.h"
#include "confsync-stamp-private.h"

#define POINTER_MAX_BYTES 4096

struct _ConfsyncOpenConflict
{
  char id[CONFSYNC_CONFLICT_ID_LENGTH + 1];
  char *pointer;
  ConfsyncJson *base;   /* (owned) (nullable) */
  ConfsyncJson *ours;   /* (owned) (nullable) */
  ConfsyncJson *theirs; /* (owned) (nullable) */
  ConfsyncStamp *ours_stamp;
  ConfsyncStamp *theirs_stamp;
  gint64 since;
  char *reason;
};

G_DEFINE_BOXED_TYPE (ConfsyncOpenConflict, confsync_open_conflict, confsync_open_conflict_ref,
                     confsync_open_conflict_unref)

static ConfsyncJson *
ref_value (ConfsyncJson *value)
{
  return value != NULL ? confsync_json_ref (value) : NULL;
}

ConfsyncOpenConflict *
confsync_open_conflict_new (const char *id,
                            const char *pointer,
                            ConfsyncJson *base,
                            ConfsyncJson *ours,
                            ConfsyncJson *theirs,
                            ConfsyncStamp *ours_stamp,
                            ConfsyncStamp *theirs_stamp,
                            gint64 since,
                            const char *reason)
{
  ConfsyncOpenConflict *self = g_atomic_rc_box_new0 (ConfsyncOpenConflict);

  g_strlcpy (self->id, id, sizeof self->id);
  self->pointer = g_strdup (pointer);
  self->base = ref_value (base);
  self->ours = ref_value (ours);
  self->theirs = ref_value (theirs);
  self->ours_stamp = confsync_stamp_ref (ours_stamp);
  self->theirs_stamp = confsync_stamp_ref (theirs_stamp);
  self->since = since;
  self->reason = g_utf8_make_valid (reason, -1);
  if (strlen (self->reason) > CONFSYNC_REASON_MAX_BYTES)
    *g_utf8_find_prev_char (self->reason, self->reason + CONFSYNC_REASON_MAX_BYTES + 1) = '\0';
  return self;
}

/**
 * confsync_open_conflict_ref:
 * @self: an open conflict
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same conflict
 *
 * Since: 1.0
 */
ConfsyncOpenConflict *
confsync_open_conflict_ref (ConfsyncOpenConflict *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
open_conflict_clear (ConfsyncOpenConflict *self)
{
  g_free (self->pointer);
  g_clear_pointer (&self->base, confsync_json_unref);
  g_clear_pointer (&self->ours, confsync_json_unref);
  g_clear_pointer (&self->theirs, confsync_json_unref);
  confsync_stamp_unref (self->ours_stamp);
  confsync_stamp_unref (self->theirs_stamp);
  g_free (self->reason);
}

/**
 * confsync_open_conflict_unref:
 * @self: (transfer full): an open conflict
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_open_conflict_unref (ConfsyncOpenConflict *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) open_conflict_clear);
}

/**
 * confsync_open_conflict_get_id:
 * @self: an open conflict
 *
 * Gets what the conflict is named by: 8 hexadecimal digits, the same on every instance, and the
 * same while more edits on either side change what it says.
 *
 * Returns: its id
 *
 * Since: 1.0
 */
const char *
confsync_open_conflict_get_id (ConfsyncOpenConflict *self)
{
  return self->id;
}

/**
 * confsync_open_conflict_get_pointer:
 * @self: an open conflict
 *
 * Gets where in the configuration the sides differ.
 *
 * Returns: a JSON Pointer (RFC 6901); the empty string is the whole document
 *
 * Since: 1.0
 */
const char *
confsync_open_conflict_get_pointer (ConfsyncOpenConflict *self)
{
  return self->pointer;
}

/**
 * confsync_open_conflict_get_base:
 * @self: an open conflict
 *
 * Gets what both sides were made from.
 *
 * Returns: (transfer none) (nullable): the value at the pointer; %NULL where there was none, and
 *   for a whole document where nobody knows what both were made from
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_open_conflict_get_base (ConfsyncOpenConflict *self)
{
  return self->base;
}

/**
 * confsync_open_conflict_get_ours:
 * @self: an open conflict
 *
 * Gets the side that stands for the time being.
 *
 * Returns: (transfer none) (nullable): the value at the pointer; %NULL where there is none
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_open_conflict_get_ours (ConfsyncOpenConflict *self)
{
  return self->ours;
}

/**
 * confsync_open_conflict_get_theirs:
 * @self: an open conflict
 *
 * Gets the side that waits.
 *
 * Returns: (transfer none) (nullable): the value at the pointer; %NULL where there is none
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_open_conflict_get_theirs (ConfsyncOpenConflict *self)
{
  return self->theirs;
}

/**
 * confsync_open_conflict_get_ours_stamp:
 * @self: an open conflict
 *
 * Gets when the side that stands was made, and by whom.
 *
 * Returns: (transfer none): its stamp
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_open_conflict_get_ours_stamp (ConfsyncOpenConflict *self)
{
  return self->ours_stamp;
}

/**
 * confsync_open_conflict_get_theirs_stamp:
 * @self: an open conflict
 *
 * Gets when the side that waits was made, and by whom.
 *
 * Returns: (transfer none): its stamp
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_open_conflict_get_theirs_stamp (ConfsyncOpenConflict *self)
{
  return self->theirs_stamp;
}

/**
 * confsync_open_conflict_get_since:
 * @self: an open conflict
 *
 * Asks since when the conflict is open.
 *
 * Returns: microseconds since the Unix epoch
 *
 * Since: 1.0
 */
gint64
confsync_open_conflict_get_since (ConfsyncOpenConflict *self)
{
  return self->since;
}

/**
 * confsync_open_conflict_get_reason:
 * @self: an open conflict
 *
 * Gets why nobody but a person can decide it.
 *
 * Returns: one line for people
 *
 * Since: 1.0
 */
const char *
confsync_open_conflict_get_reason (ConfsyncOpenConflict *self)
{
  return self->reason;
}

char *
confsync_open_conflict_make_id (const char *pointer, const char *key, const char *other_key)
{
  gboolean in_order = strcmp (key, other_key) <= 0;
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%s", pointer, in_order ? key : other_key,
                                           in_order ? other_key : key);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (digest, CONFSYNC_CONFLICT_ID_LENGTH);
}

static gboolean
same_value (ConfsyncJson *a, ConfsyncJson *b)
{
  return a == b || (a != NULL && b != NULL && confsync_json_equal (a, b));
}

gboolean
confsync_open_conflict_equal (ConfsyncOpenConflict *a, ConfsyncOpenConflict *b)
{
  return g_str_equal (a->id, b->id) && g_str_equal (a->pointer, b->pointer) &&
         same_value (a->ours, b->ours) && same_value (a->theirs, b->theirs);
}

static void
build_value (ConfsyncJsonBuilder *builder, const char *name, ConfsyncJson *value)
{
  if (value == NULL)
    return;
  confsync_json_builder_name (builder, name);
  confsync_json_builder_append (builder, value);
}

static void
build_string (ConfsyncJsonBuilder *builder, const char *name, const char *value)
{
  confsync_json_builder_name (builder, name);
  confsync_json_builder_string (builder, value);
}

void
confsync_open_conflict_build (ConfsyncOpenConflict *self, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_begin_object (builder);
  build_string (builder, "id", self->id);
  build_string (builder, "pointer", self->pointer);
  build_value (builder, "base", self->base);
  build_value (builder, "ours", self->ours);
  build_value (builder, "theirs", self->theirs);
  confsync_json_builder_name (builder, "ours_stamp");
  confsync_stamp_build (self->ours_stamp, builder);
  confsync_json_builder_name (builder, "theirs_stamp");
  confsync_stamp_build (self->theirs_stamp, builder);
  confsync_json_builder_name (builder, "since");
  confsync_json_builder_integer (builder, self->since);
  build_string (builder, "reason", self->reason);
  confsync_json_builder_close (builder);
}

static gboolean
fail (GError **error, const char *member, const char *expected)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
               "an open conflict's “%s” is not %s", member, expected);
  return FALSE;
}

static char *
read_string (ConfsyncJson *json, const char *name, gsize max)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);
  gsize length;

  if (member == NULL || confsync_json_get_kind (member) != CONFSYNC_JSON_STRING)
    return NULL;
  confsync_json_get_string (member, &length);
  return length <= max ? confsync_json_dup_string (member) : NULL;
}

static gboolean
is_id (const char *id)
{
  return id != NULL && strlen (id) == CONFSYNC_CONFLICT_ID_LENGTH &&
         strspn (id, "0123456789abcdef") == CONFSYNC_CONFLICT_ID_LENGTH;
}

static gboolean
is_pointer (const char *pointer)
{
  g_auto (GStrv) tokens = pointer != NULL ? confsync_json_pointer_split (pointer, NULL) : NULL;

  return tokens != NULL;
}

static ConfsyncStamp *
read_stamp (ConfsyncJson *json, const char *name, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  if (member == NULL)
    fail (error, name, "there");
  return member != NULL ? confsync_stamp_new_from_json (member, error) : NULL;
}

static gboolean
read_since (ConfsyncJson *json, gint64 *since, GError **error)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, "since");

  if (member == NULL || confsync_json_get_kind (member) != CONFSYNC_JSON_INTEGER ||
      confsync_json_get_integer (member) < 0 ||
      confsync_json_get_integer (member) > CONFSYNC_STAMP_TIME_MAX)
    return fail (error, "since", "a time before the year 2200");
  *since = confsync_json_get_integer (member);
  return TRUE;
}

ConfsyncOpenConflict *
confsync_open_conflict_new_from_json (ConfsyncJson *json, GError **error)
{
  g_autofree char *id = NULL, *pointer = NULL, *reason = NULL;
  g_autoptr (ConfsyncJson) base = NULL, ours = NULL, theirs = NULL;
  g_autoptr (ConfsyncStamp) ours_stamp = NULL, theirs_stamp = NULL;
  gint64 since;

  if (confsync_json_get_kind (json) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "an open conflict is no object");
      return NULL;
    }
  id = read_string (json, "id", CONFSYNC_CONFLICT_ID_LENGTH);
  pointer = read_string (json, "pointer", POINTER_MAX_BYTES);
  reason = read_string (json, "reason", CONFSYNC_REASON_MAX_BYTES);
  if ((!is_id (id) && !fail (error, "id", "8 hexadecimal digits")) ||
      (!is_pointer (pointer) && !fail (error, "pointer", "a JSON Pointer")) ||
      (reason == NULL && !fail (error, "reason", "a short text")))
    return NULL;
  ours_stamp = read_stamp (json, "ours_stamp", error);
  theirs_stamp = ours_stamp != NULL ? read_stamp (json, "theirs_stamp", error) : NULL;
  if (theirs_stamp == NULL || !read_since (json, &since, error))
    return NULL;

  base = confsync_json_get_member (json, "base");
  ours = confsync_json_get_member (json, "ours");
  theirs = confsync_json_get_member (json, "theirs");
  return confsync_open_conflict_new (id, pointer, base, ours, theirs, ours_stamp, theirs_stamp,
                                     since, reason);
}
