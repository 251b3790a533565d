/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Takes addresses apart. A relative path would mean something else in each program that is given
 * the address, and an abstract name has no owner and no mode; so both are refused.
 */

#include "confsync-unix-address.h"

#include <confsync.h>
#include <sys/un.h>

/* with the NUL at its end, a path fills sun_path */
#define PATH_MAX_BYTES (sizeof ((struct sockaddr_un *) NULL)->sun_path - 1)

static char *
fail (GError **error, const char *text, const char *reason)
{
  g_autofree char *quoted = g_strescape (text, NULL);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
               "“%s” is no address of this transport: %s; expected unix:/path", quoted, reason);
  return NULL;
}

static char *
fail_relative (GError **error, const char *text, const char *path)
{
  g_autofree char *here = g_canonicalize_filename (path, NULL);
  g_autofree char *reason =
    g_strdup_printf ("the path has to begin with a slash, as in unix:%s", here);

  return fail (error, text, reason);
}

/* what would spoil a line of a log, or a message of the bus */
static gboolean
is_printable (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

static char *
check_path (const char *text, const char *path, GError **error)
{
  g_autofree char *reason = NULL;

  if (!is_printable (text))
    return fail (error, text, "it has control characters, or is not UTF-8");
  if (*path == '\0')
    return fail (error, text, "the path is missing");
  if (*path == '@')
    return fail (error, text, "an abstract socket has no owner and no mode to keep others out");
  if (*path != '/')
    return fail_relative (error, text, path);
  if (g_str_has_suffix (path, "/"))
    return fail (error, text, "the path names a directory");
  if (strlen (path) <= PATH_MAX_BYTES)
    return g_strdup (path);

  reason = g_strdup_printf ("the path has %" G_GSIZE_FORMAT
                            " bytes, and a Unix socket's may have %" G_GSIZE_FORMAT,
                            strlen (path), (gsize) PATH_MAX_BYTES);
  return fail (error, text, reason);
}

char *
confsync_unix_address_parse (const char *text, GError **error)
{
  const char *path = text + strlen (CONFSYNC_UNIX_SCHEME ":");

  if (!g_str_has_prefix (text, CONFSYNC_UNIX_SCHEME ":"))
    return fail (error, text, "the scheme is not unix");

  /* as a URL: the host stands between the second and the third slash, and there is none */
  if (g_str_has_prefix (path, "///"))
    path += 2;
  else if (g_str_has_prefix (path, "//"))
    return fail (error, text, "a host has no place in it");
  return check_path (text, path, error);
}

char *
confsync_unix_address_format (const char *path)
{
  return g_strconcat (CONFSYNC_UNIX_SCHEME ":", path, NULL);
}
