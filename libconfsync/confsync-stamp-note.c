/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The note is {hash, stamp}. It names its content, so after an editor wrote into the file it says
 * what the file was before: unless it has the member early, which was written while something else
 * was live, or isn't an attribute of the very file.
 */

#include "config.h"

#include "confsync-stamp-note-private.h"

#include <string.h>

#include "confsync-durable-file-private.h"
#include "confsync-file-io-private.h"
#include "confsync-file-meta-private.h"
#include "confsync-shelf-private.h"

#define NOTE_NAME "stamp"

void
confsync_stamp_note_write (int fd,
                           int state_dirfd,
                           gboolean is_live,
                           const char *hash,
                           ConfsyncStamp *stamp)
{
  g_autofree char *stamp_text = confsync_stamp_to_string (stamp);
  g_autofree char *text =
    g_strdup_printf ("{\"hash\":\"%s\",\"stamp\":%s%s}", hash, stamp_text,
                     is_live ? ",\"early\":true" : "");
  g_autoptr (GBytes) bytes = NULL;

  if (confsync_file_meta_write_stamp (fd, text))
    return;
  /* a disk that takes no note takes no save either, or a start takes what was applied last for an
   * edit that was made here */
  bytes = g_bytes_new (text, strlen (text));
  confsync_durable_write (state_dirfd, NOTE_NAME, bytes, 0600, NULL);
}

/* NULL for what is no note of this content; of another one, its stamp is in @other (optional) */
static ConfsyncStamp *
read_note (GBytes *text, const char *hash, ConfsyncStamp **other)
{
  g_autoptr (ConfsyncJson) json = confsync_json_parse (text, NULL, NULL);
  g_autoptr (ConfsyncJson) hash_json =
    json != NULL ? confsync_json_get_member (json, "hash") : NULL;
  g_autoptr (ConfsyncJson) stamp_json =
    json != NULL ? confsync_json_get_member (json, "stamp") : NULL;
  g_autoptr (ConfsyncJson) early =
    json != NULL ? confsync_json_get_member (json, "early") : NULL;
  g_autofree char *written_for = hash_json != NULL ? confsync_json_dup_string (hash_json) : NULL;

  if (stamp_json == NULL || written_for == NULL)
    return NULL;
  if (g_str_equal (written_for, hash))
    return confsync_stamp_new_from_json (stamp_json, NULL);
  if (other != NULL && early == NULL)
    *other = confsync_stamp_new_from_json (stamp_json, NULL);
  return NULL;
}

static GBytes *
read_file (const char *base_dir)
{
  g_autofree char *path = g_build_filename (base_dir, CONFSYNC_STATE_DIR, NOTE_NAME, NULL);
  g_auto (ConfsyncFd) fd =
    confsync_file_open_below (base_dir, CONFSYNC_STATE_DIR, NOTE_NAME, NULL);

  return fd >= 0 ? confsync_file_read (fd, path, G_MAXSSIZE, NULL, NULL) : NULL;
}

ConfsyncStamp *
confsync_stamp_note_read (int fd,
                          const char *base_dir,
                          const char *hash,
                          ConfsyncStamp **origin)
{
  g_autoptr (GBytes) attribute = confsync_file_meta_read_stamp (fd);
  g_autoptr (GBytes) file = attribute == NULL && base_dir != NULL ? read_file (base_dir) : NULL;

  if (attribute != NULL)
    return read_note (attribute, hash, origin);
  return file != NULL ? read_note (file, hash, NULL) : NULL;
}
