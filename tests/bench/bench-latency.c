/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * From an edit on one instance to the same bytes on another: 2 KB over a WebSocket on loopback, or
 * with --unix over a Unix socket, beside a reference pair that does nothing but what can't be left
 * out, over TCP unless --unix-reference says so. With --tls they talk over TLS with pins, beside
 * two instances that don't. The clock starts when rename() returns on one side
 * and stops when an inotify reader of the other's directory has read the new bytes. The two take
 * turns, so that whatever else the machine does strikes both. Goals are judged in the output; the
 * exit status only says whether everything ran.
 */

#include "config.h"

#include "bench-pair.h"

#include <stdlib.h>
#include <string.h>

#define GOAL_RATIO 1.5
#define GOAL_RATIO_UNIX 1.15
#define GOAL_RATIO_TLS 1.3
#define DOCUMENT_BYTES 2048
#define WARM_UP_EDITS 20

static int n_edits = 2000;
static int pause_ms = 10;
static char *directory;
static gboolean over_unix;
static gboolean over_tls;
static gboolean reference_over_unix;

static const GOptionEntry entries[] = {
  { "edits", 0, 0, G_OPTION_ARG_INT, &n_edits, "Edits on each side of the comparison", "N" },
  { "pause", 0, 0, G_OPTION_ARG_INT, &pause_ms, "Milliseconds between two edits", "N" },
  { "directory", 0, 0, G_OPTION_ARG_FILENAME, &directory, "Where the files are", "DIR" },
  { "unix", 0, 0, G_OPTION_ARG_NONE, &over_unix, "The instances over Unix sockets", NULL },
  { "tls", 0, 0, G_OPTION_ARG_NONE, &over_tls, "Over TLS, beside instances without", NULL },
  { "unix-reference", 0, 0, G_OPTION_ARG_NONE, &reference_over_unix,
    "The reference pair over Unix sockets", NULL },
  { NULL },
};

static double
get_goal (void)
{
  if (over_tls)
    return GOAL_RATIO_TLS;
  return over_unix ? GOAL_RATIO_UNIX : GOAL_RATIO;
}

static const char *
name_road (void)
{
  if (over_tls)
    return "TLS";
  return over_unix ? "Unix sockets" : "TCP";
}

static void
start_both (char **programs, const char *work, BenchEnd *nodes[2], BenchEnd *reference[2])
{
  if (over_tls)
    {
      bench_start_nodes (programs[0], work, BENCH_OVER_TLS, nodes);
      bench_start_nodes (programs[0], work, BENCH_OVER_TCP, reference);
      return;
    }
  bench_start_nodes (programs[0], work, over_unix ? BENCH_OVER_UNIX : BENCH_OVER_TCP, nodes);
  bench_start_reference (programs[1], work, reference_over_unix, reference);
}

static double
edit_once (BenchEnd *ends[2], guint serial)
{
  g_autofree char *text = bench_make_document (DOCUMENT_BYTES, serial);
  double us = bench_edit (ends[0], ends[1], text, serial);

  g_usleep (pause_ms * 1000);
  return us / 1000;
}

static void
print_quantiles (const char *name, GArray *values)
{
  bench_sort (values);
  g_print ("%-12s p50 %6.3f   p90 %6.3f   p99 %6.3f ms\n", name, bench_quantile (values, 0.5),
           bench_quantile (values, 0.9), bench_quantile (values, 0.99));
}

static void
compare (BenchEnd *nodes[2], BenchEnd *reference[2])
{
  g_autoptr (GArray) node_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) reference_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) ratios = g_array_new (FALSE, FALSE, sizeof (double));

  for (int i = -WARM_UP_EDITS; i < n_edits; i++)
    {
      guint serial = i + WARM_UP_EDITS;
      double ours, theirs, ratio;

      /* whoever goes first finds what the other left behind, so they take turns in that too */
      if (i % 2 == 0)
        ours = edit_once (nodes, serial);
      theirs = edit_once (reference, serial);
      if (i % 2 != 0)
        ours = edit_once (nodes, serial);
      if (i < 0)
        continue;
      ratio = ours / theirs;
      g_array_append_val (node_ms, ours);
      g_array_append_val (reference_ms, theirs);
      g_array_append_val (ratios, ratio);
    }
  print_quantiles ("confsync", node_ms);
  print_quantiles ("reference", reference_ms);
  bench_sort (ratios);
  bench_judge ("median of the pairwise ratios", bench_quantile (ratios, 0.5),
               get_goal (), "");
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new ("BENCH-NODE REFERENCE-PAIR");
  g_autoptr (GError) error = NULL;
  g_autofree char *work = NULL;
  BenchEnd *nodes[2], *reference[2];

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error) || argc != 3 || n_edits < 1)
    {
      g_printerr ("bench-latency: %s\n", error != NULL ? error->message : "two programs, please");
      return 2;
    }
  work = bench_make_work (directory);
  g_print ("%d edits each, %d bytes, %d ms apart, on %s, over %s, the reference over %s\n", n_edits,
           DOCUMENT_BYTES, pause_ms, bench_file_system (work), name_road (),
           reference_over_unix ? "Unix sockets" : "TCP");
  start_both (argv + 1, work, nodes, reference);
  compare (nodes, reference);

  for (guint i = 0; i < 2; i++)
    {
      bench_end_stop (nodes[i]);
      bench_end_stop (reference[i]);
    }
  bench_remove_work (work);
  return 0;
}
