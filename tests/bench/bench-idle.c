/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What two instances with a link between them take while nothing happens: returns from poll and
 * voluntary context switches of all threads in a minute, and memory after it. Goals are judged in
 * the output; the exit status only says whether everything ran.
 */

#include "config.h"

#include "bench-pair.h"

#include <stdlib.h>

#define GOAL_POLLS 6
#define GOAL_ANON_MB 4
#define GOAL_RSS_MB 10
/* most of it is what GnuTLS maps, and shares with others */
#define GOAL_RSS_TLS_MB 16
#define DOCUMENT_BYTES 2048
/* the pool's threads, which the edits before needed, leave after so long */
#define SETTLE_S 20

static int n_seconds = 60;
static char *directory;
static gboolean over_tls;

static const GOptionEntry entries[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &n_seconds, "How long to look", "N" },
  { "directory", 0, 0, G_OPTION_ARG_FILENAME, &directory, "Where the files are", "DIR" },
  { "tls", 0, 0, G_OPTION_ARG_NONE, &over_tls, "The two over TLS with pins", NULL },
  { NULL },
};

static void
judge_end (BenchEnd *end, const char *name, guint64 polls, guint64 switches)
{
  const double mb = 1e6;
  double per_minute = 60.0 / n_seconds;

  g_print ("%s: %.1f context switches a minute\n", name, switches * per_minute);
  bench_judge ("  returns from poll", polls * per_minute, GOAL_POLLS, "a minute");
  bench_judge ("  RssAnon", bench_end_get_memory (end, "RssAnon") / mb, GOAL_ANON_MB, "MB");
  bench_judge ("  VmRSS", bench_end_get_memory (end, "VmRSS") / mb,
               over_tls ? GOAL_RSS_TLS_MB : GOAL_RSS_MB, "MB");
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new ("BENCH-NODE");
  g_autoptr (GError) error = NULL;
  g_autofree char *work = NULL;
  g_autofree char *text = bench_make_document (DOCUMENT_BYTES, 1);
  guint64 polls[2], switches[2];
  BenchEnd *ends[2];

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error) || argc != 2 || n_seconds < 1)
    {
      g_printerr ("bench-idle: %s\n", error != NULL ? error->message : "one program, please");
      return 2;
    }
  work = bench_make_work (directory);
  bench_start_nodes (argv[1], work, over_tls ? BENCH_OVER_TLS : BENCH_OVER_TCP, ends);
  /* the two have met, and have done what they are for */
  bench_edit (ends[0], ends[1], text, 1);
  g_usleep (SETTLE_S * G_USEC_PER_SEC);

  for (guint i = 0; i < 2; i++)
    {
      polls[i] = bench_end_get_polls (ends[i]);
      switches[i] = bench_end_get_switches (ends[i]);
    }
  g_usleep (n_seconds * G_USEC_PER_SEC);
  for (guint i = 0; i < 2; i++)
    {
      switches[i] = bench_end_get_switches (ends[i]) - switches[i];
      polls[i] = bench_end_get_polls (ends[i]) - polls[i];
      judge_end (ends[i], i == 0 ? "listening" : "dialling", polls[i], switches[i]);
    }

  bench_end_stop (ends[0]);
  bench_end_stop (ends[1]);
  bench_remove_work (work);
  return 0;
}
