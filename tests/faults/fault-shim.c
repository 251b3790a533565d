/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A disk that fails, to be loaded before the command: calls on files below a folder fail as a
 * shared page says, which a test may change at any time, and which counts how often they did.
 */

/* the names below are to be the names of the symbols, too */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__ ((visibility ("default")))

/* in the order of CALLS in disk.py */
typedef enum {
  CALL_NONE,
  CALL_OPEN,
  CALL_WRITE,
  CALL_FSYNC,
  CALL_RENAME,
  CALL_LINK,
  CALL_UNLINK,
  CALL_FSYNC_DIRECTORY,
  CALL_READ,
} Call;

typedef struct
{
  _Atomic int call;  /* which one fails; CALL_NONE: all is well */
  _Atomic int errnum; /* less than 0: the call is late by so many milliseconds, and succeeds */
  _Atomic int left;  /* how often it still fails; -1: until further notice */
  _Atomic int fired; /* how often it did */
  char folder[PATH_MAX];
} Page;

static Page *
get_page (void)
{
  static Page *page;
  const char *path = getenv ("TEST_FAULT_PAGE");
  int fd;

  if (page != NULL || path == NULL)
    return page;
  fd = (int) syscall (SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  page = mmap (NULL, sizeof (Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall (SYS_close, fd);
  return page;
}

/* Whether what the descriptor is of is below the folder. */
static int
is_below (Page *page, int fd)
{
  char link[64], path[PATH_MAX];
  ssize_t length;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length < 0)
    return 0;
  path[length] = '\0';
  return strncmp (path, page->folder, strlen (page->folder)) == 0;
}

static int
is_path_below (Page *page, int dirfd, const char *path)
{
  return path[0] == '/' ? strncmp (path, page->folder, strlen (page->folder)) == 0
                        : dirfd >= 0 && is_below (page, dirfd);
}

static int
is_due (Call call)
{
  Page *page = get_page ();

  return page != NULL && page->call == (int) call;
}

/* With errno set, if it fires. */
static int
fire (void)
{
  Page *page = get_page ();
  int left = page->left;

  if (left == 0)
    return 0;
  if (left > 0)
    page->left--;
  page->fired++;
  if (page->errnum < 0)
    {
      usleep ((useconds_t) -page->errnum * 1000);
      return 0;
    }
  errno = page->errnum;
  return 1;
}

static int
fails_at (Call call, int dirfd, const char *path)
{
  return is_due (call) && is_path_below (get_page (), dirfd, path) && fire ();
}

static int
fails_on (Call call, int fd)
{
  return is_due (call) && is_below (get_page (), fd) && fire ();
}

static int
do_open (int dirfd, const char *path, int flags, mode_t mode)
{
  if (fails_at (CALL_OPEN, dirfd, path))
    return -1;
  return (int) syscall (SYS_openat, dirfd, path, flags, mode);
}

#define MODE(flags, mode)                                                                         \
  if ((flags) & (O_CREAT | O_TMPFILE))                                                            \
    {                                                                                             \
      va_list args;                                                                               \
      va_start (args, flags);                                                                     \
      mode = va_arg (args, mode_t);                                                               \
      va_end (args);                                                                              \
    }

EXPORT int
openat (int dirfd, const char *path, int flags, ...)
{
  mode_t mode = 0;

  MODE (flags, mode)
  return do_open (dirfd, path, flags, mode);
}

EXPORT int
openat64 (int dirfd, const char *path, int flags, ...)
{
  mode_t mode = 0;

  MODE (flags, mode)
  return do_open (dirfd, path, flags, mode);
}

EXPORT int
open (const char *path, int flags, ...)
{
  mode_t mode = 0;

  MODE (flags, mode)
  return do_open (AT_FDCWD, path, flags, mode);
}

EXPORT int
open64 (const char *path, int flags, ...)
{
  mode_t mode = 0;

  MODE (flags, mode)
  return do_open (AT_FDCWD, path, flags, mode);
}

/* what the hardened headers make of the above */
int __openat_2 (int dirfd, const char *path, int flags);
int __openat64_2 (int dirfd, const char *path, int flags);
int __open_2 (const char *path, int flags);
int __open64_2 (const char *path, int flags);
ssize_t __pread_chk (int fd, void *data, size_t length, off_t offset, size_t size);
ssize_t __pread64_chk (int fd, void *data, size_t length, off64_t offset, size_t size);

EXPORT int
__openat_2 (int dirfd, const char *path, int flags)
{
  return do_open (dirfd, path, flags, 0);
}

EXPORT int
__openat64_2 (int dirfd, const char *path, int flags)
{
  return do_open (dirfd, path, flags, 0);
}

EXPORT int
__open_2 (const char *path, int flags)
{
  return do_open (AT_FDCWD, path, flags, 0);
}

EXPORT int
__open64_2 (const char *path, int flags)
{
  return do_open (AT_FDCWD, path, flags, 0);
}

EXPORT ssize_t
write (int fd, const void *data, size_t length)
{
  return fails_on (CALL_WRITE, fd) ? -1 : syscall (SYS_write, fd, data, length);
}

EXPORT ssize_t
pread (int fd, void *data, size_t length, off_t offset)
{
  return fails_on (CALL_READ, fd) ? -1 : syscall (SYS_pread64, fd, data, length, offset);
}

EXPORT ssize_t
pread64 (int fd, void *data, size_t length, off64_t offset)
{
  return pread (fd, data, length, offset);
}

EXPORT ssize_t
__pread_chk (int fd, void *data, size_t length, off_t offset, size_t size)
{
  return length <= size ? pread (fd, data, length, offset) : -1;
}

EXPORT ssize_t
__pread64_chk (int fd, void *data, size_t length, off64_t offset, size_t size)
{
  return length <= size ? pread (fd, data, length, offset) : -1;
}

/* Nothing is in memory, so that what is read comes from the disk. */
EXPORT ssize_t
preadv64v2 (int fd, const struct iovec *parts, int n, off64_t offset, int flags)
{
  if (is_due (CALL_READ) && is_below (get_page (), fd))
    {
      errno = EAGAIN;
      return -1;
    }
  return syscall (SYS_preadv2, fd, parts, n, (long) offset, 0L, flags);
}

static int
do_sync (int number, int fd)
{
  struct stat info;
  Call call = fstat (fd, &info) == 0 && S_ISDIR (info.st_mode) ? CALL_FSYNC_DIRECTORY : CALL_FSYNC;

  return fails_on (call, fd) ? -1 : (int) syscall (number, fd);
}

EXPORT int
fsync (int fd)
{
  return do_sync (SYS_fsync, fd);
}

EXPORT int
fdatasync (int fd)
{
  return do_sync (SYS_fdatasync, fd);
}

EXPORT int
renameat2 (int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
  if (fails_at (CALL_RENAME, to_fd, to))
    return -1;
  /* links are made only where two files can't be exchanged */
  if (is_due (CALL_LINK) && (flags & RENAME_EXCHANGE) != 0)
    {
      errno = EINVAL;
      return -1;
    }
  return (int) syscall (SYS_renameat2, from_fd, from, to_fd, to, flags);
}

EXPORT int
renameat (int from_fd, const char *from, int to_fd, const char *to)
{
  return renameat2 (from_fd, from, to_fd, to, 0);
}

EXPORT int
linkat (int from_fd, const char *from, int to_fd, const char *to, int flags)
{
  if (fails_at (CALL_LINK, to_fd, to))
    return -1;
  return (int) syscall (SYS_linkat, from_fd, from, to_fd, to, flags);
}

EXPORT int
unlinkat (int dirfd, const char *path, int flags)
{
  if (fails_at (CALL_UNLINK, dirfd, path))
    return -1;
  return (int) syscall (SYS_unlinkat, dirfd, path, flags);
}
