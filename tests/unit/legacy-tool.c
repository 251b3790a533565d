/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The helper of legacy-vs-python.py: reads legacy frames from standard input, one a line, and
 * answers each with one line: a frame of the same content, by "us", or "-" and why it is refused.
 */

#include "config.h"

#include <stdio.h>

#include "confsync-legacy-message-private.h"

static void
answer (ConfsyncMessage *message)
{
  g_autofree char *hash =
    message->data != NULL ? confsync_legacy_hash (message->data) : g_strdup ("");
  g_autoptr (GBytes) frame = confsync_legacy_encode (message->type, message->timestamp, "us", hash,
                                                     message->data);

  fwrite (g_bytes_get_data (frame, NULL), 1, g_bytes_get_size (frame), stdout);
  putchar ('\n');
}

int
main (void)
{
  const ConfsyncJsonLimits limits = { CONFSYNC_JSON_MAX_BYTES, CONFSYNC_JSON_MAX_DEPTH,
                                      CONFSYNC_JSON_MAX_VALUES };
  char *line = NULL;
  size_t size = 0;
  ssize_t length;

  while ((length = getline (&line, &size, stdin)) > 0)
    {
      g_autoptr (GBytes) text = g_bytes_new (line, length - 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (ConfsyncMessage) message = confsync_legacy_decode (text, &limits, &error);

      if (message != NULL)
        answer (message);
      else
        printf ("- %s\n", error != NULL ? error->message : "ignored");
      fflush (stdout);
    }
  free (line);
  return 0;
}
