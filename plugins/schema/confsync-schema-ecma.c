/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where JavaScript and PCRE differ: `\d`, `\w` and `\b` are ASCII's there and Unicode's here, `\s`
 * and `.` mean other characters, `[]` is allowed there and ends elsewhere here, `a++` means
 * something here only, and letters after a backslash (`\Z`, `\h`, `\Q`) have meanings of their own.
 *
 * Backreferences to a group that didn't take part are left as they are: they match nothing here,
 * and the empty text in JavaScript.
 */

#include "confsync-schema-ecma.h"

#include <gio/gio.h>
#include <string.h>

#define WORD "A-Za-z0-9_"
#define SPACE \
  "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}" \
  "\\x{3000}\\x{feff}"

/* what stands inside of a class for each of the letters */
static const struct
{
  char letter;
  const char *ranges;
} sets[] = {
  { 'd', "0-9" },
  { 'D', "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}" },
  { 'w', WORD },
  { 'W', "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}" },
  { 's', SPACE },
  { 'S', "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"
         "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"
         "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}" },
};

/* PCRE knows general categories by their short names only */
static const char *const categories[][2] = {
  { "Letter", "L" },
  { "Uppercase_Letter", "Lu" },
  { "Lowercase_Letter", "Ll" },
  { "Mark", "M" },
  { "Number", "N" },
  { "Decimal_Number", "Nd" },
  { "Punctuation", "P" },
  { "Symbol", "S" },
  { "Separator", "Z" },
  { "Space_Separator", "Zs" },
  { "Other", "C" },
};

typedef struct {
  const char *p;       /* what is still to be read */
  GString *out;
  guint depth;         /* of groups */
  gboolean repeatable; /* what was written last may be followed by * + ? {n} */
  gboolean alternates; /* there is a | outside of groups */
} Translation;

static gboolean
refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format, args);
  va_end (args);
  return FALSE;
}

static const char *
set_of (char letter)
{
  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    if (sets[i].letter == letter)
      return sets[i].ranges;
  return NULL;
}

/* a character that means itself, inside and outside of a class */
static void
append_character (GString *out, gunichar character)
{
  if (character < 0x80 && g_ascii_isalnum ((char) character))
    g_string_append_c (out, (char) character);
  else
    g_string_append_printf (out, "\\x{%x}", character);
}

/* @min to @max hexadecimal digits */
static gboolean
read_hex (Translation *self, guint min, guint max, gunichar *value)
{
  guint n = 0;

  *value = 0;
  for (; n < max && g_ascii_isxdigit (*self->p); n++)
    *value = *value * 16 + (gunichar) g_ascii_xdigit_value (*self->p++);
  return n >= min;
}

/* behind \u: four digits, two surrogates of four digits, or digits in braces */
static gboolean
read_unicode (Translation *self, gunichar *character, GError **error)
{
  gunichar second;

  if (*self->p == '{')
    {
      self->p++;
      if (!read_hex (self, 1, 6, character) || *self->p != '}' || *character > 0x10ffff)
        return refuse (error, "\"\\u{\" takes up to six hexadecimal digits and \"}\"");
      self->p++;
    }
  else if (!read_hex (self, 4, 4, character))
    return refuse (error, "\"\\u\" takes four hexadecimal digits");
  if (*character >= 0xd800 && *character < 0xdc00 && g_str_has_prefix (self->p, "\\u"))
    {
      self->p += 2;
      if (!read_hex (self, 4, 4, &second) || second < 0xdc00 || second > 0xdfff)
        return refuse (error, "half of a surrogate pair");
      *character = 0x10000 + ((*character - 0xd800) << 10) + (second - 0xdc00);
    }
  if (*character >= 0xd800 && *character <= 0xdfff)
    return refuse (error, "half of a surrogate pair");
  return TRUE;
}

static gboolean
read_control (Translation *self, gunichar *character, GError **error)
{
  if (!g_ascii_isalpha (*self->p))
    return refuse (error, "\"\\c\" takes a letter");
  *character = (gunichar) (*self->p++) % 32;
  return TRUE;
}

/* a character that is written with a backslash, which has been read, as has the letter */
static gboolean
read_escaped (Translation *self, char letter, gunichar *character, GError **error)
{
  static const char letters[] = "tnvfr", characters[] = "\t\n\v\f\r";
  const char *place = strchr (letters, letter);

  if (letter == 'u')
    return read_unicode (self, character, error);
  if (letter == 'c')
    return read_control (self, character, error);
  if (letter == 'x')
    return read_hex (self, 2, 2, character) ||
           refuse (error, "\"\\x\" takes two hexadecimal digits");
  if (letter == '0' && !g_ascii_isdigit (*self->p))
    *character = 0;
  else if (place != NULL)
    *character = (gunichar) characters[place - letters];
  else if (g_ascii_isalnum (letter))
    return refuse (error, "\"\\%c\" means nothing in JavaScript's expressions here", letter);
  else
    {
      /* the letter may be the first byte of a character */
      *character = g_utf8_get_char (self->p - 1);
      self->p = g_utf8_next_char (self->p - 1);
    }
  return TRUE;
}

static const char *
short_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
    if (g_str_equal (name, categories[i][0]))
      return categories[i][1];
  return name;
}

/* \p{Letter}, \p{L}, \p{gc=L}, \p{Script=Greek} */
static gboolean
copy_property (Translation *self, char letter, GError **error)
{
  g_autofree char *name = NULL;
  const char *value;
  gsize length = 0;

  if (*self->p == '{')
    while (g_ascii_isalnum (self->p[1 + length]) || self->p[1 + length] == '_' ||
           self->p[1 + length] == '=')
      length++;
  if (length == 0 || self->p[1 + length] != '}')
    return refuse (error, "\"\\%c\" takes the name of a property of characters in braces", letter);
  name = g_strndup (self->p + 1, length);
  value = strchr (name, '=');
  self->p += length + 2;
  if (value != NULL && (g_str_has_prefix (name, "gc=") ||
                        g_str_has_prefix (name, "General_Category=")))
    value = value + 1;
  else
    value = name;
  g_string_append_printf (self->out, "\\%c{%s}", letter, short_name (value));
  return TRUE;
}

static gboolean
is_set (const char *p)
{
  return p[0] == '\\' && p[1] != '\0' && strchr ("dDwWsSpP", p[1]) != NULL;
}

/* Inside of a class, at a backslash. A set is no end of a range. */
static gboolean
translate_class_escape (Translation *self, gboolean *was_set, GError **error)
{
  char letter = self->p[1];
  gunichar character;

  *was_set = is_set (self->p);
  if (letter == '\0')
    return refuse (error, "it ends with a backslash");
  self->p += 2;
  if (letter == 'p' || letter == 'P')
    return copy_property (self, letter, error);
  if (*was_set)
    {
      g_string_append (self->out, set_of (letter));
      return TRUE;
    }
  if (letter == 'b')
    character = '\b';
  else if (!read_escaped (self, letter, &character, error))
    return FALSE;
  append_character (self->out, character);
  return TRUE;
}

static gboolean
translate_class_item (Translation *self, gboolean *was_set, GError **error)
{
  if (*self->p == '\\')
    return translate_class_escape (self, was_set, error);
  if (*self->p == '-' && !*was_set && !is_set (self->p + 1))
    g_string_append_c (self->out, '-');
  else
    append_character (self->out, g_utf8_get_char (self->p));
  *was_set = FALSE;
  self->p = g_utf8_next_char (self->p);
  return TRUE;
}

/* behind the [ */
static gboolean
translate_class (Translation *self, GError **error)
{
  gboolean negated = *self->p == '^', was_set = FALSE;

  self->p += negated;
  self->repeatable = TRUE;
  if (*self->p == ']')
    {
      self->p++;
      g_string_append (self->out, negated ? "(?s:.)" : "(?!)");
      return TRUE;
    }
  g_string_append (self->out, negated ? "[^" : "[");
  while (*self->p != ']')
    {
      if (*self->p == '\0')
        return refuse (error, "a \"[\" is not closed");
      if (!translate_class_item (self, &was_set, error))
        return FALSE;
    }
  self->p++;
  g_string_append_c (self->out, ']');
  return TRUE;
}

static gboolean
copy_name (Translation *self, const char *before, GError **error)
{
  gsize length = *self->p == '<' ? strcspn (self->p, ">") : 0;

  if (length == 0 || self->p[length] != '>')
    return refuse (error, "\"%s\" takes the name of a group as \"<name>\"", before);
  g_string_append (self->out, before);
  g_string_append_len (self->out, self->p, (gssize) length + 1);
  self->p += length + 1;
  return TRUE;
}

/* outside of a class, at a backslash */
static gboolean
translate_escape (Translation *self, GError **error)
{
  char letter = self->p[1];
  gunichar character;

  if (letter == '\0')
    return refuse (error, "it ends with a backslash");
  self->p += 2;
  self->repeatable = letter != 'b' && letter != 'B';
  if (letter == 'b')
    g_string_append (self->out, "(?:(?<=[" WORD "])(?![" WORD "])|(?<![" WORD "])(?=[" WORD "]))");
  else if (letter == 'B')
    g_string_append (self->out, "(?:(?<=[" WORD "])(?=[" WORD "])|(?<![" WORD "])(?![" WORD "]))");
  else if (letter == 'p' || letter == 'P')
    return copy_property (self, letter, error);
  else if (letter == 'k')
    return copy_name (self, "\\k", error);
  else if (set_of (letter) != NULL)
    g_string_append_printf (self->out, "[%s]", set_of (letter));
  else if (letter >= '1' && letter <= '9')
    {
      gsize more = strspn (self->p, "0123456789");

      g_string_append_printf (self->out, "\\g{%c%.*s}", letter, (int) MIN (more, 9), self->p);
      self->p += more;
    }
  else
    {
      if (!read_escaped (self, letter, &character, error))
        return FALSE;
      append_character (self->out, character);
    }
  return TRUE;
}

/* behind the ( */
static gboolean
translate_group (Translation *self, GError **error)
{
  static const char *const kinds[] = { "?:", "?=", "?!", "?<=", "?<!" };

  self->depth++;
  self->repeatable = FALSE;
  g_string_append_c (self->out, '(');
  if (*self->p != '?')
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (self->p, kinds[i]))
      {
        g_string_append (self->out, kinds[i]);
        self->p += strlen (kinds[i]);
        return TRUE;
      }
  if (self->p[1] == '<')
    {
      self->p++;
      return copy_name (self, "?", error);
    }
  return refuse (error, "\"(?%.*s\" begins no group of JavaScript's",
                 (int) (self->p[1] != '\0' ? g_utf8_next_char (self->p + 1) - self->p - 1 : 0),
                 self->p + 1);
}

/* the length of {n}, {n,} or {n,m}, or 0 */
static gsize
counted (const char *p)
{
  gsize first = strspn (p + 1, "0123456789"), length = 1 + first;

  if (first == 0)
    return 0;
  if (p[length] == ',')
    length += 1 + strspn (p + length + 1, "0123456789");
  return p[length] == '}' ? length + 1 : 0;
}

static gboolean
translate_repeat (Translation *self, gsize length, GError **error)
{
  if (!self->repeatable)
    return refuse (error, "there is nothing that \"%.*s\" could repeat", (int) MIN (length, 20),
                   self->p);
  length += self->p[length] == '?';
  g_string_append_len (self->out, self->p, (gssize) length);
  self->p += length;
  self->repeatable = FALSE;
  return TRUE;
}

/* what means something at one byte; %FALSE with no error where @byte is none of them */
static gboolean
translate_sign (Translation *self, char byte, gboolean *known, GError **error)
{
  *known = TRUE;
  self->p++;
  switch (byte)
    {
    case '[':
      return translate_class (self, error);
    case '(':
      return translate_group (self, error);
    case ')':
      if (self->depth == 0)
        return refuse (error, "a \")\" closes nothing");
      self->depth--;
      self->repeatable = TRUE;
      g_string_append_c (self->out, byte);
      return TRUE;
    case '^':
    case '$':
    case '|':
      self->alternates |= byte == '|' && self->depth == 0;
      self->repeatable = FALSE;
      g_string_append_c (self->out, byte);
      return TRUE;
    case '.':
      self->repeatable = TRUE;
      g_string_append (self->out, "[^\\n\\r\\x{2028}\\x{2029}]");
      return TRUE;
    default:
      self->p--;
      *known = FALSE;
      return TRUE;
    }
}

static gboolean
translate_one (Translation *self, GError **error)
{
  gboolean known;

  if (*self->p == '\\')
    return translate_escape (self, error);
  if (*self->p == '*' || *self->p == '+' || *self->p == '?')
    return translate_repeat (self, 1, error);
  if (*self->p == '{' && counted (self->p) > 0)
    return translate_repeat (self, counted (self->p), error);
  if (!translate_sign (self, *self->p, &known, error))
    return FALSE;
  if (!known)
    {
      append_character (self->out, g_utf8_get_char (self->p));
      self->p = g_utf8_next_char (self->p);
      self->repeatable = TRUE;
    }
  return TRUE;
}

char *
confsync_schema_ecma_translate (const char *expression, gboolean *anchored, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Translation self = { .p = expression, .out = out };

  while (*self.p != '\0')
    if (!translate_one (&self, error))
      return NULL;
  if (self.depth > 0)
    {
      refuse (error, "a \"(\" is not closed");
      return NULL;
    }
  *anchored = *expression == '^' && !self.alternates;
  return g_strdup (out->str);
}
