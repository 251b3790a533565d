/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The words are those of the Supervisor, and so is what they mean, with one difference: the
 * Supervisor turns "8080" into 8080 and "yes" into true before an add-on sees them. What is
 * synced here is what the add-on sees, so a number is a number, and a string isn't.
 */

#include "confsync-option-word.h"

#include "confsync-schema-number.h"
#include "confsync-schema-pattern.h"
#include "confsync-schema-text.h"

#include <string.h>

typedef struct _Kind Kind;

struct _Kind
{
  const char *name;
  const char *what; /* what a value is to be */
  enum { NOTHING, RANGE, REST, FILTER } arguments;
  gboolean needs_arguments;
  gboolean (*fits) (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost);
};

struct _ConfsyncOptionWord
{
  const Kind *kind;
  gboolean optional;
  char *arguments;                /* (owned) (nullable): what is in the parentheses */
  ConfsyncJson *min, *max;        /* (owned) (nullable): numbers */
  char **choices;                 /* (owned) (nullable) */
  ConfsyncSchemaPattern *pattern; /* (owned) (nullable) */
};

static gboolean
is_number (const ConfsyncJsonCursor *value)
{
  ConfsyncJsonKind kind = confsync_json_cursor_get_kind (value);

  return kind == CONFSYNC_JSON_INTEGER || kind == CONFSYNC_JSON_DOUBLE;
}

/* the text of a string, ended by a NUL; %NULL where it's none */
static char *
dup_text (const ConfsyncJsonCursor *value)
{
  gsize length;
  const char *text = confsync_json_cursor_get_string (value, &length);

  return text != NULL ? g_strndup (text, length) : NULL;
}

static gboolean
is_within (ConfsyncOptionWord *self, const ConfsyncJsonCursor *number)
{
  ConfsyncJsonCursor limit;

  if (self->min != NULL)
    {
      confsync_json_cursor_init (&limit, self->min);
      if (confsync_json_cursor_compare (number, &limit) < 0)
        return FALSE;
    }
  if (self->max == NULL)
    return TRUE;
  confsync_json_cursor_init (&limit, self->max);
  return confsync_json_cursor_compare (number, &limit) <= 0;
}

static gboolean
fits_string (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  gsize length;
  const char *text = confsync_json_cursor_get_string (value, &length);
  double n;

  if (text == NULL)
    return FALSE;
  *cost += length / 32;
  n = (double) g_utf8_strlen (text, (gssize) length);
  return (self->min == NULL || n >= confsync_json_get_double (self->min)) &&
         (self->max == NULL || n <= confsync_json_get_double (self->max));
}

static gboolean
fits_integer (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  return is_number (value) && confsync_schema_number_is_integer (value) && is_within (self, value);
}

static gboolean
fits_number (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  return is_number (value) && is_within (self, value);
}

static gboolean
fits_boolean (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  return confsync_json_cursor_get_kind (value) == CONFSYNC_JSON_BOOLEAN;
}

static gboolean
fits_port (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  double port = confsync_json_cursor_get_double (value);

  return fits_integer (self, value, cost) && port >= 1 && port <= G_MAXUINT16;
}

/* labels of letters, digits and inner hyphens, two of them or more */
static gboolean
is_domain (const char *text)
{
  guint labels = 0;

  do
    {
      gsize length = strcspn (text, ".");

      if (length == 0 || length > 63 || text[0] == '-' || text[length - 1] == '-')
        return FALSE;
      for (gsize i = 0; i < length; i++)
        if (!g_ascii_isalnum (text[i]) && text[i] != '-')
          return FALSE;
      labels++;
      text += length;
    }
  while (*text++ == '.');
  return labels > 1;
}

static gboolean
fits_email (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  g_autofree char *text = dup_text (value);
  char *at = text != NULL ? strrchr (text, '@') : NULL;

  if (at == NULL || at == text || !is_domain (at + 1))
    return FALSE;
  for (const char *p = text; p < at; p++)
    if (g_ascii_isspace (*p) || g_ascii_iscntrl (*p) || (*p == '@' && *text != '"'))
      return FALSE;
  return TRUE;
}

static gboolean
fits_url (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  g_autofree char *text = dup_text (value), *host = NULL;

  if (text == NULL)
    return FALSE;
  *cost += strlen (text) / 32;
  return g_uri_split (text, G_URI_FLAGS_ENCODED, NULL, NULL, &host, NULL, NULL, NULL, NULL, NULL) &&
         g_uri_peek_scheme (text) != NULL && host != NULL && *host != '\0';
}

static gboolean
fits_device (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  g_autofree char *text = dup_text (value);

  return text != NULL && g_str_has_prefix (text, "/dev/") && strlen (text) > strlen ("/dev/");
}

static gboolean
fits_choice (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  g_autofree char *text = dup_text (value);

  *cost += g_strv_length (self->choices);
  return text != NULL && g_strv_contains ((const char *const *) self->choices, text);
}

/* too long to say counts as no match: it is refused either way */
static gboolean
fits_pattern (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value, guint64 *cost)
{
  gboolean matches = FALSE;
  gsize length;
  const char *text = confsync_json_cursor_get_string (value, &length);

  return text != NULL &&
         confsync_schema_pattern_match (self->pattern, text, length, &matches, cost) && matches;
}

static const Kind kinds[] = {
  { "str", "a string", RANGE, FALSE, fits_string },
  { "password", "a string", RANGE, FALSE, fits_string },
  { "bool", "true or false", NOTHING, FALSE, fits_boolean },
  { "int", "an integer", RANGE, FALSE, fits_integer },
  { "float", "a number", RANGE, FALSE, fits_number },
  { "email", "an address of electronic mail", NOTHING, FALSE, fits_email },
  { "url", "a URL with scheme and host", NOTHING, FALSE, fits_url },
  { "port", "a port, an integer from 1 to 65535", NOTHING, FALSE, fits_port },
  { "device", "the path of a device, below /dev", FILTER, FALSE, fits_device },
  { "list", "one of", REST, TRUE, fits_choice },
  { "match", "a string that matches", REST, TRUE, fits_pattern },
};

/* a limit: digits, with a point where it's a limit of a float; the empty text is no limit */
static gboolean
read_limit (ConfsyncOptionWord *self, const char *text, ConfsyncJson **limit)
{
  gboolean point = g_str_equal (self->kind->name, "float");
  gsize digits = strspn (text + (*text == '-'), point ? "0123456789." : "0123456789");
  g_autofree char *number = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (*text == '\0')
    return TRUE;
  if (digits == 0 || text[digits + (*text == '-')] != '\0')
    return FALSE;
  /* ".5" and "1." are numbers to Python, and none to JSON */
  number = g_strconcat (*text == '.' ? "0" : "", text, text[strlen (text) - 1] == '.' ? "0" : "",
                        NULL);
  bytes = g_bytes_new (number, strlen (number));
  *limit = confsync_json_parse (bytes, NULL, NULL);
  return *limit != NULL;
}

static char *
read_range (ConfsyncOptionWord *self)
{
  g_auto (GStrv) limits = g_strsplit (self->arguments, ",", -1);

  if (g_strv_length (limits) != 2 || !read_limit (self, limits[0], &self->min) ||
      !read_limit (self, limits[1], &self->max))
    return g_strdup_printf ("\"%s\" takes two numbers, either of which may be left out, as in "
                            "\"%s(1,)\"",
                            self->kind->name, self->kind->name);
  if (self->min != NULL && self->max != NULL &&
      confsync_json_get_double (self->min) > confsync_json_get_double (self->max))
    return g_strdup ("the first number is above the second one, so that nothing fits");
  return NULL;
}

static char *
read_pattern (ConfsyncOptionWord *self)
{
  g_autoptr (GError) error = NULL;

  self->pattern = confsync_schema_pattern_new (self->arguments, CONFSYNC_SCHEMA_SYNTAX_PYTHON,
                                               &error);
  return self->pattern != NULL ? NULL : g_strdup_printf ("this is no regular expression: %s",
                                                         error->message);
}

/* the reason where they are wrong */
static char *
read_arguments (ConfsyncOptionWord *self)
{
  const Kind *kind = self->kind;

  if (self->arguments == NULL)
    return kind->needs_arguments
             ? g_strdup_printf ("\"%s\" takes something in parentheses", kind->name) : NULL;
  if (kind->arguments == NOTHING)
    return g_strdup_printf ("\"%s\" takes nothing in parentheses", kind->name);
  if (kind->arguments == RANGE)
    return read_range (self);
  if (kind->arguments == FILTER)
    return g_str_has_prefix (self->arguments, "subsystem=")
             ? NULL : g_strdup ("\"device\" takes a filter such as \"subsystem=tty\"");
  if (kind->fits == fits_pattern)
    return read_pattern (self);
  self->choices = g_strsplit (self->arguments, "|", -1);
  return *self->arguments != '\0' ? NULL : g_strdup ("\"list\" takes what may be chosen");
}

static gboolean
read_kind (ConfsyncOptionWord *self, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (name, kinds[i].name))
      self->kind = &kinds[i];
  return self->kind != NULL;
}

ConfsyncOptionWord *
confsync_option_word_new (const char *text, char **reason)
{
  g_autoptr (ConfsyncOptionWord) self = g_new0 (ConfsyncOptionWord, 1);
  g_autofree char *word = g_strdup (text), *shown = confsync_schema_show (text, strlen (text));
  char *arguments;

  self->optional = g_str_has_suffix (word, "?");
  if (self->optional)
    word[strlen (word) - 1] = '\0';
  arguments = strchr (word, '(');
  if (arguments != NULL && g_str_has_suffix (arguments, ")"))
    {
      self->arguments = g_strndup (arguments + 1, strlen (arguments) - 2);
      *arguments = '\0';
    }
  if (read_kind (self, word))
    *reason = read_arguments (self);
  else
    *reason = g_strdup_printf ("\"%s\" is no word that is known here: those are str, password, "
                               "bool, int, float, email, url, port, device, list(…) and match(…)",
                               shown);
  return *reason == NULL ? g_steal_pointer (&self) : NULL;
}

void
confsync_option_word_free (ConfsyncOptionWord *self)
{
  g_clear_pointer (&self->min, confsync_json_unref);
  g_clear_pointer (&self->max, confsync_json_unref);
  g_clear_pointer (&self->pattern, confsync_schema_pattern_free);
  g_strfreev (self->choices);
  g_free (self->arguments);
  g_free (self);
}

gboolean
confsync_option_word_is_optional (ConfsyncOptionWord *self)
{
  return self->optional;
}

char *
confsync_option_word_check (ConfsyncOptionWord *self, const ConfsyncJsonCursor *value,
                            guint64 *cost)
{
  g_autofree char *shown = NULL;

  *cost += 1;
  if (self->kind->fits (self, value, cost))
    return NULL;
  if (self->arguments == NULL || self->kind->arguments == FILTER)
    return g_strdup_printf ("is to be %s", self->kind->what);
  shown = confsync_schema_show (self->arguments, strlen (self->arguments));
  if (self->kind->arguments == REST)
    return g_strdup_printf ("is to be %s %s", self->kind->what, shown);
  return g_strdup_printf ("is to be %s within (%s)%s", self->kind->what, shown,
                          self->kind->fits == fits_string ? " characters" : "");
}
