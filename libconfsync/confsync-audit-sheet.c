/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file that proves what happened has to be one that others can't have changed. It must never
 * follow a symbolic link, nor wait for somebody to read.
 */

#include "config.h"

#include "confsync-audit-sheet-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-audit-record-private.h"
#include "confsync-error.h"

#define FILE_MODE 0600

void
confsync_audit_sheet_init (ConfsyncAuditSheet *self, const char *path)
{
  self->path = g_strdup (path);
  self->fd = -1;
}

static void
close_file (ConfsyncAuditSheet *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

void
confsync_audit_sheet_clear (ConfsyncAuditSheet *self)
{
  close_file (self);
  g_clear_pointer (&self->path, g_free);
}

static gboolean
fail (ConfsyncAuditSheet *self, int number, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
               "%s can't be written to as an audit file: %s", name,
               number == ELOOP ? "it is a symbolic link, and those are not followed"
                               : g_strerror (number));
  return FALSE;
}

static gboolean
refuse (ConfsyncAuditSheet *self, const char *reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s is refused as an audit file: %s",
               name, reason);
  return FALSE;
}

/* A record that others may write or take away proves nothing. The mode of a file that is there is
 * its owner's choice otherwise: a group may read it. */
static gboolean
check_file (ConfsyncAuditSheet *self, const struct stat *info, GError **error)
{
  if (!S_ISREG (info->st_mode))
    return refuse (self, "it is no regular file", error);
  if (info->st_uid != geteuid () && info->st_uid != 0)
    return refuse (self, "it belongs to another user", error);
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse (self, "others may write to it (chmod go-w)", error);
  return TRUE;
}

/* What a crash, or a full disk, left without an end. */
static gboolean
is_torn (int fd, goffset size)
{
  char last = '\n';

  return size > 0 && pread (fd, &last, 1, size - 1) == 1 && last != '\n';
}

gboolean
confsync_audit_sheet_open (ConfsyncAuditSheet *self, GError **error)
{
  struct stat info;

  close_file (self);
  /* without O_NONBLOCK a pipe in its place would keep us waiting */
  self->fd = open (self->path,
                   O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                   FILE_MODE);
  if (self->fd < 0 || fstat (self->fd, &info) != 0)
    {
      const int number = errno;

      close_file (self);
      return fail (self, number, error);
    }
  if (!check_file (self, &info, error))
    {
      close_file (self);
      return FALSE;
    }
  self->device = info.st_dev;
  self->inode = info.st_ino;
  self->torn = is_torn (self->fd, info.st_size);
  return TRUE;
}

gboolean
confsync_audit_sheet_is_in_place (const ConfsyncAuditSheet *self)
{
  struct stat info;

  return self->fd >= 0 && lstat (self->path, &info) == 0 && info.st_dev == self->device &&
         info.st_ino == self->inode;
}

static gboolean
write_all (ConfsyncAuditSheet *self, const char *text, gsize length, GError **error)
{
  while (length > 0)
    {
      const gssize n = write (self->fd, text, length);

      if (n < 0 && errno != EINTR)
        return fail (self, errno, error);
      if (n > 0)
        {
          text += n;
          length -= n;
          self->torn = text[-1] != '\n';
        }
    }
  return TRUE;
}

gboolean
confsync_audit_sheet_write (ConfsyncAuditSheet *self, const char *line, GError **error)
{
  g_autofree char *text = g_strconcat (self->torn ? "\n" : "", line, NULL);

  return write_all (self, text, strlen (text), error);
}

gboolean
confsync_audit_sheet_check (const char *path, GError **error)
{
  g_auto (ConfsyncAuditSheet) self = { .fd = -1 };

  confsync_audit_sheet_init (&self, path);
  return confsync_audit_sheet_open (&self, error);
}

/*
 * confsync_audit_sheet_append:
 * @details: a{sv}, whose keys belong to @kind; a floating one is taken
 */
gboolean
confsync_audit_sheet_append (const char *path,
                             ConfsyncLevel level,
                             const char *kind,
                             GVariant *details,
                             GError **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (details);
  g_autofree char *line = confsync_audit_make_line (level, kind, sunk, NULL, NULL);
  g_auto (ConfsyncAuditSheet) self = { .fd = -1 };

  confsync_audit_sheet_init (&self, path);
  return line == NULL || (confsync_audit_sheet_open (&self, error) &&
                          confsync_audit_sheet_write (&self, line, error));
}
