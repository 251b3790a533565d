/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes configurations by writing their text, and edits them by patches.
 */

#include "config.h"

#include "test-config.h"

#include "test-revision.h"

#define DEPTH_MAX 3

static void append_value (GString *text, GRand *rand, guint depth);

static void
append_object (GString *text, GRand *rand, guint depth)
{
  guint n = 0;

  g_string_append_c (text, '{');
  for (char name = 'a'; name <= 'd'; name++)
    if (g_rand_int_range (rand, 0, 3) > 0)
      {
        g_string_append_printf (text, "%s'%c':", n++ > 0 ? "," : "", name);
        append_value (text, rand, depth - 1);
      }
  g_string_append_c (text, '}');
}

static void
append_elements (GString *text, GRand *rand, gboolean with_ids)
{
  guint first = (guint) g_rand_int_range (rand, 0, 4), n = (guint) g_rand_int_range (rand, 0, 4);

  g_string_append_c (text, '[');
  for (guint i = 0; i < n; i++)
    if (with_ids)
      g_string_append_printf (text, "%s{'id':%u,'%c':%d}", i > 0 ? "," : "", (first + i) % 5,
                              'a' + g_rand_int_range (rand, 0, 2), g_rand_int_range (rand, 0, 3));
    else
      g_string_append_printf (text, "%s%d", i > 0 ? "," : "", g_rand_int_range (rand, 0, 3));
  g_string_append_c (text, ']');
}

static void
append_value (GString *text, GRand *rand, guint depth)
{
  guint choice = (guint) g_rand_int_range (rand, 0, depth > 0 ? 10 : 5);

  if (choice < 3)
    g_string_append_printf (text, "%u", choice);
  else if (choice == 3)
    g_string_append (text, g_rand_boolean (rand) ? "'x'" : "null");
  else if (choice == 4)
    append_elements (text, rand, g_rand_boolean (rand));
  else
    append_object (text, rand, depth);
}

ConfsyncDocument *
test_config_random (GRand *rand)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_object (text, rand, DEPTH_MAX);
  if (g_str_equal (text->str, "{}"))
    g_string_assign (text, "{'a':1}");
  return test_document (text->str);
}

/* somewhere in @json, most often at something that is there */
static char *
random_pointer (ConfsyncJson *json, GRand *rand)
{
  GString *pointer = g_string_new (NULL);
  g_autoptr (ConfsyncJson) at = confsync_json_ref (json);

  do
    {
      const char name[] = { (char) ('a' + g_rand_int_range (rand, 0, 4)), '\0' };
      ConfsyncJson *next = confsync_json_get_kind (at) == CONFSYNC_JSON_OBJECT
                             ? confsync_json_get_member (at, name) : NULL;

      g_string_append_printf (pointer, "/%s", name);
      if (next == NULL)
        break;
      confsync_json_unref (at);
      at = next;
    }
  while (confsync_json_get_kind (at) == CONFSYNC_JSON_OBJECT && g_rand_int_range (rand, 0, 3) > 0);
  return g_string_free (pointer, FALSE);
}

/* what doesn't apply changes nothing */
static ConfsyncJson *
change (ConfsyncJson *json, GRand *rand)
{
  g_autofree char *pointer = random_pointer (json, rand);
  g_autoptr (GString) patch = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) operations = NULL;
  ConfsyncJson *changed;

  if (g_rand_int_range (rand, 0, 3) == 0)
    g_string_printf (patch, "[{'op':'remove','path':'%s'}]", pointer);
  else
    {
      g_string_printf (patch, "[{'op':'add','path':'%s','value':", pointer);
      append_value (patch, rand, 1);
      g_string_append (patch, "}]");
    }
  g_strdelimit (patch->str, "'", '"');
  bytes = g_bytes_new (patch->str, patch->len);
  operations = confsync_json_parse (bytes, NULL, NULL);
  changed = confsync_json_patch (json, operations, NULL);
  return changed != NULL ? changed : confsync_json_ref (json);
}

ConfsyncDocument *
test_config_edited (ConfsyncDocument *document, GRand *rand)
{
  g_autoptr (ConfsyncJson) json = confsync_json_ref (confsync_document_get_json (document));
  guint n = (guint) g_rand_int_range (rand, 1, 4);
  ConfsyncDocument *edited;

  for (guint i = 0; i < n; i++)
    {
      ConfsyncJson *changed = change (json, rand);

      confsync_json_unref (json);
      json = changed;
    }
  edited = confsync_document_new_from_json (json, NULL);
  if (!confsync_document_is_empty (edited))
    return edited;
  confsync_document_unref (edited);
  return test_document ("{'a':{'b':7}}");
}

char *
test_config_show (ConfsyncDocument *document, const char *pointer)
{
  g_autoptr (ConfsyncJson) value =
    confsync_json_lookup (confsync_document_get_json (document), pointer, NULL);
  g_autoptr (GBytes) text = value != NULL ? confsync_json_to_canonical (value) : NULL;

  if (text == NULL)
    return NULL;
  return g_strdelimit (g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text)), "\"",
                       '\'');
}
