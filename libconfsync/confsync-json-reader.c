/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The strict reader: RFC 8259 and nothing beyond, one pass, no recursion. It refuses whatever two
 * peers could understand differently, or that can't be held exactly.
 *
 * Each read_ function takes the place where its part begins and returns the place after it, or
 * %NULL with the reason and the place noted.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-json-builder-private.h"
#include "confsync-number-private.h"

#define TEXT_MAX_BYTES ((gsize) 1 << 30)

/* the first guess at the number of cells; a text of short values has more */
#define BYTES_PER_CELL 14

/* names longer than this are cut in messages */
#define NAME_MESSAGE_MAX 64

typedef struct {
  ConfsyncJsonBuilder builder;
  ConfsyncBuilderRoom room;
  const guchar *start, *end;
  guint max_depth, max_values;
  gboolean entered;  /* a container was opened, and its first value is next */
  gboolean complete; /* the whole text is read */
  const guchar *where;
  int code;
  char *reason; /* (owned) (nullable) */
} Reader;

static const guchar *
fail (Reader *self, const guchar *where, const char *reason)
{
  self->where = where;
  self->code = CONFSYNC_ERROR_INVALID_JSON;
  self->reason = g_strdup (reason);
  return NULL;
}

/* what is missing at @where, which may be the end */
static const guchar *
fail_expected (Reader *self, const guchar *where, const char *what)
{
  fail (self, where, NULL);
  self->reason = g_strdup_printf (where < self->end ? "%s expected"
                                                    : "%s expected, but the text ends here", what);
  return NULL;
}

static const guchar *
fail_limit (Reader *self, const guchar *where, const char *what, guint limit)
{
  fail (self, where, NULL);
  self->code = CONFSYNC_ERROR_TOO_LARGE;
  self->reason = g_strdup_printf ("%s %u", what, limit);
  return NULL;
}

static inline const guchar *
skip_space (const Reader *self, const guchar *p)
{
  while (p < self->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;
  return p;
}

/* the length of the UTF-8 sequence at @p, whose first byte isn't ASCII; 0 where it is none */
static guint
utf8_length (const Reader *self, const guchar *p)
{
  guint n = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

  if (n == 0 || (gsize) (self->end - p) < n)
    return 0;
  for (guint i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  /* overlong forms, surrogates, and what is beyond U+10FFFF */
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
      (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
    return 0;
  return n;
}

/* marks the bytes of @word that end a plain run: quote, backslash, control, not ASCII */
static inline guint64
special_bytes (guint64 word)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  guint64 quote = word ^ ones * '"', backslash = word ^ ones * '\\';

  return ((word - ones * 0x20) | word | ((quote - ones) & ~quote) |
          ((backslash - ones) & ~backslash)) & ones * 0x80;
}

static inline const guchar *
skip_ascii (const Reader *self, const guchar *p)
{
  while (self->end - p >= 8)
    {
      guint64 word, special;

      memcpy (&word, p, sizeof word);
      special = special_bytes (GUINT64_FROM_LE (word));
      if (special != 0)
        return p + (__builtin_ctzll (special) >> 3);
      p += 8;
    }
  return p;
}

/* to the quote or backslash that ends a run of ordinary characters; @quote began the string */
static inline const guchar *
skip_plain (Reader *self, const guchar *p, const guchar *quote)
{
  for (;;)
    {
      guint n;

      p = skip_ascii (self, p);
      if (G_UNLIKELY (p >= self->end))
        return fail (self, quote, "this string isn't closed");
      if (*p == '"' || *p == '\\')
        return p;
      if (G_UNLIKELY (*p < 0x20))
        return fail (self, p, "a control character in a string must be escaped");
      n = *p < 0x80 ? 1 : utf8_length (self, p);
      if (G_UNLIKELY (n == 0))
        return fail (self, p, "not valid UTF-8");
      p += n;
    }
}

static const guchar *
read_hex (Reader *self, const guchar *p, const guchar *escape, gunichar *unit)
{
  *unit = 0;
  for (guint i = 0; i < 4; i++, p++)
    {
      int digit = p < self->end ? g_ascii_xdigit_value ((char) *p) : -1;

      if (digit < 0)
        return fail (self, escape, "\\u must be followed by four hexadecimal digits");
      *unit = *unit << 4 | (guint) digit;
    }
  return p;
}

static const guchar *
read_unicode_escape (Reader *self, const guchar *p, const guchar *escape, gunichar *character)
{
  gunichar low = 0;

  p = read_hex (self, p, escape, character);
  if (p == NULL)
    return NULL;
  if (*character == 0)
    return fail (self, escape, "\\u0000 can't be held in a string");
  if (*character < 0xd800 || *character > 0xdfff)
    return p;
  if (*character < 0xdc00 && self->end - p >= 2 && p[0] == '\\' && p[1] == 'u')
    {
      p = read_hex (self, p + 2, p, &low);
      if (p == NULL)
        return NULL;
    }
  if (low < 0xdc00 || low > 0xdfff)
    return fail (self, escape, "half of a surrogate pair without the other");
  *character = 0x10000 + ((*character - 0xd800) << 10) + (low - 0xdc00);
  return p;
}

/* @p is at the backslash */
static const guchar *
read_escape (Reader *self, const guchar *p, gunichar *character)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;

  if (self->end - p >= 2 && p[1] == 'u')
    return read_unicode_escape (self, p + 2, p, character);
  letter = self->end - p >= 2 && p[1] != 0 ? strchr (letters, p[1]) : NULL;
  if (letter == NULL)
    return fail (self, p, "unknown escape; one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u expected");
  *character = (gunichar) meanings[letter - letters];
  return p + 2;
}

static inline void
pool_append (Reader *self, gconstpointer bytes, gsize n)
{
  if (n > 0)
    memcpy (confsync_json_builder_reserve (&self->builder, n), bytes, n);
  self->builder.pool_used += n;
}

/* A string with escapes: the rest of it, from the backslash @p on, goes to the pool. In front of it
 * stands its place in the text, for the message about a duplicate name. */
static const guchar *
read_escaped (Reader *self, const guchar *quote, const guchar *p, ConfsyncCell *cell)
{
  const guchar *run = quote + 1;
  const guint32 place = (guint32) (quote - self->start);

  pool_append (self, &place, sizeof place);
  cell->in_pool = 1;
  cell->string.offset = (guint32) self->builder.pool_used;
  while (p != NULL && *p == '\\')
    {
      gunichar character;

      pool_append (self, run, (gsize) (p - run));
      run = read_escape (self, p, &character);
      if (run == NULL)
        return NULL;
      self->builder.pool_used +=
        (gsize) g_unichar_to_utf8 (character, confsync_json_builder_reserve (&self->builder, 6));
      p = skip_plain (self, run, quote);
    }
  if (p == NULL)
    return NULL;
  pool_append (self, run, (gsize) (p - run));
  cell->string.length = (guint32) (self->builder.pool_used - cell->string.offset);
  return p + 1;
}

/* @p is at the opening quote */
static inline const guchar *
read_string (Reader *self, const guchar *p, ConfsyncCell *cell)
{
  const guchar *quote = p;

  p = skip_plain (self, quote + 1, quote);
  if (G_UNLIKELY (p == NULL))
    return NULL;
  if (G_UNLIKELY (*p == '\\'))
    return read_escaped (self, quote, p, cell);
  cell->string.offset = (guint32) (quote + 1 - self->start);
  cell->string.length = (guint32) (p - quote - 1);
  return p + 1;
}

static inline const guchar *
read_number (Reader *self, const guchar *p)
{
  ConfsyncNumber number;
  const guchar *after = confsync_number_read (p, self->end, &number);

  if (G_UNLIKELY (after == NULL))
    return number.expected ? fail_expected (self, number.where, number.reason)
                           : fail (self, number.where, number.reason);
  if (number.is_integer)
    confsync_json_builder_new_value (&self->builder, CONFSYNC_JSON_INTEGER)->integer =
      number.integer;
  else
    confsync_json_builder_new_value (&self->builder, CONFSYNC_JSON_DOUBLE)->number =
      number.number;
  return after;
}

static const guchar *
read_literal (Reader *self, const guchar *p, const char *literal, ConfsyncJsonKind kind)
{
  gsize length = strlen (literal);

  if ((gsize) (self->end - p) < length || memcmp (p, literal, length) != 0)
    return fail_expected (self, p, "a value");
  confsync_json_builder_new_value (&self->builder, kind)->integer = literal[0] == 't';
  return p + length;
}

/* a member's name and the colon */
static inline const guchar *
read_name (Reader *self, const guchar *p, const char *expected)
{
  ConfsyncCell *cell;
  const char *base;

  p = skip_space (self, p);
  if (G_UNLIKELY (p >= self->end || *p != '"'))
    return fail_expected (self, p, expected);
  cell = confsync_json_builder_new_cell (&self->builder, CONFSYNC_CELL_NAME);
  p = read_string (self, p, cell);
  if (G_UNLIKELY (p == NULL))
    return NULL;
  base = cell->in_pool ? self->builder.pool : (const char *) self->start;
  cell->prefix = confsync_name_prefix (base + cell->string.offset, cell->string.length);
  p = skip_space (self, p);
  if (G_UNLIKELY (p >= self->end || *p != ':'))
    return fail_expected (self, p, "':'");
  return p + 1;
}

/* the message shows the name as it's written, so it has no control characters */
static const guchar *
fail_duplicate (Reader *self, const ConfsyncCell *name)
{
  guint32 place = name->string.offset - 1;
  const guchar *start, *end;

  if (name->in_pool)
    memcpy (&place, self->builder.pool + name->string.offset - sizeof place, sizeof place);
  start = end = self->start + place + 1;
  while (*end != '"' && end - start < NAME_MESSAGE_MAX)
    end += *end == '\\' ? 2 : *end < 0x80 ? 1 : utf8_length (self, end);
  fail (self, start - 1, NULL);
  self->reason = g_strdup_printf ("member \"%.*s%s\" stands twice in this object",
                                  (int) (end - start), start, *end != '"' ? "…" : "");
  return NULL;
}

/* @p is after the closing bracket */
static inline const guchar *
close_container (Reader *self, const guchar *p, gboolean object)
{
  guint32 duplicate;

  if (!object)
    confsync_json_builder_close_array (&self->builder);
  else if (!confsync_json_builder_close_object (&self->builder, (const char *) self->start,
                                                &duplicate))
    return fail_duplicate (self, &self->builder.cells[duplicate]);
  return p;
}

static inline const guchar *
open_container (Reader *self, const guchar *p, gboolean object)
{
  if (G_UNLIKELY (self->builder.depth >= self->max_depth))
    return fail_limit (self, p, "nested deeper than max_depth, which is", self->max_depth);
  confsync_json_builder_enter (&self->builder,
                               object ? CONFSYNC_JSON_OBJECT : CONFSYNC_JSON_ARRAY);
  p = skip_space (self, p + 1);
  if (p < self->end && *p == (object ? '}' : ']'))
    return close_container (self, p + 1, object);
  self->entered = TRUE;
  return object ? read_name (self, p, "a member's name or '}'") : p;
}

/* a scalar, an empty container, or the beginning of another one up to its first value */
static const guchar *
read_value (Reader *self, const guchar *p)
{
  p = skip_space (self, p);
  self->entered = FALSE;
  if (G_UNLIKELY (p >= self->end))
    return fail_expected (self, p, "a value");
  if (G_UNLIKELY (self->builder.n_values >= self->max_values))
    return fail_limit (self, p, "more values than max_values, which is", self->max_values);
  switch (*p)
    {
    case '{':
      return open_container (self, p, TRUE);
    case '[':
      return open_container (self, p, FALSE);
    case '"':
      return read_string (self, p,
                          confsync_json_builder_new_value (&self->builder, CONFSYNC_JSON_STRING));
    case 't':
      return read_literal (self, p, "true", CONFSYNC_JSON_BOOLEAN);
    case 'f':
      return read_literal (self, p, "false", CONFSYNC_JSON_BOOLEAN);
    case 'n':
      return read_literal (self, p, "null", CONFSYNC_JSON_NULL);
    default:
      if (*p != '-' && !g_ascii_isdigit (*p))
        return fail_expected (self, p, "a value");
      return read_number (self, p);
    }
}

static const guchar *
finish (Reader *self, const guchar *p)
{
  if (p < self->end)
    return fail (self, p, "there is text after the value");
  self->complete = TRUE;
  return p;
}

/* after a value: closing brackets, then up to the next value or the end of the text */
static const guchar *
read_separator (Reader *self, const guchar *p)
{
  while (p != NULL)
    {
      gboolean object;

      p = skip_space (self, p);
      if (self->builder.depth == 0)
        return finish (self, p);
      object = self->builder.cells[self->builder.frames[self->builder.depth].cell].kind ==
               CONFSYNC_JSON_OBJECT;
      if (p < self->end && *p == ',')
        return object ? read_name (self, p + 1, "a member's name") : p + 1;
      if (G_UNLIKELY (p >= self->end || *p != (object ? '}' : ']')))
        return fail_expected (self, p, object ? "',' or '}'" : "',' or ']'");
      p = close_container (self, p + 1, object);
    }
  return NULL;
}

static gboolean
read_text (Reader *self)
{
  static const guchar byte_order_mark[] = { 0xef, 0xbb, 0xbf };
  const guchar *p = self->start;

  if (self->end - p >= 3 && memcmp (p, byte_order_mark, 3) == 0)
    p = fail (self, p, "a byte order mark; save the text as UTF-8 without one");
  while (p != NULL && !self->complete)
    {
      p = read_value (self, p);
      if (p != NULL && !self->entered)
        p = read_separator (self, p);
    }
  return self->complete;
}

/* lines end with a newline; columns count characters, and all before the place are valid UTF-8 */
static void
set_error (const Reader *self, GError **error)
{
  const guchar *line_start = self->start;
  gsize line = 1, column = 1;

  for (const guchar *p = self->start; p < self->where; p++)
    if (*p == '\n')
      {
        line++;
        line_start = p + 1;
      }
  for (const guchar *p = line_start; p < self->where; p++)
    column += (*p & 0xc0) != 0x80;
  g_set_error (error, CONFSYNC_ERROR, self->code,
               "line %" G_GSIZE_FORMAT ", column %" G_GSIZE_FORMAT ": %s", line, column,
               self->reason);
}

static gboolean
check_size (gsize size, const ConfsyncJsonLimits *limits, GError **error)
{
  gsize max = limits != NULL && limits->max_bytes > 0 ? limits->max_bytes : CONFSYNC_JSON_MAX_BYTES;

  max = MIN (max, TEXT_MAX_BYTES);
  if (size <= max)
    return TRUE;
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
               "the text has %" G_GSIZE_FORMAT " bytes; max_bytes is %" G_GSIZE_FORMAT, size, max);
  return FALSE;
}

static void
reader_init (Reader *self, const guchar *data, gsize size, const ConfsyncJsonLimits *limits)
{
  confsync_json_builder_init (&self->builder);
  self->start = data;
  self->end = data + size;
  self->max_depth = limits != NULL && limits->max_depth > 0 ? limits->max_depth
                                                            : CONFSYNC_JSON_MAX_DEPTH;
  self->max_depth = MIN (self->max_depth, CONFSYNC_TAPE_MAX_DEPTH);
  self->max_values = limits != NULL && limits->max_values > 0 ? limits->max_values
                                                              : CONFSYNC_JSON_MAX_VALUES;
  self->entered = self->complete = FALSE;
  self->reason = NULL;
  confsync_json_builder_lend (&self->builder, &self->room);
  if (size / BYTES_PER_CELL + 4 > self->builder.cells_size)
    confsync_json_builder_grow_cells (&self->builder, (guint32) (size / BYTES_PER_CELL + 4));
}

ConfsyncTape *
confsync_tape_parse (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  Reader reader;
  gsize size;
  const guchar *data = g_bytes_get_data (text, &size);
  ConfsyncTape *tape = NULL;

  if (!check_size (size, limits, error))
    return NULL;
  if (data == NULL)
    data = (const guchar *) ""; /* that's how GBytes gives an empty text */
  reader_init (&reader, data, size, limits);
  if (read_text (&reader))
    tape = confsync_json_builder_steal_tape (&reader.builder, text);
  else
    set_error (&reader, error);
  confsync_json_builder_clear (&reader.builder);
  g_free (reader.reason);
  return tape;
}

/**
 * confsync_json_parse:
 * @text: UTF-8 text without a byte order mark; the value keeps a reference
 * @limits: (nullable): what the text may have, or %NULL for the defaults
 * @error: return location for an error, or %NULL
 *
 * Reads one JSON value of any kind. Beyond the grammar of RFC 8259 this refuses what can't be held
 * exactly or what readers understand differently: two members of one name in an object, integers
 * beyond 64 bits, doubles that overflow, half surrogate pairs, `\u0000`. Cost: O(n log n) at worst,
 * for any text; memory 1 to 2 times the text.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_JSON, saying line, column (in characters) and reason, and with
 * %CONFSYNC_ERROR_TOO_LARGE, naming the limit.
 *
 * Returns: (transfer full): the value
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_parse (GBytes *text, const ConfsyncJsonLimits *limits, GError **error)
{
  ConfsyncTape *tape;

  g_return_val_if_fail (text != NULL, NULL);

  tape = confsync_tape_parse (text, limits, error);
  return tape != NULL ? confsync_json_new_take (tape) : NULL;
}
