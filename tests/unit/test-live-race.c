/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Saves against an editor that writes as fast as it can. Every content that the editor finished
 * must be live at the end, have come out of a save, or have been overwritten by the editor itself,
 * which keeps count of what it overwrote.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-swap-private.h"
#include "live-fixture.h"
#include "test-revision.h"
#include "test-util.h"

#define TMPFS "/dev/shm"
#define DURATION_US (1000 * G_TIME_SPAN_MILLISECOND)
#define EDITS_MAX 400000
/* a run that races nobody proves nothing */
#define SAVES_MIN 20

static const ConfsyncJsonLimits limits = { 0 };

typedef struct
{
  LiveFixture *fixture;
  int stop;              /* atomic */
  guint n_edits;         /* numbered from 1 */
  guint8 *overwritten;   /* by number: the editor itself took it away */
  ino_t *inodes;         /* by number: where it was written */
  guint8 *came_out;      /* by number: handed out by a save, or a look */
} Race;

static guint
get_number (ConfsyncDocument *document, const char *author)
{
  ConfsyncJson *json = confsync_document_get_json (document);
  g_autoptr (ConfsyncJson) by = confsync_json_get_member (json, "by");
  g_autoptr (ConfsyncJson) n = confsync_json_get_member (json, "n");
  g_autofree char *name = confsync_json_dup_string (by);

  return g_str_equal (name, author) ? confsync_json_get_integer (n) : 0;
}

static guint
get_file_number (const char *path, const char *author)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return 0;
  bytes = g_bytes_new (text, length);
  document = confsync_document_new (bytes, NULL, NULL);
  return document != NULL ? get_number (document, author) : 0;
}

/* In two writes, neither of which is a document. */
static ino_t
write_edit (const char *path, guint n)
{
  g_autofree char *text =
    g_strdup_printf ("{\"by\":\"editor\",\"n\":%u,\"pad\":\"%0200d\"}\n", n, 0);
  gssize length = strlen (text), half = length / 2;
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  struct stat info;

  g_assert_no_errno (fd);
  g_assert_cmpint (write (fd, text, half), ==, half);
  if (n % 8 == 0)
    g_thread_yield ();
  g_assert_cmpint (write (fd, text + half, length - half), ==, length - half);
  g_assert_no_errno (fstat (fd, &info));
  g_assert_no_errno (close (fd));
  return info.st_ino;
}

/* Writes beside and exchanges: what comes out is what this editor took away. */
static gpointer
atomic_editor_thread (gpointer data)
{
  Race *race = data;
  g_autofree char *beside = g_build_filename (race->fixture->dir, "editor.tmp", NULL);

  for (guint n = 1; n < EDITS_MAX && !g_atomic_int_get (&race->stop); n++)
    {
      write_edit (beside, n);
      g_assert_no_errno (
        renameat2 (AT_FDCWD, beside, AT_FDCWD, race->fixture->path, RENAME_EXCHANGE));
      race->overwritten[get_file_number (beside, "editor")] = TRUE;
      race->n_edits = n;
    }
  return NULL;
}

/* Overwrites: what it wrote into the same file before is taken away by itself. */
static gpointer
in_place_editor_thread (gpointer data)
{
  Race *race = data;

  for (guint n = 1; n < EDITS_MAX && !g_atomic_int_get (&race->stop); n++)
    {
      race->inodes[n] = write_edit (race->fixture->path, n);
      race->overwritten[n - 1] = race->inodes[n - 1] == race->inodes[n];
      race->n_edits = n;
      if (n % 5 != 0)
        g_usleep (200);
    }
  return NULL;
}

static void
note (Race *race, ConfsyncDocument *document)
{
  race->came_out[get_number (document, "editor")] = TRUE;
  confsync_live_file_kept (race->fixture->live, confsync_document_get_hash (document));
}

static void
note_reported (Race *race)
{
  GPtrArray *reported = race->fixture->displaced;

  for (guint i = 0; i < reported->len; i++)
    note (race, reported->pdata[i]);
  g_ptr_array_set_size (reported, 0);
}

static guint
save_until_time (Race *race)
{
  gint64 end_us = g_get_monotonic_time () + DURATION_US;
  g_autofree char *last = NULL;
  guint n = 0;

  while (g_get_monotonic_time () < end_us)
    {
      g_autofree char *text = g_strdup_printf ("{'by':'us','n':%u}", ++n);
      g_autoptr (ConfsyncDocument) displaced =
        live_fixture_save (race->fixture, text, n, last);

      if (displaced != NULL)
        note (race, displaced);
      confsync_live_file_look (race->fixture->live, &limits);
      note_reported (race);
      g_free (last);
      last = g_steal_pointer (&text);
    }
  return n;
}

static void
assert_nothing_lost (Race *race, guint n_saves)
{
  guint n_lost = 0, n_came_out = 0;
  guint live = get_file_number (race->fixture->path, "editor");

  for (guint n = 1; n <= race->n_edits; n++)
    {
      n_came_out += race->came_out[n];
      if (!race->came_out[n] && !race->overwritten[n] && n != live)
        {
          g_test_message ("edit %u is lost", n);
          n_lost++;
        }
    }
  g_test_message ("%u edits, %u saves, %u came out, %u lost", race->n_edits, n_saves, n_came_out,
                  n_lost);
  g_assert_cmpuint (n_lost, ==, 0);
  g_assert_cmpuint (n_saves, >=, SAVES_MIN);
  g_assert_cmpuint (n_came_out, >=, SAVES_MIN / 2);
}

static void
run_race (LiveFixture *fixture, GThreadFunc editor)
{
  Race race = { .fixture = fixture };
  GThread *thread;
  guint n_saves;

  race.overwritten = g_new0 (guint8, EDITS_MAX);
  race.came_out = g_new0 (guint8, EDITS_MAX);
  race.inodes = g_new0 (ino_t, EDITS_MAX);
  {
    g_autoptr (ConfsyncDocument) none = live_fixture_save (fixture, "{'by':'us','n':0}", 1, NULL);

    g_assert_null (none);
  }
  thread = g_thread_new ("editor", editor, &race);
  n_saves = save_until_time (&race);
  g_atomic_int_set (&race.stop, TRUE);
  g_thread_join (thread);
  live_fixture_settle (fixture);
  note_reported (&race);
  assert_nothing_lost (&race, n_saves);
  g_free (race.overwritten);
  g_free (race.came_out);
  g_free (race.inodes);
}

static void
test_atomic (LiveFixture *fixture, gconstpointer data)
{
  run_race (fixture, atomic_editor_thread);
}

static void
test_in_place (LiveFixture *fixture, gconstpointer data)
{
  run_race (fixture, in_place_editor_thread);
}

/* Plain renames, for which only a file that is missing for a moment can be overwritten unseen. */
static gpointer
rename_editor_thread (gpointer data)
{
  Race *race = data;
  g_autofree char *beside = g_build_filename (race->fixture->dir, "editor.tmp", NULL);

  for (guint n = 1; n < EDITS_MAX && !g_atomic_int_get (&race->stop); n++)
    {
      write_edit (beside, n);
      while (renameat2 (AT_FDCWD, beside, AT_FDCWD, race->fixture->path, RENAME_EXCHANGE) < 0)
        {
          g_assert_cmpint (errno, ==, ENOENT);
          if (renameat2 (AT_FDCWD, beside, AT_FDCWD, race->fixture->path, RENAME_NOREPLACE) == 0)
            break;
          g_assert_cmpint (errno, ==, EEXIST);
        }
      if (access (beside, F_OK) == 0)
        race->overwritten[get_file_number (beside, "editor")] = TRUE;
      race->n_edits = n;
      g_assert_true (unlink (beside) == 0 || errno == ENOENT);
    }
  return NULL;
}

static guint
move_aside_until_time (Race *race, ConfsyncSwap *swap)
{
  gint64 end_us = g_get_monotonic_time () + DURATION_US;
  guint n = 0;

  while (g_get_monotonic_time () < end_us)
    {
      g_autoptr (GPtrArray) came_out = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *path = g_build_filename (swap->temp_dir, swap->temp_name, NULL);
      g_autofree char *text = g_strdup_printf ("{\"by\":\"us\",\"n\":%u}", ++n);

      test_write_file (path, text);
      g_assert_cmpint (confsync_swap_move_aside (swap, came_out), ==, 0);
      for (guint i = 0; i < came_out->len; i++)
        {
          g_autofree char *old = g_build_filename (swap->temp_dir, came_out->pdata[i], NULL);

          race->came_out[get_file_number (old, "editor")] = TRUE;
          g_assert_no_errno (unlink (old));
        }
    }
  return n;
}

static void
test_move_aside (LiveFixture *fixture, gconstpointer data)
{
  Race race = { .fixture = fixture };
  g_auto (ConfsyncFd) dirfd = open (fixture->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_auto (ConfsyncFd) temp_dirfd =
    confsync_file_open_base (fixture->base, ".confsync/tmp", TRUE, NULL);
  g_auto (ConfsyncFd) state_dirfd =
    confsync_file_open_base (fixture->base, ".confsync", TRUE, NULL);
  g_autofree char *temp = g_build_filename (fixture->base, ".confsync", "tmp", NULL);
  ConfsyncSwap swap = { dirfd,      "config.json", fixture->path, temp_dirfd, temp,
                        "next.new", state_dirfd };
  GThread *thread;
  guint n_saves;

  race.overwritten = g_new0 (guint8, EDITS_MAX);
  race.came_out = g_new0 (guint8, EDITS_MAX);
  test_write_file (fixture->path, "{\"by\":\"us\",\"n\":0}");
  thread = g_thread_new ("editor", rename_editor_thread, &race);
  n_saves = move_aside_until_time (&race, &swap);
  g_atomic_int_set (&race.stop, TRUE);
  g_thread_join (thread);
  assert_nothing_lost (&race, n_saves);
  g_free (race.overwritten);
  g_free (race.came_out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, parent, function)                                                               \
  g_test_add ("/live-race/" name, LiveFixture, parent, live_fixture_set_up, function,             \
              live_fixture_tear_down)
  ADD ("atomic", NULL, test_atomic);
  ADD ("in-place", NULL, test_in_place);
  ADD ("move-aside", NULL, test_move_aside);
  if (g_file_test (TMPFS, G_FILE_TEST_IS_DIR))
    {
      ADD ("tmpfs/atomic", TMPFS, test_atomic);
      ADD ("tmpfs/in-place", TMPFS, test_in_place);
      ADD ("tmpfs/move-aside", TMPFS, test_move_aside);
    }
  return g_test_run ();
}
