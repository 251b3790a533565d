/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Two processes that keep a file the same, an editor on one side and a reader on the other. Each
 * helper ends the program with a message where it can't do its job.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BENCH_NAME "config.json"
#define BENCH_DEADLINE_MS 30000

/* One process that talks in lines. */
typedef struct
{
  char *directory;
  char *path; /* of the live file */
  GPid pid;
  int input;
  int output;
  gboolean ends_with_input; /* else by a signal */
} BenchEnd;

/* The file system that holds @path, such as "ext4". */
const char *bench_file_system (const char *path);

/* A new directory below @parent (nullable: the working directory, which a build has on a disk). */
char *bench_make_work (const char *parent);
void bench_remove_work (const char *path);

/* Takes @directory. */
BenchEnd *bench_end_start (char *directory, const char *const *argv);
void bench_end_stop (BenchEnd *end);
/* Waits for a line that begins with @word, and gives what follows. */
char *bench_end_read (BenchEnd *end, const char *word);
/* Returns from poll until now, as the end counts them. */
guint64 bench_end_get_polls (BenchEnd *end);
/* Voluntary context switches of all its threads until now. */
guint64 bench_end_get_switches (BenchEnd *end);
/* A line of /proc/PID/status that is given in kB: here in bytes. */
guint64 bench_end_get_memory (BenchEnd *end, const char *field);
/* VmHWM counts from here. */
void bench_end_reset_peak (BenchEnd *end);

/* how two ends talk */
typedef enum {
  BENCH_OVER_TCP, /* instances: a WebSocket */
  BENCH_OVER_UNIX,
  BENCH_OVER_TLS, /* instances only, a WebSocket with pinned certificates */
} BenchRoad;

/* Two instances of bench-node: the first listens, the second dials. */
void bench_start_nodes (const char *program,
                        const char *parent,
                        BenchRoad road,
                        BenchEnd *ends[2]);
/* The same of the reference pair; without a Unix socket, over TCP. */
void bench_start_reference (const char *program,
                            const char *parent,
                            gboolean over_unix,
                            BenchEnd *ends[2]);

/* A document of about @size bytes in the form that confsync writes; @serial tells it from
 * others. */
char *bench_make_document (gsize size, guint serial);

/* Replaces the live file of @from as a careful editor does, and waits until a reader of @to's
 * directory has read the new bytes. Gives the microseconds from the return of rename to there. */
gint64 bench_edit (BenchEnd *from, BenchEnd *to, const char *text, guint serial);

double bench_quantile (GArray *sorted, double q);
void bench_sort (GArray *values);
void bench_judge (const char *what, double value, double goal, const char *unit);

G_END_DECLS
