/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Owner, mode, extended attributes. All best effort but one thing: nobody gets a right to the new
 * file that they didn't have to the old one.
 */

#include "config.h"

#include "confsync-file-meta-private.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define STAMP_ATTRIBUTE "user.confsync.stamp"
/* the most that Linux gives an attribute's value, and the list of their names */
#define ATTRIBUTE_MAX_BYTES 65536

static void
copy_attributes (int from, int to)
{
  g_autofree char *names = g_malloc (ATTRIBUTE_MAX_BYTES);
  g_autofree char *value = g_malloc (ATTRIBUTE_MAX_BYTES);
  gssize length = flistxattr (from, names, ATTRIBUTE_MAX_BYTES);

  for (gssize i = 0; i < length; i += strlen (names + i) + 1)
    {
      gssize size = fgetxattr (from, names + i, value, ATTRIBUTE_MAX_BYTES);

      if (size >= 0 && !g_str_equal (names + i, STAMP_ATTRIBUTE))
        fsetxattr (to, names + i, value, size, 0);
    }
}

void
confsync_file_meta_copy (int from, int to)
{
  struct stat info;
  mode_t mode;

  if (fstat (from, &info) < 0)
    return;

  mode = info.st_mode & 07777;
  /* before the mode, since it clears bits of it; where the group can't be had, its rights go */
  if (fchown (to, info.st_uid, info.st_gid) < 0 && fchown (to, -1, info.st_gid) < 0)
    mode &= ~S_IRWXG;
  if (fchmod (to, mode) < 0)
    return;
  copy_attributes (from, to);
}

void
confsync_file_meta_write_stamp (int fd, const char *hash, ConfsyncStamp *stamp)
{
  g_autofree char *stamp_text = confsync_stamp_to_string (stamp);
  g_autofree char *value = g_strdup_printf ("{\"hash\":\"%s\",\"stamp\":%s}", hash, stamp_text);

  /* the engine's state says the same, so a failure costs nothing */
  fsetxattr (fd, STAMP_ATTRIBUTE, value, strlen (value), 0);
}

ConfsyncStamp *
confsync_file_meta_read_stamp (int fd, const char *hash)
{
  g_autofree char *value = g_malloc (ATTRIBUTE_MAX_BYTES);
  gssize size = fgetxattr (fd, STAMP_ATTRIBUTE, value, ATTRIBUTE_MAX_BYTES);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (ConfsyncJson) hash_json = NULL;
  g_autoptr (ConfsyncJson) stamp_json = NULL;
  g_autofree char *written_for = NULL;

  if (size <= 0)
    return NULL;

  bytes = g_bytes_new (value, size);
  json = confsync_json_parse (bytes, NULL, NULL);
  hash_json = json != NULL ? confsync_json_get_member (json, "hash") : NULL;
  stamp_json = json != NULL ? confsync_json_get_member (json, "stamp") : NULL;
  written_for = hash_json != NULL ? confsync_json_dup_string (hash_json) : NULL;
  if (stamp_json == NULL || g_strcmp0 (written_for, hash) != 0)
    return NULL;
  return confsync_stamp_new_from_json (stamp_json, NULL);
}
