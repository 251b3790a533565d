/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file made before it is needed: its inode and its blocks are on disk, full of zeros. The next
 * save writes over them, and so waits for the data alone, where a new file would make it wait for
 * the file system's journal. Zeros are no JSON, so a spare that is written over only in part is
 * never taken for a document. Nothing is held open between the calls: a file system with nothing
 * but a spare on it can be unmounted. Blocks; belongs on the store's worker.
 */

#pragma once

#include "confsync-file-io-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncSpare ConfsyncSpare;

ConfsyncSpare *confsync_spare_new (void);
/* Removes the file. */
void confsync_spare_free (ConfsyncSpare *self);

/* Where the next one is to be, the directory @sub below @base, and the size of what is likely to be
 * written to it. Does nothing yet. */
void confsync_spare_want (ConfsyncSpare *self, const char *base, const char *sub, gsize size);

/* Makes what is wanted, durably, where it isn't there. A failure costs the next save its head
 * start, nothing else. */
void confsync_spare_prepare (ConfsyncSpare *self);

/* Opens it for writing; -1 where there is none in that directory. @name (out): (transfer full):
 * what it is called; it is the caller's now. @size (out): the bytes in it, to be written over. */
int confsync_spare_take (ConfsyncSpare *self, int dirfd, char **name, gsize *size);

/* Takes @name: nothing was written to the one that was taken last. */
void confsync_spare_put_back (ConfsyncSpare *self, char *name);

/* Whether an earlier process called a spare so, and whether the file of that name, open as @fd, is
 * the spare itself. If not, it was exchanged for the spare. */
gboolean confsync_spare_is_name (const char *name);
gboolean confsync_spare_is_itself (const char *name, int fd);

G_END_DECLS
