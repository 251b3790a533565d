/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A new file on its way to the live one's place, and the directories that it goes through. Opening
 * it needs no text, so that can be done before there is any. Blocks; belongs on the store's worker.
 */

#pragma once

#include "confsync-place-private.h"
#include "confsync-spare-private.h"

G_BEGIN_DECLS

typedef struct
{
  ConfsyncPlace place;
  char *name;    /* (owned) (nullable): in the private directory */
  ConfsyncFd fd; /* of the new file; -1 for none yet */
  gsize size;    /* bytes that are in it already, to be written over */
} ConfsyncNewFile;

#define CONFSYNC_NEW_FILE_INIT { .place = CONFSYNC_PLACE_INIT, .fd = -1 }

/* Closes it; the file stays. */
void confsync_new_file_clear (ConfsyncNewFile *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncNewFile, confsync_new_file_clear)

/* Opens the private directory, once more and somewhere else if need be, and the spare if there is
 * one in it. The place of the live file is open. */
gboolean confsync_new_file_open (ConfsyncNewFile *self,
                                 ConfsyncSpare *spare,
                                 const char *base_dir,
                                 ConfsyncPlaceWhere where,
                                 GError **error);

/* Nothing was written: a spare may be used by somebody else. */
void confsync_new_file_give_back (ConfsyncNewFile *self, ConfsyncSpare *spare);

/* Makes it whole, like what is live in all but content, and its content durable; the rest becomes
 * so with what comes after. @hash is that of the text. */
gboolean confsync_new_file_write (ConfsyncNewFile *self,
                                  GBytes *text,
                                  const char *hash,
                                  GError **error);

G_END_DECLS
