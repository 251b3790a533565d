/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Events as lines: the words and columns that people see, the JSON that programs read, and that a
 * peer can't speak to the terminal.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confsync-event-json-private.h"
#include "confsync-event-printer.h"
#include "confsync-event-text.h"
#include "confsync-units.h"
#include "test-util.h"

/* 2026-01-01 12:00:01.120345 UTC */
#define NOON_US (G_GINT64_CONSTANT (1767268801120345))

static GVariant *
parse (const char *details)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, details, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static const struct {
  const char *kind, *details, *line;
} texts[] = {
  { "listening", "{'address': <'ws://127.0.0.1:8765/sync'>, 'exposed': <false>}",
    "listening  ws://127.0.0.1:8765/sync   this machine only" },
  { "listening", "{'address': <'ws://10.0.0.1:8765/sync'>, 'exposed': <true>}",
    "listening  ws://10.0.0.1:8765/sync   open to the network" },
  { "listening",
    "{'address': <'ws://10.0.0.1:8765/sync'>, 'exposed': <true>, 'keyed': <true>,"
    " 'encrypted': <false>}",
    "listening  ws://10.0.0.1:8765/sync   open to the network, shared key, not encrypted" },
  { "listening",
    "{'address': <'wss://10.0.0.1:8765/sync'>, 'exposed': <true>, 'keyed': <true>,"
    " 'encrypted': <true>}",
    "listening  wss://10.0.0.1:8765/sync   open to the network, shared key" },
  { "listening",
    "{'address': <'unix:/run/a'>, 'exposed': <false>, 'keyed': <true>, 'encrypted': <false>}",
    "listening  unix:/run/a   this machine only, shared key" },
  { "peer up",
    "{'peer': <'hall-77b2e1'>, 'remote': <'127.0.0.1:51234'>, 'round-trip': <int64 310>,"
    " 'same': <true>}",
    "peer up    hall-77b2e1   127.0.0.1:51234, round trip 0.3 ms, same content" },
  { "peer up",
    "{'peer': <'hall'>, 'remote': <'10.0.0.1:8765'>, 'round-trip': <int64 310>,"
    " 'same': <true>, 'keyed': <true>, 'encrypted': <false>}",
    "peer up    hall   10.0.0.1:8765, round trip 0.3 ms, same content, not encrypted" },
  { "peer up", "{'peer': <'hall'>, 'remote': <'unix'>, 'round-trip': <int64 -1>}",
    "peer up    hall   unix, other content" },
  { "peer down",
    "{'peer': <'attic-01c4aa'>, 'reason': <'connection reset'>, 'retry': <int64 800000>}",
    "peer down  attic-01c4aa   connection reset; next try in 0.8 s" },
  { "peer down", "{'peer': <'attic-01c4aa'>, 'reason': <'it left'>}",
    "peer down  attic-01c4aa   it left" },
  { "changed",
    "{'pointers': <['/zones/0/name', '/zones/3']>, 'more': <uint32 0>, 'size': <uint64 2100>,"
    " 'version': <'config_20260101120007.json'>}",
    "changed    /zones/0/name, /zones/3   2.1 KB, version config_20260101120007.json" },
  { "changed", "{'pointers': <['/a', '/b', '/c', '/d']>, 'more': <uint32 16>, 'size': <uint64 1>}",
    "changed    /a, /b, /c and +17 more   1 byte" },
  { "changed", "{'pointers': <['']>, 'size': <uint64 12>, 'initial': <true>}",
    "changed    as found at the first start   12 bytes" },
  { "changed", "{'pointers': <['']>, 'size': <uint64 10000000>}",
    "changed    the whole document   10.0 MB" },
  { "synced", "{'holding': <uint32 2>, 'total': <uint32 2>, 'elapsed': <int64 1400>}",
    "synced     2 of 2 peers hold it after 1.4 ms" },
  { "synced", "{'holding': <uint32 0>, 'total': <uint32 1>, 'elapsed': <int64 5000000>}",
    "synced     0 of 1 peer holds it after 5.0 s" },
  { "applied",
    "{'pointers': <['/theme']>, 'more': <uint32 0>, 'author': <'hall-77b2e1'>,"
    " 'from': <'hall-77b2e1'>, 'peer': <'hall-77b2e1'>, 'elapsed': <int64 940>}",
    "applied    /theme from hall-77b2e1   0.9 ms after receipt" },
  { "applied", "{'pointers': <['/x']>, 'author': <'a'>, 'from': <'a'>, 'peer': <'b'>,"
    " 'elapsed': <int64 20>}",
    "applied    /x from a   0.02 ms after receipt, by way of b" },
  { "applied", "{'pointers': <['/x']>, 'author': <'me'>, 'here': <true>, 'merge': <true>}",
    "applied    /x by an edit made here" },
  { "applied", "{'pointers': <['/x']>, 'author': <'me'>, 'merge': <true>}",
    "applied    /x by a merge" },
  { "lost",
    "{'author': <'attic'>, 'winner': <'hall'>, 'pointers': <['/a']>, 'version': <'config_1.json'>}",
    "lost       /a of attic   hall won; kept as version config_1.json" },
  { "conflict",
    "{'id': <'3f9a2c1b'>, 'pointer': <'/api_keys'>, 'ours': <'attic'>, 'theirs': <'hall'>,"
    " 'pointers': <['/api_keys/a', '/api_keys/b']>, 'reason': <'waits'>}",
    "conflict   3f9a2c1b at /api_keys: attic (ours) and hall (theirs) differ at /api_keys/a, "
    "/api_keys/b   decide: confsync resolve 3f9a2c1b --ours|--theirs" },
  { "conflict",
    "{'id': <'3f9a2c1b'>, 'pointer': <''>, 'ours': <'attic'>, 'theirs': <'hall'>,"
    " 'pointers': <['/a']>}",
    "conflict   3f9a2c1b at the whole document: attic (ours) and hall (theirs) differ at /a   "
    "decide: confsync resolve 3f9a2c1b --ours|--theirs" },
  { "settled", "{'id': <'3f9a2c1b'>, 'pointer': <'/api_keys'>, 'author': <'hall'>}",
    "settled    3f9a2c1b at /api_keys   by hall" },
  { "merged", "{'author': <'attic'>, 'other': <'hall'>, 'pointers': <['/a/b']>}",
    "merged     /a/b   changed by both attic and hall; the later edit stands there" },
  { "joining",
    "{'peer': <'hall-77b2e1'>, 'pointers': <['/a', '/b']>, 'version': <'config_1.json'>}",
    "joining    this file will replace what hall-77b2e1 holds at /a, /b   "
    "kept as version config_1.json" },
  { "adopted", "{'author': <'hall'>, 'pointers': <['/a']>, 'version': <'config_1.json'>}",
    "adopted    what hall made, in place of the file found here at /a   "
    "kept as version config_1.json" },
  { "local edit", "{'pointers': <['/a']>, 'version': <'config_1.json'>}",
    "local edit /a goes nowhere: this instance only receives   kept as version config_1.json, "
    "confsync revert-local puts back what the others have" },
  { "clock", "{'peer': <'hall'>, 'ahead': <int64 3725000000>}",
    "clock      of hall is 62 min ahead of this one   "
    "set it right: its edits win over those made meanwhile" },
  { "clock", "{'peer': <'hall'>, 'remote': <'attic'>, 'ahead': <int64 90000000000>}",
    "clock      of hall is 25 h ahead of this one (seen by way of attic)   "
    "set it right: its edits win over those made meanwhile" },
  { "clock", "{'peer': <'hall'>, 'ahead': <int64 0>}", "clock      of hall is right again" },
  { "epoch", "{'author': <'hall'>, 'epoch': <uint32 2>}",
    "epoch      2 begins: hall reset the clock   edits that didn't know of it lose" },
  { "waiting", "{'path': <'a.json'>, 'reason': <''>}",
    "waiting    for a.json, or for a peer that has it" },
  { "waiting", "{'path': <'a.json'>, 'reason': <'waiting for a.json, or so'>}",
    "waiting    for a.json, or for a peer that has it" },
  { "waiting", "{'path': <'a.json'>, 'reason': <'a.json is empty: nothing is sent'>}",
    "waiting    a.json is empty: nothing is sent   or put it back: confsync restore" },
  { "invalid", "{'reason': <'a.json: line 3, column 14: a comma expected'>}",
    "invalid    a.json: line 3, column 14: a comma expected; nothing is sent until it is mended" },
  { "invalid", "{'reason': <'refused: /a: is no number'>, 'stays': <true>}",
    "invalid    refused: /a: is no number; it was accepted before, and stays until it is edited" },
  { "trial",
    "{'outcome': <'begun'>, 'hash': <'0123456789abcdef'>, 'author': <'hall'>, "
    "'timeout': <int64 30000000>}",
    "trial      begun: 0123456789ab of hall   "
    "if it works, say so within 30.0 s: confsync confirm" },
  { "trial",
    "{'outcome': <'failed'>, 'hash': <'0123456789abcdef'>, 'author': <'hall'>, "
    "'reason': <'not confirmed here within 30 s'>}",
    "trial      failed: 0123456789ab of hall, not confirmed here within 30 s   "
    "all go back to what was confirmed here last" },
  { "trial",
    "{'outcome': <'failed here'>, 'hash': <'0123456789abcdef'>, 'author': <'hall'>, "
    "'reason': <'no'>}",
    "trial      failed here: 0123456789ab of hall, no   "
    "this instance alone goes back to what was confirmed last" },
  { "trial", "{'outcome': <'confirmed'>, 'hash': <'0123'>, 'author': <'hall'>}",
    "trial      confirmed: 0123 of hall" },
  { "refused", "{'remote': <'10.0.0.9:4'>, 'reason': <'no'>}", "refused    10.0.0.9:4   no" },
  { "behind", "{'peer': <'p'>, 'reason': <'read-only'>}", "behind     p   read-only" },
  { "failed", "{'what': <'saving'>, 'reason': <'disk full'>}", "failed     saving   disk full" },
  { "notice", "{'message': <'hello'>}", "notice     hello" },
  { "news", "{'a': <1>}", "news       {'a': <1>}" },
  { "peer up", "{}", "peer up    ?   ?, other content" },
};

static void
test_texts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GVariant) details = parse (texts[i].details);
      g_autofree char *line = confsync_event_text (NOON_US, CONFSYNC_LEVEL_INFO, texts[i].kind,
                                                   details, FALSE);
      g_autofree char *expected = g_strconcat ("12:00:01.120  ", texts[i].line, NULL);

      g_assert_cmpstr (line, ==, expected);
    }
}

static void
test_color (void)
{
  g_autoptr (GVariant) details = parse ("{'message': <'hello'>}");
  g_autofree char *line =
      confsync_event_text (NOON_US, CONFSYNC_LEVEL_ERROR, "notice", details, TRUE);

  g_assert_cmpstr (line, ==, "\033[2m12:00:01.120\033[0m  \033[1;31mnotice     \033[0mhello");
}

static void
test_escapes (void)
{
  const char *const evil = "a\033[31mb\nc\xc2\x9b" "d\u202ee\177é";
  g_autofree char *safe = confsync_units_escape (evil);
  g_autofree char *broken = confsync_units_escape ("x\xff\xc3");
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) details = NULL;
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;

  g_test_summary ("What a peer says reaches the terminal as characters, never as commands");
  g_assert_cmpstr (safe, ==, "a\\x1b[31mb\\x0ac\\x9bd\\u202ee\\x7fé");
  g_assert_cmpstr (broken, ==, "x\\xff\\xc3");

  g_variant_dict_insert (&dict, "peer", "s", evil);
  g_variant_dict_insert (&dict, "reason", "s", "r\r");
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = confsync_event_text (NOON_US, CONFSYNC_LEVEL_INFO, "peer down", details, FALSE);
  g_assert_null (strpbrk (text, "\033\n\r\177"));
  json = confsync_event_json (NOON_US, CONFSYNC_LEVEL_INFO, "peer down", details);
  g_assert_null (strpbrk (json, "\033\n\r\177"));
}

static void
test_json (void)
{
  g_autoptr (GVariant) details = parse (
      "{'s': <'q\"\\\\ é \U0001f600'>, 'as': <['/a', '/b']>, 'b': <true>, 'u': <uint32 7>,"
      " 'x': <int64 -940>, 't': <uint64 18446744073709551615>}");
  g_autofree char *line =
      confsync_event_json (NOON_US, CONFSYNC_LEVEL_WARNING, "peer up", details);

  g_assert_cmpstr (line, ==,
                   "{\"time\": \"2026-01-01T12:00:01.120345Z\", \"level\": \"warning\", "
                   "\"event\": \"peer up\", \"s\": \"q\\\"\\\\ \\u00e9 \\ud83d\\ude00\", "
                   "\"as\": [\"/a\", \"/b\"], \"b\": true, \"u\": 7, \"x\": -940, "
                   "\"t\": 18446744073709551615}");
}

static char *
read_back (FILE *file)
{
  char text[4096];
  gsize length;

  rewind (file);
  length = fread (text, 1, sizeof text, file);
  return g_strndup (text, length);
}

static guint
count_lines (const char *text)
{
  guint lines = 0;

  for (; *text != '\0'; text++)
    lines += *text == '\n';
  return lines;
}

static void
test_streams (void)
{
  FILE *out = tmpfile (), *err = tmpfile ();
  g_autoptr (ConfsyncEventPrinter) printer = confsync_event_printer_new (out, err);
  g_autofree char *out_text = NULL, *err_text = NULL;

  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_DEBUG, "debug");
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_INFO, "info");
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_WARNING, "warning");
  confsync_event_printer_failed (printer, CONFSYNC_LEVEL_ERROR, "error", "reason");
  confsync_event_printer_set_level (printer, CONFSYNC_LEVEL_ERROR);
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_WARNING, "unheard");
  confsync_event_printer_set_level (printer, CONFSYNC_LEVEL_DEBUG);
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_DEBUG, "heard");

  out_text = read_back (out);
  err_text = read_back (err);
  g_assert_cmpuint (count_lines (out_text), ==, 2);
  g_assert_true (g_str_has_suffix (out_text, "notice     heard\n"));
  g_assert_cmpuint (count_lines (err_text), ==, 2);
  g_assert_true (g_str_has_suffix (err_text, "failed     error   reason\n"));
  fclose (out);
  fclose (err);
}

static void
test_broken_stream (void)
{
  int ends[2];
  FILE *out, *err = tmpfile ();
  g_autoptr (ConfsyncEventPrinter) printer = NULL;
  g_autofree char *err_text = NULL;

  g_test_summary ("A reader of standard output that leaves takes nothing else with it");
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  g_assert_no_errno (close (ends[0]));
  signal (SIGPIPE, SIG_IGN);
  out = fdopen (ends[1], "w");
  printer = confsync_event_printer_new (out, err);

  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_INFO, "nobody hears it");
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_INFO, "nor this");
  confsync_event_printer_notice (printer, CONFSYNC_LEVEL_WARNING, "but this");
  err_text = read_back (err);
  g_assert_cmpuint (count_lines (err_text), ==, 1);
  fclose (out);
  fclose (err);
}

static void
test_durations (void)
{
  const struct {
    gint64 us;
    const char *text;
  } cases[] = {
    { 0, "0.00 ms" },         { 49, "0.05 ms" },      { 50, "0.1 ms" },
    { 1449, "1.4 ms" },       { 250000, "250 ms" },   { 800000, "0.8 s" },
    { 119900000, "119.9 s" }, { 180000000, "3 min" },
    { 3599900000, "60 min" }, { 7199000000, "120 min" },
    { 7200000000, "2 h" },    { 400000000000, "5 days" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = confsync_units_duration (cases[i].us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  tzset ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/event-printer/texts", test_texts);
  g_test_add_func ("/event-printer/color", test_color);
  g_test_add_func ("/event-printer/escapes", test_escapes);
  g_test_add_func ("/event-printer/json", test_json);
  g_test_add_func ("/event-printer/streams", test_streams);
  g_test_add_func ("/event-printer/broken-stream", test_broken_stream);
  g_test_add_func ("/event-printer/durations", test_durations);

  return g_test_run ();
}
