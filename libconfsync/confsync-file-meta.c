/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Owner, mode, extended attributes. All best effort but one thing: nobody gets a right to the new
 * file that they didn't have to the old one.
 */

#include "config.h"

#include "confsync-file-meta-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define STAMP_ATTRIBUTE "user.confsync.stamp"
/* the most that Linux gives an attribute's value, and the list of their names */
#define ATTRIBUTE_MAX_BYTES 65536
/* enough for nearly all of them: memory of the size above comes and goes page by page */
#define SMALL_BYTES 1024

/* Gives its size, or -1; the value is in @small, or in memory that *@large owns. */
static gssize
get_attribute (int fd, const char *name, char small[SMALL_BYTES], char **large)
{
  gssize size = fgetxattr (fd, name, small, SMALL_BYTES);

  if (size >= 0 || errno != ERANGE)
    return size;
  *large = g_malloc (ATTRIBUTE_MAX_BYTES);
  return fgetxattr (fd, name, *large, ATTRIBUTE_MAX_BYTES);
}

static void
copy_attribute (int from, int to, const char *name)
{
  char small[SMALL_BYTES];
  g_autofree char *large = NULL;
  gssize size = get_attribute (from, name, small, &large);

  if (size >= 0)
    fsetxattr (to, name, large != NULL ? large : small, size, 0);
}

static void
copy_attributes (int from, int to)
{
  char small[SMALL_BYTES];
  g_autofree char *large = NULL;
  const char *names = small;
  gssize length = flistxattr (from, small, sizeof small);

  if (length < 0 && errno == ERANGE)
    {
      names = large = g_malloc (ATTRIBUTE_MAX_BYTES);
      length = flistxattr (from, large, ATTRIBUTE_MAX_BYTES);
    }
  for (gssize i = 0; i < length; i += strlen (names + i) + 1)
    if (!g_str_equal (names + i, STAMP_ATTRIBUTE))
      copy_attribute (from, to, names + i);
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
  char small[SMALL_BYTES];
  g_autofree char *large = NULL;
  gssize size = get_attribute (fd, STAMP_ATTRIBUTE, small, &large);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (ConfsyncJson) hash_json = NULL;
  g_autoptr (ConfsyncJson) stamp_json = NULL;
  g_autofree char *written_for = NULL;

  if (size <= 0)
    return NULL;

  bytes = g_bytes_new (large != NULL ? large : small, size);
  json = confsync_json_parse (bytes, NULL, NULL);
  hash_json = json != NULL ? confsync_json_get_member (json, "hash") : NULL;
  stamp_json = json != NULL ? confsync_json_get_member (json, "stamp") : NULL;
  written_for = hash_json != NULL ? confsync_json_dup_string (hash_json) : NULL;
  if (stamp_json == NULL || g_strcmp0 (written_for, hash) != 0)
    return NULL;
  return confsync_stamp_new_from_json (stamp_json, NULL);
}
