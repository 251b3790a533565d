/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A schema is read once, when its validator is made. It is a regular file of bounded size: a FIFO
 * would block, and a device may never end.
 */

#include "confsync-schema-file.h"

#include "confsync-schema-text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (4 * 1024 * 1024)
#define MAX_VALUES 100000

static gboolean
set_io_error (GError **error, int number)
{
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (number), g_strerror (number));
  return FALSE;
}

static int
open_regular (const char *path, GError **error)
{
  struct stat status;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

  if (fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return fd;
  if (fd < 0)
    set_io_error (error, errno);
  else
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                           "this is no regular file");
      close (fd);
    }
  return -1;
}

/* one byte more than there may be, so that the reader says what is too much */
static gboolean
read_all (int fd, GByteArray *text, GError **error)
{
  guint8 block[16 * 1024];
  gssize n;

  do
    {
      n = read (fd, block, sizeof block);
      if (n > 0)
        g_byte_array_append (text, block, (guint) n);
    }
  while ((n > 0 && text->len <= MAX_BYTES) || (n < 0 && errno == EINTR));
  return n >= 0 || set_io_error (error, errno);
}

static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  int fd = open_regular (path, error);
  gboolean done;

  if (fd < 0)
    return NULL;
  done = read_all (fd, text, error);
  close (fd);
  return done ? g_byte_array_free_to_bytes (g_steal_pointer (&text)) : NULL;
}

ConfsyncJson *
confsync_schema_file_read (const char *path, GError **error)
{
  ConfsyncJsonLimits limits = { .max_bytes = MAX_BYTES, .max_values = MAX_VALUES };
  g_autoptr (GBytes) text = read_file (path, error);
  ConfsyncJson *json = text != NULL ? confsync_json_parse (text, &limits, error) : NULL;

  if (json == NULL)
    confsync_schema_file_prefix (path, error);
  return json;
}

void
confsync_schema_file_prefix (const char *path, GError **error)
{
  g_autofree char *valid = path != NULL ? g_filename_display_name (path) : NULL;
  g_autofree char *shown = valid != NULL ? confsync_schema_show (valid, strlen (valid)) : NULL;

  if (shown != NULL)
    g_prefix_error (error, "the schema in %s can't be used: ", shown);
  else
    g_prefix_error (error, "the schema can't be used: ");
}
