/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lines of the handshake: a word, and what belongs to it.
 */

#include "confsync-unix-handshake.h"

#include <confsync.h>
#include <string.h>

#define OFFER "confsync-offer "
#define TAKE "confsync-take "
#define REFUSE "confsync-refuse "

/* of what a stranger sent, in a line for people */
#define QUOTED_MAX_CHARACTERS 80

static GBytes *
make_line (const char *word, const char *rest)
{
  char *line = g_strconcat (word, rest, NULL);
  gsize size = MIN (strlen (line), CONFSYNC_UNIX_HANDSHAKE_MAX_BYTES);

  return g_bytes_new_take (line, size);
}

/* What follows the word (transfer full); NULL where the frame has no such line. */
static char *
read_line (GBytes *frame, const char *word)
{
  gsize size = 0;
  const char *data = frame != NULL ? g_bytes_get_data (frame, &size) : NULL;
  gsize length = strlen (word);

  if (size < length || memcmp (data, word, length) != 0 || memchr (data, '\0', size) != NULL)
    return NULL;
  return g_strndup (data + length, size - length);
}

/* What a stranger sent, fit for a line for people (transfer full). */
static char *
quote (const char *text, guint max_characters)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *quoted = g_string_new (NULL);

  for (const char *p = valid; *p != '\0' && max_characters > 0; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (quoted, g_unichar_isprint (c) ? c : '?');
      max_characters--;
    }
  return g_string_free (quoted, FALSE);
}

GBytes *
confsync_unix_handshake_offer (void)
{
  return make_line (OFFER, CONFSYNC_UNIX_PROTOCOL);
}

const char *
confsync_unix_handshake_read_offer (GBytes *frame, GError **error)
{
  g_autofree char *line = read_line (frame, OFFER);
  g_auto (GStrv) protocols = line != NULL ? g_strsplit (line, " ", -1) : NULL;
  g_autofree char *quoted = NULL;

  if (protocols == NULL)
    {
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                           "what it sent is no offer of a confsync instance");
      return NULL;
    }
  if (g_strv_contains ((const char *const *) protocols, CONFSYNC_UNIX_PROTOCOL))
    return CONFSYNC_UNIX_PROTOCOL;

  quoted = quote (line, QUOTED_MAX_CHARACTERS);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
               "it offers “%s”, and only " CONFSYNC_UNIX_PROTOCOL " is spoken here", quoted);
  return NULL;
}

GBytes *
confsync_unix_handshake_take (const char *protocol)
{
  return make_line (TAKE, protocol);
}

GBytes *
confsync_unix_handshake_refuse (const char *reason)
{
  return make_line (REFUSE, reason);
}

const char *
confsync_unix_handshake_read_answer (GBytes *frame, GError **error)
{
  g_autofree char *taken = read_line (frame, TAKE);
  g_autofree char *reason = read_line (frame, REFUSE);
  g_autofree char *quoted = NULL;

  if (g_strcmp0 (taken, CONFSYNC_UNIX_PROTOCOL) == 0)
    return CONFSYNC_UNIX_PROTOCOL;
  if (reason != NULL)
    {
      quoted = quote (reason, CONFSYNC_UNIX_HANDSHAKE_MAX_BYTES);
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "refused: %s", quoted);
      return NULL;
    }
  g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                       "what listens there is no confsync instance");
  return NULL;
}
