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
  struct stat info, own;
  mode_t mode;
  gboolean is_like;

  if (fstat (from, &info) < 0 || fstat (to, &own) < 0)
    return;

  /* a change that changes nothing would still be written to disk */
  is_like = own.st_uid == info.st_uid && own.st_gid == info.st_gid && own.st_mode == info.st_mode;
  mode = info.st_mode & 07777;
  /* before the mode, since it clears bits of it; where the group can't be had, its rights go */
  if (!is_like && fchown (to, info.st_uid, info.st_gid) < 0 && fchown (to, -1, info.st_gid) < 0)
    mode &= ~S_IRWXG;
  if (!is_like && fchmod (to, mode) < 0)
    return;
  copy_attributes (from, to);
}

gboolean
confsync_file_meta_write_stamp (int fd, const char *text)
{
  return fsetxattr (fd, STAMP_ATTRIBUTE, text, strlen (text), 0) == 0;
}

GBytes *
confsync_file_meta_read_stamp (int fd)
{
  char small[SMALL_BYTES];
  g_autofree char *large = NULL;
  gssize size = get_attribute (fd, STAMP_ATTRIBUTE, small, &large);

  return size > 0 ? g_bytes_new (large != NULL ? large : small, size) : NULL;
}
