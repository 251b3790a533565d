/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The helper of json-vs-python.py: reads texts from standard input, each after its length as four
 * bytes, big-endian, and answers each in the same framing with the byte 'r' and the reason of the
 * refusal, or with 'a' and the canonical, the compact and the Python form and the hash as four
 * framed parts.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "confsync-json.h"

static gboolean
read_text (GBytes **text)
{
  guint32 size;
  char *data;

  if (fread (&size, sizeof size, 1, stdin) != 1)
    return FALSE;
  size = GUINT32_FROM_BE (size);
  data = g_malloc (size + 1);
  if (fread (data, 1, size, stdin) != size)
    g_error ("the input ends inside a text");
  *text = g_bytes_new_take (data, size);
  return TRUE;
}

static void
append_part (GByteArray *answer, gconstpointer data, gsize size)
{
  guint32 framed = GUINT32_TO_BE ((guint32) size);

  g_byte_array_append (answer, (const guint8 *) &framed, sizeof framed);
  if (size > 0)
    g_byte_array_append (answer, data, (guint) size);
}

static void
append_bytes (GByteArray *answer, GBytes *bytes)
{
  append_part (answer, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_bytes_unref (bytes);
}

static void
append_forms (GByteArray *answer, ConfsyncJson *json)
{
  g_autofree char *hash = confsync_json_hash (json);

  append_bytes (answer, confsync_json_to_canonical (json));
  append_bytes (answer, confsync_json_to_compact (json));
  append_bytes (answer, confsync_json_to_python (json));
  append_part (answer, hash, strlen (hash));
}

static void
answer_text (GBytes *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncJson) json = confsync_json_parse (text, NULL, &error);
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  g_autoptr (GByteArray) framed = g_byte_array_new ();

  g_byte_array_append (answer, (const guint8 *) (json != NULL ? "a" : "r"), 1);
  if (json != NULL)
    append_forms (answer, json);
  else
    g_byte_array_append (answer, (const guint8 *) error->message, (guint) strlen (error->message));
  append_part (framed, answer->data, answer->len);
  fwrite (framed->data, 1, framed->len, stdout);
  fflush (stdout);
}

int
main (void)
{
  g_autoptr (GBytes) text = NULL;

  while (read_text (&text))
    {
      answer_text (text);
      g_clear_pointer (&text, g_bytes_unref);
    }
  return 0;
}
