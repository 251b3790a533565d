/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reads and parses heads. Lines end in CRLF, nothing is folded, no name has a blank before its
 * colon: two readers can't disagree on such a head, which is what request smuggling lives on.
 */

#include "confsync-websocket-head.h"

#include <confsync.h>
#include <string.h>

#define HEADERS_MAX 100
#define READ_BYTES 2048
#define QUOTE_MAX_BYTES 60
/* what the first record of TLS begins with */
#define TLS_HANDSHAKE 0x16

struct _ConfsyncWebsocketHead
{
  char *start[3];
  GPtrArray *names;
  GPtrArray *values; /* as many */
};

static gboolean
fail (GError **error, const char *reason, const char *line)
{
  g_autofree char *quoted = confsync_websocket_head_quote (line, strlen (line));

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE, "%s: “%s”", reason, quoted);
  return FALSE;
}

static gboolean
is_token (const char *text, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL)
      return FALSE;
  return size > 0;
}

/* visible characters, blanks, tabs and what is beyond ASCII */
static gboolean
is_field_text (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) && *p != '\t')
      return FALSE;
  return TRUE;
}

static gboolean
parse_start (ConfsyncWebsocketHead *self, const char *line, GError **error)
{
  const char *first = strchr (line, ' ');
  const char *second = first != NULL ? strchr (first + 1, ' ') : NULL;

  if (first == NULL || first == line || first[1] == ' ' || first[1] == '\0')
    return fail (error, "not HTTP", line);

  self->start[0] = g_strndup (line, first - line);
  if (second == NULL)
    second = first + strlen (first);
  self->start[1] = g_strndup (first + 1, second - first - 1);
  self->start[2] = g_strdup (*second != '\0' ? second + 1 : second);
  return TRUE;
}

static gboolean
parse_header (ConfsyncWebsocketHead *self, const char *line, GError **error)
{
  const char *colon = strchr (line, ':');

  if (colon == NULL || !is_token (line, colon - line))
    return fail (error, "a header line without a proper name", line);
  if (self->names->len >= HEADERS_MAX)
    return fail (error, "too many header lines, at", line);

  g_ptr_array_add (self->names, g_strndup (line, colon - line));
  g_ptr_array_add (self->values, g_strstrip (g_strdup (colon + 1)));
  return TRUE;
}

ConfsyncWebsocketHead *
confsync_websocket_head_parse (const char *text, gsize size, GError **error)
{
  g_autoptr (ConfsyncWebsocketHead) self = g_new0 (ConfsyncWebsocketHead, 1);
  g_autofree char *copy = g_strndup (text, size);
  g_auto (GStrv) lines = NULL;

  self->names = g_ptr_array_new_with_free_func (g_free);
  self->values = g_ptr_array_new_with_free_func (g_free);
  if (strlen (copy) != size || !g_str_has_suffix (copy, "\r\n\r\n"))
    {
      fail (error, "not HTTP", copy);
      return NULL;
    }

  copy[size - strlen ("\r\n\r\n")] = '\0';
  lines = g_strsplit (copy, "\r\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (!is_field_text (lines[i]))
        {
          fail (error, "a control character in a line", lines[i]);
          return NULL;
        }
      if (!(i == 0 ? parse_start (self, lines[i], error) : parse_header (self, lines[i], error)))
        return NULL;
    }
  /* an empty head has no first line at all */
  if (self->start[0] == NULL)
    {
      fail (error, "not HTTP", copy);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
confsync_websocket_head_free (ConfsyncWebsocketHead *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->start); i++)
    g_free (self->start[i]);
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->values);
  g_free (self);
}

const char *
confsync_websocket_head_get_start (const ConfsyncWebsocketHead *self, guint part)
{
  return self->start[part];
}

guint
confsync_websocket_head_count (const ConfsyncWebsocketHead *self, const char *name)
{
  guint count = 0;

  for (guint i = 0; i < self->names->len; i++)
    if (g_ascii_strcasecmp (self->names->pdata[i], name) == 0)
      count++;
  return count;
}

const char *
confsync_websocket_head_get (const ConfsyncWebsocketHead *self, const char *name)
{
  for (guint i = 0; i < self->names->len; i++)
    if (g_ascii_strcasecmp (self->names->pdata[i], name) == 0)
      return self->values->pdata[i];
  return NULL;
}

GStrv
confsync_websocket_head_list (const ConfsyncWebsocketHead *self, const char *name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->names->len; i++)
    if (g_ascii_strcasecmp (self->names->pdata[i], name) == 0)
      {
        g_auto (GStrv) parts = g_strsplit (self->values->pdata[i], ",", -1);

        for (guint j = 0; parts[j] != NULL; j++)
          if (*g_strstrip (parts[j]) != '\0')
            g_strv_builder_add (builder, parts[j]);
      }
  return g_strv_builder_end (builder);
}

gboolean
confsync_websocket_head_has_token (const ConfsyncWebsocketHead *self,
                                   const char *name,
                                   const char *token)
{
  g_auto (GStrv) elements = confsync_websocket_head_list (self, name);

  for (guint i = 0; elements[i] != NULL; i++)
    if (g_ascii_strcasecmp (elements[i], token) == 0)
      return TRUE;
  return FALSE;
}

char *
confsync_websocket_head_quote (const char *text, gsize size)
{
  g_autofree char *part = g_strndup (text, MIN (size, QUOTE_MAX_BYTES));
  g_autofree char *escaped = g_strescape (part, NULL);

  return g_strconcat (escaped, size > QUOTE_MAX_BYTES ? "..." : "", NULL);
}

/* reading */

typedef struct
{
  ConfsyncWebsocketHeadKind kind;
  gsize max_bytes;
  GByteArray *bytes;
  GBytes *rest; /* (nullable) */
  char buffer[READ_BYTES];
} Reading;

static void
reading_free (Reading *reading)
{
  g_byte_array_unref (reading->bytes);
  g_clear_pointer (&reading->rest, g_bytes_unref);
  g_free (reading);
}

/* A server that speaks first in another tongue, or a client that begins TLS, would else be waited
 * for until the deadline. */
static gboolean
check_beginning (Reading *reading, GError **error)
{
  const char *text = (const char *) reading->bytes->data;
  gsize size = reading->bytes->len;
  g_autofree char *quoted = NULL;

  if (reading->kind == CONFSYNC_WEBSOCKET_HEAD_ANSWER
        ? strncmp (text, "HTTP/", MIN (size, strlen ("HTTP/"))) == 0
        : g_ascii_isupper (*text))
    return TRUE;

  quoted = confsync_websocket_head_quote (text, size);
  if (*text == TLS_HANDSHAKE)
    g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                         "it begins TLS, and this port takes none: dial ws://");
  else
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE, "not HTTP: “%s”", quoted);
  return FALSE;
}

/* Gives the size of the head with its empty line, or 0 where that is still to come. */
static gsize
find_end (const GByteArray *bytes, gsize from)
{
  const guint8 *end = memmem (bytes->data + from, bytes->len - from, "\r\n\r\n", 4);

  return end != NULL ? (gsize) (end - bytes->data) + 4 : 0;
}

static void reading_next (GTask *task);

/* Looks at what came; says whether the reading goes on. */
static gboolean
reading_take (GTask *task, gsize count, GError **error)
{
  Reading *reading = g_task_get_task_data (task);
  gsize before = reading->bytes->len;
  ConfsyncWebsocketHead *head;
  gsize end;

  g_byte_array_append (reading->bytes, (const guint8 *) reading->buffer, count);
  if (!check_beginning (reading, error))
    return FALSE;

  end = find_end (reading->bytes, before > 3 ? before - 3 : 0);
  if ((end == 0 ? reading->bytes->len : end) > reading->max_bytes)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                   "an HTTP head of more than %" G_GSIZE_FORMAT " bytes", reading->max_bytes);
      return FALSE;
    }
  if (end == 0)
    return TRUE;

  head = confsync_websocket_head_parse ((const char *) reading->bytes->data, end, error);
  if (head == NULL)
    return FALSE;
  reading->rest = g_bytes_new (reading->bytes->data + end, reading->bytes->len - end);
  g_task_return_pointer (task, head, (GDestroyNotify) confsync_websocket_head_free);
  return FALSE;
}

static void
reading_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gssize count = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (count == 0)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         "the connection ended before the handshake did");
  if (count > 0 && reading_take (task, count, &error))
    reading_next (task);
  else if (error != NULL)
    g_task_return_error (task, error);
}

static void
reading_next (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);

  g_input_stream_read_async (g_task_get_source_object (task), reading->buffer,
                             sizeof reading->buffer, G_PRIORITY_DEFAULT,
                             g_task_get_cancellable (task), reading_cb, g_object_ref (task));
}

void
confsync_websocket_head_read_async (GInputStream *input,
                                    ConfsyncWebsocketHeadKind kind,
                                    gsize max_bytes,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (input, cancellable, callback, user_data);
  Reading *reading = g_new (Reading, 1);

  reading->kind = kind;
  reading->max_bytes = max_bytes;
  reading->bytes = g_byte_array_new ();
  reading->rest = NULL;
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
  reading_next (task);
}

ConfsyncWebsocketHead *
confsync_websocket_head_read_finish (GAsyncResult *result, GBytes **rest, GError **error)
{
  Reading *reading = g_task_get_task_data (G_TASK (result));
  ConfsyncWebsocketHead *head = g_task_propagate_pointer (G_TASK (result), error);

  if (head != NULL && rest != NULL)
    *rest = g_steal_pointer (&reading->rest);
  return head;
}
