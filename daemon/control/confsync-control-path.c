/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The names of sockets and objects. It looks at folders and makes none.
 */

#include "config.h"

#include "confsync-control-path.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

/* 128 bits of the path's hash: two files of one user never meet by chance */
#define NAME_DIGITS 32
#define SUFFIX ".socket"

static gboolean
is_own_folder (const char *path)
{
  GStatBuf info;

  return g_path_is_absolute (path) && g_stat (path, &info) == 0 && S_ISDIR (info.st_mode) &&
         info.st_uid == geteuid ();
}

char *
confsync_control_dup_folder (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *system = g_strdup_printf ("/run/user/%u", (guint) geteuid ());

  if (runtime != NULL && is_own_folder (runtime))
    return g_build_filename (runtime, "confsync", NULL);
  if (geteuid () == 0)
    return g_strdup ("/run/confsync");
  if (is_own_folder (system))
    return g_build_filename (system, "confsync", NULL);
  return g_build_filename (g_get_user_cache_dir (), "confsync", "control", NULL);
}

/* The folder of a live file may not be there yet: an instance makes the last part of it. Anything
 * else that isn't there, such as what a link leads to, stays an error.
 *
 * Returns: (nullable) (transfer full): what @folder is called once it is made */
static char *
dup_coming_folder (const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *name = g_path_get_basename (folder);
  char *real;
  char *path;
  GStatBuf info;

  if (g_lstat (folder, &info) == 0 || (real = realpath (parent, NULL)) == NULL)
    return NULL;
  path = g_build_filename (real, name, NULL);
  free (real);
  return path;
}

/* The one spelling of a path that all who mean it arrive at. Links come before dots, as they do for
 * the kernel: `link/..` is above where the link leads. */
static char *
dup_canonical (const char *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *name = g_path_get_basename (file);
  char *real = realpath (folder, NULL);
  const int saved = errno;
  g_autofree char *coming = real == NULL && saved == ENOENT ? dup_coming_folder (folder) : NULL;
  char *path;

  if (real == NULL && coming == NULL)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", folder,
                   g_strerror (saved));
      return NULL;
    }
  path = g_build_filename (real != NULL ? real : coming, name, NULL);
  free (real);
  return path;
}

char *
confsync_control_dup_socket (const char *file, GError **error)
{
  g_autofree char *canonical = dup_canonical (file, error);
  g_autofree char *folder = confsync_control_dup_folder ();
  g_autofree char *hash = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (canonical == NULL)
    return NULL;
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, canonical, -1);
  name = g_strdup_printf ("%.*s" SUFFIX, NAME_DIGITS, hash);
  path = g_build_filename (folder, name, NULL);
  if (strlen (path) >= sizeof ((struct sockaddr_un *) 0)->sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                   "%s is longer than a socket's path may be (%" G_GSIZE_FORMAT " bytes); set "
                   "XDG_RUNTIME_DIR to a shorter folder of your own",
                   path, sizeof ((struct sockaddr_un *) 0)->sun_path - 1);
      return NULL;
    }
  return g_steal_pointer (&path);
}

GStrv
confsync_control_list_sockets (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *folder = confsync_control_dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, SUFFIX))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        g_strv_builder_add (builder, path);
      }
  return g_strv_builder_end (builder);
}

char *
confsync_control_dup_address (const char *socket)
{
  g_autofree char *escaped = g_dbus_address_escape_value (socket);

  return g_strconcat ("unix:path=", escaped, NULL);
}

char *
confsync_control_dup_document_path (const char *name)
{
  g_autofree char *element = g_dbus_escape_object_path (name);

  return g_strconcat (CONFSYNC_CONTROL_DOCUMENT_PREFIX, element, NULL);
}
