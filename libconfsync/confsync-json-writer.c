/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Writes a value in the forms that have no layout of their own: canonical, compact, and that of
 * Python's json module, which legacy peers hash.
 */

#include "config.h"

#include "confsync-double-private.h"
#include "confsync-json-writer-private.h"

/* strings are written in pieces of this many bytes, so that the room reserved for escapes stays
 * small; each byte becomes at most six */
#define PIECE_BYTES 1024

#define INTEGER_MAX_CHARS 20

static const char hex_digits[] = "0123456789abcdef";

/* what follows the backslash for a control character, or 0 where only \u will do */
static const char short_escapes[0x20] = {
  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
};

static inline char *
put_unicode_escape (char *out, guint unit)
{
  *out++ = '\\';
  *out++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4)
    *out++ = hex_digits[unit >> shift & 0xf];
  return out;
}

static inline char *
put_byte (char *out, guchar byte)
{
  char letter = byte >= 0x20 ? (char) byte : short_escapes[byte];

  if (byte >= 0x20 && byte != '"' && byte != '\\')
    {
      *out++ = (char) byte;
      return out;
    }
  if (letter == 0)
    return put_unicode_escape (out, byte);
  *out++ = '\\';
  *out++ = letter;
  return out;
}

/* marks the bytes of @word that must be escaped */
static inline guint64
escaped_bytes (guint64 word)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  guint64 quote = word ^ ones * '"', backslash = word ^ ones * '\\';

  return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
          ((backslash - ones) & ~backslash)) & ones * 0x80;
}

static inline char *
put_piece (char *out, const char *text, gsize length)
{
  const char *end = text + length;

  while (text < end)
    {
      gsize n = MIN ((gsize) (end - text), 8);
      guint64 word;

      if (n == 8)
        {
          memcpy (&word, text, 8);
          if (G_LIKELY (escaped_bytes (word) == 0))
            {
              memcpy (out, text, 8);
              out += 8;
              text += 8;
              continue;
            }
        }
      for (gsize i = 0; i < n; i++)
        out = put_byte (out, (guchar) *text++);
    }
  return out;
}

/* whether @text can stand in a string as it is */
static inline gboolean
is_plain (const char *text, gsize length)
{
  guint64 word, marks = 0;
  gsize i = 0;

  if (length >= 8)
    {
      for (; i + 8 < length; i += 8)
        {
          memcpy (&word, text + i, sizeof word);
          marks |= escaped_bytes (word);
        }
      /* the last eight, of which some may have been looked at */
      memcpy (&word, text + length - 8, sizeof word);
      return (marks | escaped_bytes (word)) == 0;
    }
  for (; i < length; i++)
    if ((guchar) text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
      return FALSE;
  return TRUE;
}

static inline void
write_utf8_string (ConfsyncSink *sink, const char *text, gsize length)
{
  if (length <= PIECE_BYTES && is_plain (text, length))
    {
      char *out = confsync_sink_reserve (sink, length + 2);

      *out++ = '"';
      out = mempcpy (out, text, length);
      *out = '"';
      sink->used += length + 2;
      return;
    }
  confsync_sink_char (sink, '"');
  while (length > 0)
    {
      gsize n = MIN (length, PIECE_BYTES);
      char *out = confsync_sink_reserve (sink, n * 6);

      sink->used += (gsize) (put_piece (out, text, n) - out);
      text += n;
      length -= n;
    }
  confsync_sink_char (sink, '"');
}

/* text that was read without escapes needs none */
static inline void
write_plain_string (ConfsyncSink *sink, const char *text, gsize length)
{
  confsync_sink_char (sink, '"');
  for (; length > PIECE_BYTES; length -= PIECE_BYTES, text += PIECE_BYTES)
    confsync_sink_append (sink, text, PIECE_BYTES);
  confsync_sink_append (sink, text, length);
  confsync_sink_char (sink, '"');
}

static char *
put_ascii (char *out, gunichar c)
{
  if (c < 0x7f)
    return put_byte (out, (guchar) c);
  if (c < 0x10000)
    return put_unicode_escape (out, c);
  out = put_unicode_escape (out, 0xd800 + ((c - 0x10000) >> 10));
  return put_unicode_escape (out, 0xdc00 + (c & 0x3ff));
}

static void
write_ascii_string (ConfsyncSink *sink, const char *text, gsize length)
{
  const char *end = text + length;

  confsync_sink_char (sink, '"');
  for (; text < end; text = g_utf8_next_char (text))
    {
      char *out = confsync_sink_reserve (sink, 12);

      sink->used += (gsize) (put_ascii (out, g_utf8_get_char (text)) - out);
    }
  confsync_sink_char (sink, '"');
}

void
confsync_json_write_string (ConfsyncSink *sink, const char *text, gsize length)
{
  write_utf8_string (sink, text, length);
}

void
confsync_json_write_integer (ConfsyncSink *sink, gint64 value)
{
  char *out = confsync_sink_reserve (sink, INTEGER_MAX_CHARS + 1);
  guint64 magnitude = value < 0 ? 0 - (guint64) value : (guint64) value;

  if (value < 0)
    *out = '-';
  sink->used += (value < 0) + confsync_digits_write (magnitude, out + (value < 0));
}

static void
write_double (ConfsyncSink *sink, double value, ConfsyncForm form)
{
  char *out = confsync_sink_reserve (sink, CONFSYNC_DOUBLE_MAX_CHARS);

  if (form == CONFSYNC_FORM_CANONICAL)
    sink->used += confsync_double_write_canonical (value, out);
  else if (form == CONFSYNC_FORM_COMPACT)
    sink->used += confsync_double_write_typed (value, out);
  else
    sink->used += confsync_double_write_python (value, out);
}

void
confsync_json_write_double (ConfsyncSink *sink, double value)
{
  write_double (sink, value, CONFSYNC_FORM_COMPACT);
}

static inline void
write_string (ConfsyncSink *sink, ConfsyncCursor value, ConfsyncForm form)
{
  gsize length;
  const char *text = confsync_cursor_text (value, &length);

  if (form == CONFSYNC_FORM_PYTHON)
    write_ascii_string (sink, text, length);
  else if (!confsync_cursor_cell (value)->in_pool)
    write_plain_string (sink, text, length);
  else
    write_utf8_string (sink, text, length);
}

void
confsync_json_write_scalar (ConfsyncSink *sink, ConfsyncCursor value, ConfsyncForm form)
{
  const ConfsyncCell *cell = confsync_cursor_cell (value);

  switch (cell->kind)
    {
    case CONFSYNC_JSON_NULL:
      confsync_sink_append (sink, "null", 4);
      break;
    case CONFSYNC_JSON_BOOLEAN:
      confsync_sink_append (sink, cell->integer ? "true" : "false", cell->integer ? 4 : 5);
      break;
    case CONFSYNC_JSON_INTEGER:
      confsync_json_write_integer (sink, cell->integer);
      break;
    case CONFSYNC_JSON_DOUBLE:
      write_double (sink, cell->number, form);
      break;
    default:
      write_string (sink, value, form);
      break;
    }
}

static inline void
write_comma (ConfsyncSink *sink, ConfsyncForm form)
{
  confsync_sink_append (sink, ", ", form == CONFSYNC_FORM_PYTHON ? 2 : 1);
}

static void
write_array (ConfsyncSink *sink, ConfsyncCursor array, ConfsyncForm form)
{
  guint n = confsync_cursor_length (array);
  ConfsyncCursor element = confsync_cursor_first (array);

  confsync_sink_char (sink, '[');
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        write_comma (sink, form);
      confsync_json_write (sink, element, form);
      element = confsync_cursor_after (element);
    }
  confsync_sink_char (sink, ']');
}

static inline void
write_member (ConfsyncSink *sink, ConfsyncCursor name, ConfsyncForm form)
{
  write_string (sink, name, form);
  confsync_sink_append (sink, ": ", form == CONFSYNC_FORM_PYTHON ? 2 : 1);
  confsync_json_write (sink, confsync_cursor_value (name), form);
}

static int
compare_code_points_cb (gconstpointer a, gconstpointer b, gpointer tape)
{
  ConfsyncCursor x = { tape, *(const guint32 *) a }, y = { tape, *(const guint32 *) b };
  gsize x_length, y_length;
  const char *x_text = confsync_cursor_text (x, &x_length);
  const char *y_text = confsync_cursor_text (y, &y_length);

  return confsync_name_compare_bytes (x_text, x_length, y_text, y_length);
}

/* Python sorts by code points, the tape by UTF-16 units: they differ from U+E000 up only, where
 * sorting what is nearly sorted is cheap */
static guint32 *
sort_for_python (ConfsyncCursor object, guint n)
{
  const guint32 *sorted =
    object.tape->index + confsync_cursor_cell (object)->container.index;
  guint32 *copy = g_memdup2 (sorted, n * sizeof *copy);

  g_qsort_with_data (copy, (int) n, sizeof *copy, compare_code_points_cb,
                     (gpointer) object.tape);
  return copy;
}

static void
write_object_sorted (ConfsyncSink *sink, ConfsyncCursor object, ConfsyncForm form)
{
  guint n = confsync_cursor_length (object);
  g_autofree guint32 *order = form == CONFSYNC_FORM_PYTHON ? sort_for_python (object, n) : NULL;

  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        write_comma (sink, form);
      write_member (sink,
                    order != NULL ? confsync_cursor_at (object, order[i])
                                  : confsync_cursor_sorted_name (object, i),
                    form);
    }
}

static void
write_object_as_read (ConfsyncSink *sink, ConfsyncCursor object, ConfsyncForm form)
{
  guint n = confsync_cursor_length (object);
  ConfsyncCursor name = confsync_cursor_first (object);

  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        write_comma (sink, form);
      write_member (sink, name, form);
      name = confsync_cursor_next_name (name);
    }
}

void
confsync_json_write (ConfsyncSink *sink, ConfsyncCursor value, ConfsyncForm form)
{
  guint kind = confsync_cursor_kind (value);

  if (kind == CONFSYNC_JSON_ARRAY)
    write_array (sink, value, form);
  else if (kind != CONFSYNC_JSON_OBJECT)
    confsync_json_write_scalar (sink, value, form);
  else
    {
      confsync_sink_char (sink, '{');
      if (form == CONFSYNC_FORM_COMPACT)
        write_object_as_read (sink, value, form);
      else
        write_object_sorted (sink, value, form);
      confsync_sink_char (sink, '}');
    }
}

static GBytes *
write_to_bytes (ConfsyncJson *self, ConfsyncForm form)
{
  ConfsyncCursor value = confsync_json_get_cursor (self);
  ConfsyncSink sink;
  guint32 cells = confsync_cursor_after (value).at - value.at;

  confsync_sink_init_memory (&sink, (gsize) cells * 8);
  confsync_json_write (&sink, value, form);
  return confsync_sink_end_memory (&sink);
}

char *
confsync_json_digest (ConfsyncCursor value, gsize *canonical_size)
{
  char buffer[CONFSYNC_SINK_BUFFER_BYTES];
  ConfsyncSha256 checksum;
  ConfsyncSink sink;

  confsync_sha256_init (&checksum, TRUE);
  confsync_sink_init_checksum (&sink, &checksum, buffer);
  confsync_json_write (&sink, value, CONFSYNC_FORM_CANONICAL);
  *canonical_size = confsync_sink_end_checksum (&sink);
  return confsync_sha256_end (&checksum);
}

gsize
confsync_json_compact_size (ConfsyncCursor value)
{
  char buffer[CONFSYNC_SINK_BUFFER_BYTES];
  ConfsyncSink sink;

  confsync_sink_init_checksum (&sink, NULL, buffer);
  confsync_json_write (&sink, value, CONFSYNC_FORM_COMPACT);
  return confsync_sink_end_checksum (&sink);
}

/**
 * confsync_json_hash:
 * @self: a value
 *
 * Hashes the canonical form, without making it. Values that are equal, and only those, have the
 * same hash.
 *
 * Returns: (transfer full): the SHA-256, as 64 lower-case hexadecimal digits
 *
 * Since: 1.0
 */
char *
confsync_json_hash (ConfsyncJson *self)
{
  gsize canonical_size;

  g_return_val_if_fail (self != NULL, NULL);

  return confsync_json_digest (confsync_json_get_cursor (self), &canonical_size);
}

/**
 * confsync_json_to_canonical:
 * @self: a value
 *
 * Writes the canonical form: RFC 8785, but an integer prints exactly whatever its size, and a
 * double of magnitude 2^53 or more always has an exponent. So the form reads back as an equal
 * value, and values that differ print differently.
 *
 * Returns: (transfer full): UTF-8 text
 *
 * Since: 1.0
 */
GBytes *
confsync_json_to_canonical (ConfsyncJson *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return write_to_bytes (self, CONFSYNC_FORM_CANONICAL);
}

/**
 * confsync_json_to_compact:
 * @self: a value
 *
 * Writes the value without white space, members in their own order. A double stays a double: `1.0`
 * doesn't become `1`.
 *
 * Returns: (transfer full): UTF-8 text
 *
 * Since: 1.0
 */
GBytes *
confsync_json_to_compact (ConfsyncJson *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return write_to_bytes (self, CONFSYNC_FORM_COMPACT);
}

/**
 * confsync_json_to_python:
 * @self: a value
 *
 * Writes exactly what Python's `json.dumps (value, sort_keys=True)` does, which is what legacy
 * peers hash.
 *
 * Returns: (transfer full): ASCII text
 *
 * Since: 1.0
 */
GBytes *
confsync_json_to_python (ConfsyncJson *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return write_to_bytes (self, CONFSYNC_FORM_PYTHON);
}
