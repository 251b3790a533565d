/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Writes what a command answers. A reader that went away ends the writing quietly; any other
 * failure, such as a full disk, is kept and told at the end. On a terminal, nothing that came from
 * elsewhere reaches it as a command.
 */

#include "config.h"

#include "confsync-output.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "confsync-units.h"

struct _ConfsyncOutput {
  FILE *file;
  gboolean color;
  gboolean terminal;
  int failure; /* the first errno, 0 for none; nothing is written after it */
};

ConfsyncOutput *
confsync_output_new (FILE *file, ConfsyncColor color)
{
  ConfsyncOutput *self = g_new0 (ConfsyncOutput, 1);

  self->file = file;
  self->color = confsync_color_is_wanted (file, color);
  self->terminal = isatty (fileno (file));
  return self;
}

void
confsync_output_free (ConfsyncOutput *self)
{
  g_free (self);
}

/*
 * confsync_output_style:
 * @style: such as %CONFSYNC_STYLE_BOLD
 *
 * Returns: @style, or nothing where there is no colour
 */
const char *
confsync_output_style (ConfsyncOutput *self, const char *style)
{
  return self->color ? style : "";
}

static void
put (ConfsyncOutput *self, const char *data, gsize length)
{
  if (self->failure == 0 && length > 0 && fwrite (data, 1, length, self->file) != length)
    self->failure = errno != 0 ? errno : EIO;
}

static void
flush (ConfsyncOutput *self)
{
  if (self->failure == 0 && fflush (self->file) != 0)
    self->failure = errno != 0 ? errno : EIO;
}

/* Writes what is harmless already. */
void
confsync_output_print (ConfsyncOutput *self, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  put (self, text, strlen (text));
}

/*
 * confsync_output_text:
 * @text: from anywhere
 *
 * Writes one line: as it is to a file, harmless to a terminal.
 */
void
confsync_output_text (ConfsyncOutput *self, const char *text)
{
  g_autofree char *safe = self->terminal ? confsync_units_escape (text) : g_strdup (text);

  put (self, safe, strlen (safe));
  put (self, "\n", 1);
}

/*
 * confsync_output_json_text:
 * @text: JSON, of which each character may be anything that JSON permits
 *
 * Writes it, with a line end. For a terminal, what that would obey is spelled as JSON's own escape:
 * it can only stand in strings, so the value stays the same.
 */
void
confsync_output_json_text (ConfsyncOutput *self, GBytes *text)
{
  gsize length;
  const char *data = g_bytes_get_data (text, &length);
  g_autofree char *safe = NULL;

  if (self->terminal)
    {
      safe = confsync_units_escape_json (data, length);
      data = safe;
      length = strlen (safe);
    }
  put (self, data, length);
  if (length == 0 || data[length - 1] != '\n')
    put (self, "\n", 1);
}

/*
 * confsync_output_bytes:
 * @text: JSON
 *
 * Writes it byte by byte, for who compares or hashes it; to a terminal, as
 * confsync_output_json_text() does.
 */
void
confsync_output_bytes (ConfsyncOutput *self, GBytes *text)
{
  if (self->terminal)
    confsync_output_json_text (self, text);
  else
    put (self, g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

/* Writes a value on several lines, for people and programs. */
void
confsync_output_node (ConfsyncOutput *self, JsonNode *node)
{
  g_autofree char *text = json_to_string (node, TRUE);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  confsync_output_json_text (self, bytes);
}

/*
 * confsync_output_is_gone:
 *
 * Writes out what waits.
 *
 * Returns: whether nobody reads any more, or nothing can be written
 */
gboolean
confsync_output_is_gone (ConfsyncOutput *self)
{
  flush (self);
  return self->failure != 0;
}

/*
 * confsync_output_finish:
 *
 * Returns: whether all was written, or the reader wanted no more
 */
gboolean
confsync_output_finish (ConfsyncOutput *self, GError **error)
{
  flush (self);
  if (self->failure == 0 || self->failure == EPIPE)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (self->failure),
               _ ("the answer can't be written: %s"), g_strerror (self->failure));
  return FALSE;
}
