/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A document of 10 MB from one instance to another, beside the reference pair: as a whole, where
 * little of it stays the same, and with one value changed, which travels as a patch. Time is
 * counted as in bench-latency; memory is the peak resident size of each side.
 */

#include "config.h"

#include "bench-pair.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT_BYTES (10 * 1000 * 1000)
#define PAUSE_MS 500

static int n_edits = 7;
static char *directory;

static const GOptionEntry entries[] = {
  { "edits", 0, 0, G_OPTION_ARG_INT, &n_edits, "Edits of each kind", "N" },
  { "directory", 0, 0, G_OPTION_ARG_FILENAME, &directory, "Where the files are", "DIR" },
  { NULL },
};

typedef struct
{
  GArray *times; /* of double, ms */
  double peaks[2]; /* MB */
} Figures;

/* Alternates two contents with hardly a value in common, or changes only the serial. */
static char *
make_text (guint serial, gboolean whole)
{
  char *text = bench_make_document (DOCUMENT_BYTES, serial);

  if (whole && serial % 2 == 0)
    for (char *at = strstr (text, "zone "); at != NULL; at = strstr (at, "zone "))
      memcpy (at, "room ", 5);
  return text;
}

static void
measure (BenchEnd *ends[2], guint *serial, gboolean whole, Figures *figures)
{
  g_autofree char *text = make_text (*serial, whole);
  double ms;

  for (guint i = 0; i < 2; i++)
    bench_end_reset_peak (ends[i]);
  ms = bench_edit (ends[0], ends[1], text, *serial) / 1000.0;
  (*serial)++;
  g_array_append_val (figures->times, ms);
  /* what follows the edit, such as keeping the version, belongs to the peak */
  g_usleep (PAUSE_MS * 1000);
  for (guint i = 0; i < 2; i++)
    figures->peaks[i] = MAX (figures->peaks[i], bench_end_get_memory (ends[i], "VmHWM") / 1e6);
}

static void
print_figures (const char *name, Figures *figures)
{
  bench_sort (figures->times);
  g_print ("%-24s median %7.1f ms   longest %7.1f ms   peak RSS %5.1f and %5.1f MB\n", name,
           bench_quantile (figures->times, 0.5), bench_quantile (figures->times, 1),
           figures->peaks[0], figures->peaks[1]);
  g_array_unref (figures->times);
}

static Figures
figures_new (void)
{
  return (Figures){ .times = g_array_new (FALSE, FALSE, sizeof (double)) };
}

static void
compare (BenchEnd *nodes[2], BenchEnd *reference[2])
{
  Figures first = figures_new (), whole = figures_new (), patch = figures_new ();
  Figures plain = figures_new ();
  guint node_serial = 1, reference_serial = 1;

  measure (nodes, &node_serial, TRUE, &first);
  for (int i = 0; i < n_edits; i++)
    {
      measure (nodes, &node_serial, TRUE, &whole);
      measure (reference, &reference_serial, TRUE, &plain);
    }
  for (int i = 0; i < n_edits; i++)
    {
      /* the first of these still changes the content as a whole */
      if (i == 0)
        measure (nodes, &node_serial, FALSE, &whole);
      measure (nodes, &node_serial, FALSE, &patch);
    }
  print_figures ("the first", &first);
  print_figures ("another content", &whole);
  print_figures ("one value changed", &patch);
  print_figures ("reference, as a whole", &plain);
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
      g_printerr ("bench-large: %s\n", error != NULL ? error->message : "two programs, please");
      return 2;
    }
  work = bench_make_work (directory);
  g_print ("%d edits of each kind, %.1f MB, on %s\n", n_edits, DOCUMENT_BYTES / 1e6,
           bench_file_system (work));
  bench_start_nodes (argv[1], work, BENCH_OVER_TCP, nodes);
  bench_start_reference (argv[2], work, FALSE, reference);
  compare (nodes, reference);

  for (guint i = 0; i < 2; i++)
    {
      bench_end_stop (nodes[i]);
      bench_end_stop (reference[i]);
    }
  bench_remove_work (work);
  return 0;
}
