/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * JSON Pointers (RFC 6901), and looking values up by them.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-json-pointer-private.h"
#include "confsync-tape-private.h"

/* characters of a pointer or a name that stand in a message */
#define MESSAGE_MAX_CHARS 120

char *
confsync_json_abbreviate (const char *text)
{
  const char *end = text;

  for (guint i = 0; i < MESSAGE_MAX_CHARS && *end != '\0'; i++)
    end = g_utf8_next_char (end);
  if (*end == '\0')
    return g_strdup (text);
  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}

/* in place; %FALSE where a tilde is followed by neither 0 nor 1 */
static gboolean
unescape (char *token)
{
  char *out = token;

  for (const char *in = token; *in != '\0'; in++)
    {
      if (*in != '~')
        *out++ = *in;
      else if (in[1] != '0' && in[1] != '1')
        return FALSE;
      else
        *out++ = *++in == '0' ? '~' : '/';
    }
  *out = '\0';
  return TRUE;
}

static GStrv
refuse (const char *pointer, const char *reason, GError **error)
{
  g_autofree char *shown = confsync_json_abbreviate (pointer);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
               "\"%s\" is no JSON Pointer: %s", shown, reason);
  return NULL;
}

GStrv
confsync_json_pointer_split (const char *pointer, GError **error)
{
  g_auto (GStrv) tokens = NULL;

  if (!g_utf8_validate (pointer, -1, NULL))
    {
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
                           "a JSON Pointer that isn't UTF-8");
      return NULL;
    }
  if (*pointer == '\0')
    return g_new0 (char *, 1);
  if (*pointer != '/')
    return refuse (pointer, "it must be empty or begin with '/'", error);
  tokens = g_strsplit (pointer + 1, "/", -1);
  if (tokens[0] == NULL) /* what g_strsplit() makes of "" */
    {
      g_free (g_steal_pointer (&tokens));
      tokens = g_new0 (char *, 2);
      tokens[0] = g_strdup ("");
    }
  for (char **token = tokens; *token != NULL; token++)
    if (!unescape (*token))
      return refuse (pointer, "'~' must be written ~0, and '/' in a name ~1", error);
  return g_steal_pointer (&tokens);
}

void
confsync_json_pointer_append (GString *pointer, const char *token, gsize length)
{
  g_string_append_c (pointer, '/');
  for (gsize i = 0; i < length; i++)
    {
      if (token[i] == '~')
        g_string_append (pointer, "~0");
      else if (token[i] == '/')
        g_string_append (pointer, "~1");
      else
        g_string_append_c (pointer, token[i]);
    }
}

void
confsync_json_pointer_append_index (GString *pointer, guint index)
{
  g_string_append_printf (pointer, "/%u", index);
}

gboolean
confsync_json_pointer_parse_index (const char *token, guint *index)
{
  guint64 value = 0;

  if (!g_ascii_isdigit (token[0]) || (token[0] == '0' && token[1] != '\0'))
    return FALSE;
  for (; g_ascii_isdigit (*token); token++)
    value = MIN (value * 10 + (guint64) (*token - '0'), G_MAXUINT);
  *index = (guint) value;
  return *token == '\0';
}

static gboolean
step (ConfsyncCursor *at, const char *token)
{
  ConfsyncCursor name;
  guint index;

  switch (confsync_cursor_kind (*at))
    {
    case CONFSYNC_JSON_OBJECT:
      if (!confsync_cursor_find (*at, token, strlen (token), &name))
        return FALSE;
      *at = confsync_cursor_value (name);
      return TRUE;
    case CONFSYNC_JSON_ARRAY:
      if (!confsync_json_pointer_parse_index (token, &index) ||
          index >= confsync_cursor_length (*at))
        return FALSE;
      *at = confsync_cursor_first (*at);
      for (; index > 0; index--)
        *at = confsync_cursor_after (*at);
      return TRUE;
    default:
      return FALSE;
    }
}

/* says where the way ended: @tokens up to @failed led to @last */
static void
set_not_found (GError **error, const char *pointer, GStrv tokens, char **failed,
               ConfsyncCursor last)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *shown = confsync_json_abbreviate (pointer), *place = NULL;
  g_autofree char *token = confsync_json_abbreviate (*failed), *reason = NULL;

  for (char **passed = tokens; passed < failed; passed++)
    confsync_json_pointer_append (path, *passed, strlen (*passed));
  place = confsync_json_abbreviate (path->str);
  if (confsync_cursor_kind (last) == CONFSYNC_JSON_OBJECT)
    reason = g_strdup_printf ("the object at \"%s\" has no member \"%s\"", place, token);
  else if (confsync_cursor_kind (last) == CONFSYNC_JSON_ARRAY)
    reason = g_strdup_printf ("the array at \"%s\" has %u elements, and none numbered \"%s\"",
                              place, confsync_cursor_length (last), token);
  else
    reason = g_strdup_printf ("the value at \"%s\" is neither object nor array", place);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND, "nothing at \"%s\": %s", shown,
               reason);
}

/**
 * confsync_json_lookup:
 * @self: a value
 * @pointer: a JSON Pointer (RFC 6901) such as `/zones/0/name`; the empty string is @self
 * @error: return location for an error, or %NULL
 *
 * Looks a value up inside another.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_POINTER where @pointer is none, and with
 * %CONFSYNC_ERROR_NOT_FOUND where nothing is there, saying at which place the way ended.
 *
 * Returns: (transfer full): the value
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_json_lookup (ConfsyncJson *self, const char *pointer, GError **error)
{
  g_auto (GStrv) tokens = NULL;
  ConfsyncCursor at;

  g_return_val_if_fail (self != NULL && pointer != NULL, NULL);

  tokens = confsync_json_pointer_split (pointer, error);
  if (tokens == NULL)
    return NULL;
  at = confsync_json_get_cursor (self);
  for (char **token = tokens; *token != NULL; token++)
    if (!step (&at, *token))
      {
        set_not_found (error, pointer, tokens, token, at);
        return NULL;
      }
  return confsync_json_new_at (at);
}
