/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The values of a table of options. Where they come from, and in which order, is the business of
 * confsync-option-sources.c; here is only that a stronger place wins, and that a value fits its
 * type.
 */

#include "config.h"

#include "confsync-options-private.h"

#include <glib/gi18n-lib.h>

#include "confsync-secret-private.h"
#include "confsync-suggest-private.h"

#define PORT_MAX 65535

typedef struct {
  ConfsyncOptionSource source;
  GPtrArray *texts; /* (owned) (nullable): each valid; one but for a list */
  char *place;      /* (owned) (nullable): what errors call it; NULL for a default */
} Value;

struct _ConfsyncOptions {
  const ConfsyncOption *table;
  guint n_options;
  Value *values;       /* (owned): as many as the table has options */
  GPtrArray *warnings; /* (owned) */
  gboolean lenient;
};

static Value *
value_of (ConfsyncOptions *self, const char *name)
{
  const ConfsyncOption *option = confsync_options_find (self, name);

  g_assert (option != NULL);
  return &self->values[option - self->table];
}

static GStrv
dup_texts (GPtrArray *texts)
{
  GStrv copies = g_new0 (char *, texts->len + 1);

  for (guint i = 0; i < texts->len; i++)
    copies[i] = g_strdup (texts->pdata[i]);
  return copies;
}

static gboolean
parse_boolean (const char *text, gboolean *value)
{
  const char *const yes[] = { "true", "yes", "on", "1" };
  const char *const no[] = { "false", "no", "off", "0" };

  for (gsize i = 0; i < G_N_ELEMENTS (yes); i++)
    {
      *value = g_ascii_strcasecmp (text, yes[i]) == 0;
      if (*value || g_ascii_strcasecmp (text, no[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

/* In milliseconds. */
static gboolean
parse_duration (const char *text, guint *value)
{
  static const struct
  {
    const char *name;
    guint ms;
  } units[] = { { "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "m", 60000 }, { "h", 3600000 } };
  char *end;
  guint64 number;

  if (!g_ascii_isdigit (*text))
    return FALSE;
  number = g_ascii_strtoull (text, &end, 10);
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (end, units[i].name) && number <= G_MAXINT / units[i].ms)
      {
        *value = (guint) number * units[i].ms;
        return TRUE;
      }
  return FALSE;
}

static gboolean
is_choice (const ConfsyncOption *option, const char *text)
{
  g_auto (GStrv) choices = g_strsplit (option->choices, "|", -1);
  g_autofree char *lower = g_ascii_strdown (text, -1);

  return g_strv_contains ((const char *const *) choices, lower);
}

static gboolean
refuse (const char *where, const char *text, const char *what, GError **error)
{
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION, _ ("%s: “%s” is not %s"),
               where, text, what);
  return FALSE;
}

static gboolean
check (const ConfsyncOption *option, const char *where, const char *text, GError **error)
{
  gboolean ignored;
  guint duration;

  switch (option->type)
    {
    case CONFSYNC_OPTION_PORT:
      return g_ascii_string_to_unsigned (text, 10, 1, PORT_MAX, NULL, NULL) ||
             refuse (where, text, _ ("a port (1 to 65535)"), error);
    case CONFSYNC_OPTION_UINT:
      return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, NULL, NULL) ||
             refuse (where, text, _ ("a number (0 to 4294967295)"), error);
    case CONFSYNC_OPTION_DURATION:
      return parse_duration (text, &duration) ||
             refuse (where, text, _ ("a duration, such as 30s, 500ms or 5m"), error);
    case CONFSYNC_OPTION_BOOLEAN:
      return parse_boolean (text, &ignored) || refuse (where, text, _ ("true or false"), error);
    case CONFSYNC_OPTION_CHOICE:
      return is_choice (option, text) || refuse (where, text, option->choices, error);
    case CONFSYNC_OPTION_TEXT:
    case CONFSYNC_OPTION_SECRET: /* whoever uses it looks at it; an error here would repeat it */
      return TRUE;
    case CONFSYNC_OPTION_STRING:
    case CONFSYNC_OPTION_STRINGS:
    case CONFSYNC_OPTION_PATH:
    default:
      return *text != '\0' || refuse (where, text, _ ("a value: it is empty"), error);
    }
}

/* A secret stands only where nobody else reads it. */
static gboolean
refuse_secret (const char *where, ConfsyncOptionSource source, GError **error)
{
  if (source == CONFSYNC_SOURCE_COMMAND_LINE)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("%s: others see a key that is an argument; make a new one, in a file of mode "
                    "0600, and name that with --key-file"), where);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("%s: a key stands in a file of its own, of mode 0600; name that with key-file"),
                 where);
  return FALSE;
}

static gboolean
may_have_secrets (ConfsyncOptionSource source)
{
  return source != CONFSYNC_SOURCE_COMMAND_LINE && source != CONFSYNC_SOURCE_KEY_FILE &&
         source != CONFSYNC_SOURCE_SYSTEM_KEY_FILE;
}

/* @text: valid, and so is the one value */
static void
add_parts (GPtrArray *texts, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      g_strstrip (parts[i]);
      if (parts[i][0] != '\0')
        g_ptr_array_add (texts, g_strdup (parts[i]));
    }
}

static void
store (const ConfsyncOption *option, Value *value, const char *text)
{
  if (option->type == CONFSYNC_OPTION_STRINGS)
    {
      add_parts (value->texts, text);
      return;
    }

  g_ptr_array_set_size (value->texts, 0);
  g_ptr_array_add (value->texts, option->type == CONFSYNC_OPTION_CHOICE
                                     ? g_ascii_strdown (text, -1)
                                     : g_strdup (text));
}

ConfsyncOptions *
confsync_options_new (const ConfsyncOption *table)
{
  ConfsyncOptions *self = g_new0 (ConfsyncOptions, 1);

  self->table = table;
  while (table[self->n_options].name != NULL)
    self->n_options++;
  self->values = g_new0 (Value, self->n_options);
  for (guint i = 0; i < self->n_options; i++)
    {
      self->values[i].texts = g_ptr_array_new_with_free_func (
        table[i].type == CONFSYNC_OPTION_SECRET ? (GDestroyNotify) confsync_secret_free : g_free);
      if (table[i].initial != NULL)
        store (&table[i], &self->values[i], table[i].initial);
    }
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
confsync_options_free (ConfsyncOptions *self)
{
  for (guint i = 0; i < self->n_options; i++)
    {
      g_ptr_array_unref (self->values[i].texts);
      g_free (self->values[i].place);
    }
  g_free (self->values);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

const ConfsyncOption *
confsync_options_get_table (ConfsyncOptions *self)
{
  return self->table;
}

/*
 * confsync_options_find:
 * @name: with hyphens, such as `sync-port`
 *
 * Returns: (nullable): the option of that name or alias
 */
const ConfsyncOption *
confsync_options_find (ConfsyncOptions *self, const char *name)
{
  for (guint i = 0; i < self->n_options; i++)
    if (g_str_equal (self->table[i].name, name) || g_strcmp0 (self->table[i].alias, name) == 0)
      return &self->table[i];
  return NULL;
}

const ConfsyncOption *
confsync_options_find_letter (ConfsyncOptions *self, char letter)
{
  for (guint i = 0; i < self->n_options; i++)
    if (self->table[i].letter == letter)
      return &self->table[i];
  return NULL;
}

/*
 * confsync_options_next_positional:
 *
 * Returns: (nullable): what the next argument without a name is; %NULL where there is one too many
 */
const ConfsyncOption *
confsync_options_next_positional (ConfsyncOptions *self)
{
  for (guint i = 0; i < self->n_options; i++)
    if (self->table[i].positional && self->values[i].source != CONFSYNC_SOURCE_COMMAND_LINE)
      return &self->table[i];
  return NULL;
}

/*
 * confsync_options_suggest:
 *
 * Returns: (nullable): the option's name or alias that is nearest to @name
 */
const char *
confsync_options_suggest (ConfsyncOptions *self, const char *name)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < self->n_options; i++)
    {
      g_ptr_array_add (names, (gpointer) self->table[i].name);
      if (self->table[i].alias != NULL)
        g_ptr_array_add (names, (gpointer) self->table[i].alias);
    }
  g_ptr_array_add (names, NULL);
  return confsync_suggest (name, (const char *const *) names->pdata);
}

/*
 * confsync_options_take:
 * @source: the place, which must not be stronger than the one that was read before it
 * @where: what an error calls the place, such as `--bind` or `CONFSYNC_BIND`
 *
 * Gives @option a value, unless a stronger place did. In one place, a list grows and anything else
 * takes its last value.
 */
gboolean
confsync_options_take (ConfsyncOptions *self,
                       const ConfsyncOption *option,
                       ConfsyncOptionSource source,
                       const char *where,
                       const char *text,
                       GError **error)
{
  Value *value = &self->values[option - self->table];

  if (option->type == CONFSYNC_OPTION_SECRET && !may_have_secrets (source))
    return refuse_secret (where, source, error);
  if (value->source > source)
    return TRUE;
  if (!check (option, where, text, error))
    return FALSE;

  if (value->source < source)
    g_ptr_array_set_size (value->texts, 0);
  value->source = source;
  g_free (value->place);
  value->place = g_strdup (where);
  store (option, value, text);
  return TRUE;
}

void
confsync_options_set_lenient (ConfsyncOptions *self, gboolean lenient)
{
  self->lenient = lenient;
}

gboolean
confsync_options_is_lenient (ConfsyncOptions *self)
{
  return self->lenient;
}

/* Keeps a line for the time when there is something to print it with. */
void
confsync_options_warn (ConfsyncOptions *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (self->warnings, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

GStrv
confsync_options_dup_warnings (ConfsyncOptions *self)
{
  return dup_texts (self->warnings);
}

ConfsyncOptionSource
confsync_options_get_source (ConfsyncOptions *self, const char *name)
{
  return value_of (self, name)->source;
}

/*
 * confsync_options_get_place:
 *
 * Returns: (nullable): where the value is from, as an error says it; of a list the last part; %NULL
 *   for a default
 */
const char *
confsync_options_get_place (ConfsyncOptions *self, const char *name)
{
  return value_of (self, name)->place;
}

gboolean
confsync_options_prefix_place (ConfsyncOptions *self, const char *name, GError **error)
{
  const char *place = confsync_options_get_place (self, name);

  if (place != NULL)
    g_prefix_error (error, "%s: ", place);
  return FALSE;
}

/*
 * confsync_options_get_string:
 *
 * Returns: (nullable): the value, %NULL where there is none
 */
const char *
confsync_options_get_string (ConfsyncOptions *self, const char *name)
{
  Value *value = value_of (self, name);

  return value->texts->len > 0 ? value->texts->pdata[0] : NULL;
}

GStrv
confsync_options_dup_strings (ConfsyncOptions *self, const char *name)
{
  return dup_texts (value_of (self, name)->texts);
}

/* For ports and numbers; the table gives each a default. */
guint
confsync_options_get_uint (ConfsyncOptions *self, const char *name)
{
  const char *text = confsync_options_get_string (self, name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : 0;
}

/* In milliseconds; the table gives each a default. */
guint
confsync_options_get_duration (ConfsyncOptions *self, const char *name)
{
  const char *text = confsync_options_get_string (self, name);
  guint value = 0;

  return text != NULL && parse_duration (text, &value) ? value : 0;
}

gboolean
confsync_options_get_boolean (ConfsyncOptions *self, const char *name)
{
  const char *text = confsync_options_get_string (self, name);
  gboolean value = FALSE;

  return text != NULL && parse_boolean (text, &value) && value;
}

/*
 * confsync_options_get_choice:
 *
 * Returns: the place of the value among the choices, from 0; the table gives each a default
 */
guint
confsync_options_get_choice (ConfsyncOptions *self, const char *name)
{
  const char *text = confsync_options_get_string (self, name);
  g_auto (GStrv) choices = g_strsplit (confsync_options_find (self, name)->choices, "|", -1);
  guint i = 0;

  while (choices[i] != NULL && !g_str_equal (choices[i], text))
    i++;
  return i;
}
