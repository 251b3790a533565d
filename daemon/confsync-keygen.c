/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync keygen --shared`: a new key, to standard output or to a file that nobody else may read.
 * A file that is there is a key that others rely on: it is never replaced unasked.
 */

#include "config.h"

#include "confsync-keygen.h"

#include <confsync.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "confsync-command.h"
#include "confsync-help.h"
#include "confsync-option-arguments.h"
#include "confsync-secret-private.h"
#include "confsync-units.h"

#define FILE_MODE 0600

static const char *const nothing_unbuilt[] = { NULL };

static const ConfsyncOption table[] = {
  { .name = "file",
    .type = CONFSYNC_OPTION_PATH,
    .argument = "FILE",
    .positional = TRUE,
    .arguments_only = TRUE },
  { .name = "shared",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("a key that all instances share") },
  { .name = "force",
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("replace FILE, and the key in it") },
  { NULL },
};

char *
confsync_keygen_dup_help (void)
{
  return confsync_help_format (
    table, "confsync keygen --shared [FILE] [OPTION]",
    _ ("Makes a key that all instances share: 64 hexadecimal digits, on standard\n"
       "output, or in FILE, which nobody else may read (mode 0600). Bring FILE to each\n"
       "machine, by ssh or on a stick, and name it there with --key-file. Instances\n"
       "prove to each other that they know the key; it is never sent.\n"
       "To change it without an outage, FILE has two lines for a while: both keys are\n"
       "accepted, and the first one is proven. First old and new, everywhere; then new\n"
       "and old, everywhere; then new alone."),
    _ ("confsync keygen --shared home.key\n"
       "         confsync run settings.json -l 0.0.0.0:8765 --key-file home.key"),
    FALSE);
}

static gboolean
fail (const char *path, int code, GError **error)
{
  if (code == EEXIST)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 _ ("%s is there already; --force replaces it, and the key in it"), path);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), _ ("%s can't be written: %s"),
                 path, g_strerror (code));
  return FALSE;
}

/* Closes @fd, whatever happens. */
static gboolean
write_key (int fd, const char *path, GError **error)
{
  g_auto (ConfsyncSecret) key = confsync_node_make_key ();
  const char end = '\n';
  /* the file is new, so that what is written is all there is in it */
  gboolean ok = fchmod (fd, FILE_MODE) == 0 &&
                write (fd, key, strlen (key)) == (gssize) strlen (key) &&
                write (fd, &end, 1) == 1 && fsync (fd) == 0;
  int code = errno;

  if (close (fd) != 0 && ok)
    {
      ok = FALSE;
      code = errno;
    }
  return ok || fail (path, code, error);
}

static gboolean
create (const char *path, GError **error)
{
  const int fd =
    open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, FILE_MODE);

  if (fd < 0)
    return fail (path, errno, error);
  if (write_key (fd, path, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}

/* At every moment there is a whole key. */
static gboolean
replace (const char *path, GError **error)
{
  g_autofree char *beside = g_strconcat (path, ".XXXXXX", NULL);
  const int fd = g_mkstemp_full (beside, O_WRONLY | O_CLOEXEC, FILE_MODE);
  gboolean ok;

  if (fd < 0)
    return fail (path, errno, error);
  ok = write_key (fd, path, error);
  if (ok && g_rename (beside, path) != 0)
    ok = fail (path, errno, error);
  if (!ok)
    g_unlink (beside);
  return ok;
}

static gboolean
make_shared (ConfsyncOptions *options, GError **error)
{
  const char *path = confsync_options_get_string (options, "file");

  if (path == NULL)
    {
      g_auto (ConfsyncSecret) key = confsync_node_make_key ();

      g_print ("%s\n", key);
      return TRUE;
    }
  if (!(confsync_options_get_boolean (options, "force") ? replace (path, error)
                                                        : create (path, error)))
    return FALSE;
  g_print (_ ("%s has a new shared key, and nobody else may read it; every instance needs this "
              "file: --key-file\n"), path);
  return TRUE;
}

static int
refuse (const char *message)
{
  g_autofree char *safe = confsync_units_escape (message);

  g_printerr (_ ("confsync keygen: %s\n"), safe);
  return CONFSYNC_EXIT_USAGE;
}

/*
 * confsync_keygen_main:
 * @argv: begins with `keygen`
 *
 * Returns: the exit code
 */
int
confsync_keygen_main (int argc, char **argv)
{
  g_autoptr (ConfsyncOptions) options = confsync_options_new (table, nothing_unbuilt);
  g_autoptr (GError) error = NULL;
  gboolean help = FALSE;

  if (!confsync_options_read_arguments (options, argc, argv, &help, &error))
    return refuse (error->message);
  if (help)
    {
      g_autofree char *page = confsync_keygen_dup_help ();

      g_print ("%s", page);
      return CONFSYNC_EXIT_DONE;
    }
  if (!confsync_options_get_boolean (options, "shared"))
    return refuse (_ ("which kind of key? A shared one: confsync keygen --shared [FILE]"));
  if (make_shared (options, &error))
    return CONFSYNC_EXIT_DONE;
  refuse (error->message);
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS) ? CONFSYNC_EXIT_USAGE
                                                                : CONFSYNC_EXIT_FAILED;
}
