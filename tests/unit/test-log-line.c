/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Events as lines of a log: readable, one line whatever they carry, and told apart by programs.
 */

#include "config.h"

#include "confsync-log-line-private.h"

static void
test_events (void)
{
  const struct
  {
    const char *kind, *details, *line;
  } cases[] = {
    { CONFSYNC_EVENT_PEER_UP,
      "{'peer': <'hall'>, 'remote': <'127.0.0.1:41022'>, 'round-trip': <int64 93>,"
      " 'same': <true>}",
      "peer up: peer=hall remote=127.0.0.1:41022 round-trip=93 same=true" },
    { CONFSYNC_EVENT_APPLIED,
      "{'pointers': <['/theme', '/a b', '']>, 'more': <uint32 2>, 'author': <'attic'>}",
      "applied: pointers=/theme,\"/a b\",\"\" more=2 author=attic" },
    { CONFSYNC_EVENT_INVALID, "{'reason': <'a.json: line 1, column 2: \"x\" \\\\ expected'>}",
      "invalid: reason=\"a.json: line 1, column 2: \\\"x\\\" \\\\ expected\"" },
    { CONFSYNC_EVENT_NOTICE, "{'message': <'a = b, said plainly'>}",
      "notice: a = b, said plainly" },
    { CONFSYNC_EVENT_LOST, "{'author': <'evil\\n\\u001b[31m\xe2\x80\xae=x'>, 'pointers': <@as []>}",
      "lost: author=\"evil\\u000a\\u001b[31m\\u202e=x\" pointers=" },
    { "of a plugin", "@a{sv} {}", "of a plugin" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) details =
        g_variant_parse (G_VARIANT_TYPE_VARDICT, cases[i].details, NULL, NULL, &error);
      g_autofree char *line = NULL;

      g_assert_no_error (error);
      line = confsync_log_event (cases[i].kind, details);
      g_assert_cmpstr (line, ==, cases[i].line);
    }
}

static void
test_lines (void)
{
  const gint64 time_us = 1732500000LL * G_USEC_PER_SEC + 7999;
  g_autofree char *info = confsync_log_line (time_us, CONFSYNC_LEVEL_INFO, "confsync", "words");
  g_autofree char *bad = confsync_log_line (time_us, CONFSYNC_LEVEL_WARNING, "x", "a\r\nb\xff");

  g_assert_cmpstr (info, ==, "2024-11-25 02:00:00.007 INFO    confsync: words\n");
  g_assert_cmpstr (bad, ==,
                   "2024-11-25 02:00:00.007 WARNING x: a\\u000d\\u000ab\xef\xbf\xbd\n");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log-line/events", test_events);
  g_test_add_func ("/log-line/lines", test_lines);
  return g_test_run ();
}
