/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * JSON Pointers (RFC 6901), and looking values up by them.
 */

#include "config.h"

#include "confsync-error.h"
#include "confsync-json-pointer-private.h"
#include "confsync-tape-private.h"

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
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
                   "\"%s\" is no JSON Pointer: it must be empty or begin with '/'", pointer);
      return NULL;
    }
  tokens = g_strsplit (pointer + 1, "/", -1);
  if (tokens[0] == NULL) /* what g_strsplit() makes of "" */
    {
      g_free (g_steal_pointer (&tokens));
      tokens = g_new0 (char *, 2);
      tokens[0] = g_strdup ("");
    }
  for (char **token = tokens; *token != NULL; token++)
    if (!unescape (*token))
      {
        g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_POINTER,
                     "\"%s\" is no JSON Pointer: '~' must be written ~0, and '/' in a name ~1",
                     pointer);
        return NULL;
      }
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
  g_autoptr (GString) place = g_string_new (NULL);

  for (char **token = tokens; token < failed; token++)
    confsync_json_pointer_append (place, *token, strlen (*token));
  if (confsync_cursor_kind (last) == CONFSYNC_JSON_OBJECT)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "nothing at \"%s\": the object at \"%s\" has no member \"%s\"", pointer,
                 place->str, *failed);
  else if (confsync_cursor_kind (last) == CONFSYNC_JSON_ARRAY)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "nothing at \"%s\": the array at \"%s\" has %u elements, and none numbered \"%s\"",
                 pointer, place->str, confsync_cursor_length (last), *failed);
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "nothing at \"%s\": the value at \"%s\" is neither object nor array", pointer,
                 place->str);
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
