/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Edits are patches, which the library applies as it applies those of a peer.
 */

#include "config.h"

#include "sim-editor.h"

#include <string.h>

#define TRIES 8
#define PATH_MAX_BYTES 32

/* where values stand, and what is put there; # is the edit's number, ! a bit of the dice */
static const struct
{
  const char *path;
  const char *value; /* %NULL: it is deleted */
  guint8 weight;
} changes[] = {
  { "/a", "#", 4 },
  { "/b", "#", 4 },
  { "/c", "#", 3 },
  { "/d", "\"#\"", 2 },
  { "/a", NULL, 1 },
  { "/b", NULL, 1 },
  { "/c", NULL, 1 },
  { "/flag", "!", 2 },
  { "/nest", "{\"x\":#}", 1 },
  { "/nest/x", "#", 3 },
  { "/nest/y", "#", 3 },
  { "/nest/x", NULL, 1 },
  { "/nest", NULL, 1 },
  { "/nest/deep", "{\"u\":#,\"v\":[]}", 1 },
  { "/nest/deep/u", "#", 2 },
  { "/nest/deep/v/-", "#", 1 },
  { "/list", "[#]", 1 },
  { "/list/0", "#", 2 },
  { "/list/-", "#", 2 },
  { "/list/0", NULL, 1 },
  { "/zones", "[{\"id\":\"z#\",\"n\":#}]", 1 },
  { "/zones/-", "{\"id\":\"z#\",\"n\":#}", 3 },
  { "/zones/0/n", "#", 2 },
  { "/zones/1/n", "#", 2 },
  { "/zones/0/m", "#", 1 },
  { "/zones/0", NULL, 1 },
};

ConfsyncDocument *
sim_editor_read (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  ConfsyncDocument *document = confsync_document_new (bytes, NULL, &error);

  g_assert_no_error (error);
  return document;
}

/* the first of them set a value of their own */
#define N_PLAIN 4

static guint
pick_change (SimDice *dice)
{
  guint sum = 0, i;
  gint64 left;

  for (i = 0; i < G_N_ELEMENTS (changes); i++)
    sum += changes[i].weight;
  left = sim_dice_roll (dice, sum);
  for (i = 0; left >= changes[i].weight; i++)
    left -= changes[i].weight;
  return i;
}

static void
append_value (GString *out, const char *value, guint number, gboolean bit)
{
  for (const char *p = value; *p != '\0'; p++)
    if (*p == '#')
      g_string_append_printf (out, "%u", number);
    else if (*p == '!')
      g_string_append (out, bit ? "true" : "false");
    else
      g_string_append_c (out, *p);
}

static gboolean
is_there (ConfsyncJson *json, const char *path)
{
  g_autoptr (ConfsyncJson) value = confsync_json_lookup (json, path, NULL);

  return value != NULL;
}

/* An element that isn't there can't be set, and a member of what isn't there neither. */
static gboolean
fits (ConfsyncJson *json, guint change)
{
  const char *path = changes[change].path, *name = strrchr (path, '/') + 1;
  char parent[PATH_MAX_BYTES];

  g_strlcpy (parent, path, MIN ((gsize) (name - path), sizeof parent));
  if (changes[change].value == NULL || g_ascii_isdigit (*name))
    return is_there (json, path);
  return is_there (json, parent);
}

static ConfsyncJson *
apply (ConfsyncJson *json, guint change, guint number, gboolean bit)
{
  const char *name = strrchr (changes[change].path, '/') + 1, *value = changes[change].value;
  const char *op = value == NULL ? "remove" : g_ascii_isdigit (*name) ? "replace" : "add";
  g_autoptr (GString) text = g_string_sized_new (128);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) patch = NULL;

  g_string_append_printf (text, "[{\"op\":\"%s\",\"path\":\"%s\"", op, changes[change].path);
  if (value != NULL)
    {
      g_string_append (text, ",\"value\":");
      append_value (text, value, number, bit);
    }
  g_string_append (text, "}]");
  bytes = g_bytes_new (text->str, text->len);
  patch = confsync_json_parse (bytes, NULL, NULL);
  return confsync_json_patch (json, patch, NULL);
}

ConfsyncDocument *
sim_editor_change (SimDice *dice, ConfsyncDocument *base, guint number)
{
  ConfsyncJson *old = confsync_document_get_json (base);

  for (guint i = 0; i < TRIES; i++)
    {
      guint change = i + 1 < TRIES ? pick_change (dice) : 0;
      gboolean bit = sim_dice_roll (dice, 2);
      g_autoptr (ConfsyncJson) json =
        fits (old, change) ? apply (old, change, number, bit) : NULL;

      if (json != NULL && confsync_json_get_length (json) > 0 && !confsync_json_equal (json, old))
        return confsync_document_new_from_json (json, NULL);
    }
  g_assert_not_reached ();
}

ConfsyncDocument *
sim_editor_set (SimDice *dice, ConfsyncDocument *base, guint number)
{
  g_autoptr (ConfsyncJson) json =
    apply (confsync_document_get_json (base), sim_dice_roll (dice, N_PLAIN), number, FALSE);

  return confsync_document_new_from_json (json, NULL);
}
