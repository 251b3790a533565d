/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Files and directories by descriptor: what the parts of the file store share. Everything here
 * blocks; it belongs on the store's worker.
 */

#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

#include "confsync-document.h"

G_BEGIN_DECLS

/* closed when it goes out of scope: g_auto (ConfsyncFd) fd = -1; */
typedef int ConfsyncFd;

void confsync_fd_close (int fd);

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (ConfsyncFd, confsync_fd_close, -1)

/* Whom the parts of a file store tell what is no answer to a call. Called on the worker. */
typedef struct
{
  void (*displaced) (ConfsyncDocument *document, gpointer data);
  void (*notice) (const char *message, gpointer data); /* takes nothing */
  gpointer data;
} ConfsyncFileReport;

void confsync_file_report_displaced (const ConfsyncFileReport *self, ConfsyncDocument *document);
void confsync_file_report_notice (const ConfsyncFileReport *self, const char *format, ...)
  G_GNUC_PRINTF (2, 3);

/* Sets a G_IO_ERROR that names the path and says what to do; gives FALSE. */
gboolean confsync_file_fail (GError **error, int errnum, const char *what, const char *path);
/* The same for a name in an open directory. */
gboolean confsync_file_fail_at (GError **error,
                                int errnum,
                                const char *what,
                                int dirfd,
                                const char *name);

/* The path of a name in an open directory, for messages. */
char *confsync_file_path_at (int dirfd, const char *name);

/* As the system's openat(), but for EINTR, which is tried again. */
int confsync_file_openat (int dirfd, const char *name, int flags, mode_t mode);

/* Opens what must be a regular file, for reading; never blocks on a FIFO or a device. -1 with
 * G_IO_ERROR_NOT_FOUND, _IS_DIRECTORY, _NOT_REGULAR_FILE or another error of the system. */
int confsync_file_open (int dirfd, const char *name, int extra_flags, GError **error);

/* The same for writing, with @extra_flags such as O_CREAT; no symbolic link is followed. */
int confsync_file_open_to_write (int dirfd,
                                 const char *name,
                                 int extra_flags,
                                 mode_t mode,
                                 GError **error);

/* Reads all of an open file; once more where it changed meanwhile. @info is nullable. */
GBytes *confsync_file_read (int fd,
                            const char *path,
                            gsize max_bytes,
                            struct stat *info,
                            GError **error);

/* Reads all of an open file of at most @max_bytes, if that takes no waiting for a disk or a writer;
 * NULL if not. @never says that its file system can't tell. */
GBytes *confsync_file_read_at_hand (int fd, gsize max_bytes, struct stat *info, gboolean *never);

/* Writes all, however often the system takes only a part. FALSE with errno set. */
gboolean confsync_file_write_all (int fd, GBytes *bytes);

/* A directory, made (0700, durably) where it is missing and @create says so. Below an open
 * directory no symbolic link is followed, and what is ours there is closed to other users. */
int confsync_file_open_dir (int dirfd, const char *name, gboolean create, GError **error);

/* @base, or the directory @sub below it; with @create the last component of @base and all of @sub
 * are made where they are missing. */
int confsync_file_open_base (const char *base, const char *sub, gboolean create, GError **error);

/* Opens a file below @sub in @base for reading, as confsync_file_open() does; no link is followed
 * below @base. */
int confsync_file_open_below (const char *base, const char *sub, const char *name, GError **error);

/* A document out of a file's text; errors start with the path. */
ConfsyncDocument *confsync_file_parse (GBytes *text,
                                       const char *path,
                                       const ConfsyncJsonLimits *limits,
                                       GError **error);

/* Nothing but white space: a file that says that there is no configuration. */
gboolean confsync_file_is_blank (GBytes *text);

gsize confsync_file_max_bytes (const ConfsyncJsonLimits *limits);

/* @seconds since the Unix epoch as YYYYmmddHHMMSS, UTC */
char *confsync_file_format_time (gint64 seconds);

/* Where a save goes: @path with its links followed, even one that leads to nothing yet. */
char *confsync_file_resolve (const char *path, GError **error);

G_END_DECLS
