/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A save that is killed before each of the system calls by which it changes anything, in each of
 * the ways to replace a file; then a start, which must find a whole configuration, know what it is,
 * and still have what an editor had put there. The calls are followed with ptrace; where a file
 * system would refuse some, a filter in the kernel refuses them in its place.
 */

#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confsync-durable-file-private.h"
#include "live-fixture.h"
#include "test-namespace.h"
#include "test-revision.h"
#include "test-util.h"

#define TMPFS "/dev/shm"
/* a save has some twenty; fewer and the test would be blind */
#define POINTS_MIN 8
#define POINTS_MAX 200

static const ConfsyncJsonLimits limits = { 0 };

typedef struct
{
  const char *name;
  gboolean edited;        /* an editor was quicker than the save */
  gboolean no_exchange;   /* the file system can't exchange two files */
  gboolean no_attributes; /* the file system has no user attributes */
  gboolean spare;         /* the new file was made before */
  gboolean in_place;      /* the live file is a mount point */
} Scenario;

static const Scenario scenarios[] = {
  { "exchange", .spare = FALSE },
  { "exchange-edited", .edited = TRUE },
  { "spare", .spare = TRUE },
  { "spare-edited", .spare = TRUE, .edited = TRUE },
  { "no-attributes", .no_attributes = TRUE },
  { "no-attributes-edited", .no_attributes = TRUE, .spare = TRUE, .edited = TRUE },
  { "aside", .no_exchange = TRUE },
  { "aside-edited", .no_exchange = TRUE, .edited = TRUE },
  { "aside-no-attributes", .no_exchange = TRUE, .no_attributes = TRUE },
};

static const Scenario in_place_scenarios[] = {
  { "in-place", .in_place = TRUE },
  { "in-place-edited", .in_place = TRUE, .edited = TRUE },
};

/* what the points of one scenario have shown */
typedef struct
{
  guint old, new, edit; /* that it was live afterwards */
} Seen;

static const int changing_calls[] = {
  SYS_write,     SYS_pwrite64,  SYS_ftruncate, SYS_fsync,     SYS_fdatasync, SYS_renameat2,
  SYS_linkat,    SYS_unlinkat,  SYS_mkdirat,   SYS_fsetxattr, SYS_fchmod,    SYS_fchown,
  SYS_openat,    SYS_renameat,
#ifdef SYS_rename
  SYS_rename,
#endif
#ifdef SYS_unlink
  SYS_unlink,
#endif
};

static gboolean
is_changing (guint64 number)
{
  for (guint i = 0; i < G_N_ELEMENTS (changing_calls); i++)
    if (number == (guint64) changing_calls[i])
      return TRUE;
  return FALSE;
}

/* Has the kernel answer @call with @errnum; where @flags isn't 0, only with these in its fifth
 * argument. */
static void
refuse (int call, guint32 flags, int errnum)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args[4])),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, flags != 0 ? flags : G_MAXUINT32, 0, flags != 0 ? 1 : 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (filter), filter };

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
      prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
    _exit (2);
}

static void
keep (LiveFixture *fixture, const char *text, gint64 time)
{
  g_autoptr (ConfsyncHistory) history = confsync_history_new (fixture->base, &fixture->report);
  g_autoptr (ConfsyncRevision) revision = test_revision (text, time);
  const ConfsyncRetentionLimits keep_all = { 0 };
  g_autofree char *name = confsync_history_keep (history, revision, CONFSYNC_CAUSE_EDIT,
                                                 g_get_real_time (), &keep_all, NULL);

  g_assert_nonnull (name);
}

/* The process that is to be killed in its second save. */
static void G_GNUC_NORETURN
save_twice (LiveFixture *fixture, const Scenario *scenario)
{
  g_autoptr (ConfsyncDocument) loaded = NULL, first = NULL, second = NULL;

  if (scenario->no_exchange)
    refuse (SYS_renameat2, RENAME_EXCHANGE, EINVAL);
  if (scenario->no_attributes)
    refuse (SYS_fsetxattr, 0, EOPNOTSUPP);
  live_fixture_restart (fixture);
  loaded = live_fixture_load (fixture);
  first = live_fixture_save (fixture, "{'a':1}", 1, NULL);
  keep (fixture, "{'a':1}", 1);
  if (scenario->spare)
    confsync_live_file_prepare (fixture->live);
  if (scenario->edited && scenario->in_place)
    test_write_file (fixture->path, "{\"edit\":1}");
  else if (scenario->edited)
    test_replace_file (fixture->path, "{\"edit\":1}");

  ptrace (PTRACE_TRACEME, 0, NULL, NULL);
  raise (SIGSTOP);
  second = live_fixture_save (fixture, "{'a':2}", 2, "{'a':1}");
  _exit (0);
}

/* Lets it run to the next beginning of a call that changes something; FALSE if it has ended. */
static gboolean
run_to_call (pid_t pid)
{
  struct __ptrace_syscall_info info;
  int status;

  for (;;)
    {
      g_assert_no_errno (ptrace (PTRACE_SYSCALL, pid, NULL, NULL));
      g_assert_no_errno (waitpid (pid, &status, 0));
      if (WIFEXITED (status))
        {
          g_assert_cmpint (WEXITSTATUS (status), ==, 0);
          return FALSE;
        }
      g_assert_true (WIFSTOPPED (status));
      if (WSTOPSIG (status) != (SIGTRAP | 0x80))
        continue;
      g_assert_cmpint (ptrace (PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), >, 0);
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY && is_changing (info.entry.nr))
        return TRUE;
    }
}

/* Kills a save before its call of that number, from 1; FALSE where it had fewer. */
static gboolean
kill_at (LiveFixture *fixture, const Scenario *scenario, guint number)
{
  pid_t pid = fork ();
  gboolean got_there = TRUE;
  int status;

  g_assert_no_errno (pid);
  if (pid == 0)
    save_twice (fixture, scenario);
  g_assert_no_errno (waitpid (pid, &status, 0));
  g_assert_true (WIFSTOPPED (status) && WSTOPSIG (status) == SIGSTOP);
  g_assert_no_errno (
    ptrace (PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
  for (guint i = 0; i < number && got_there; i++)
    got_there = run_to_call (pid);
  if (got_there)
    {
      g_assert_no_errno (kill (pid, SIGKILL));
      g_assert_no_errno (waitpid (pid, NULL, 0));
    }
  return got_there;
}

/* What is live, by its one member; and that the start knows what it is. */
static gboolean
is_live (ConfsyncDocument *document, ConfsyncStamp *stamp, const char *text, gint64 time)
{
  g_autoptr (ConfsyncDocument) expected = test_document (text);

  if (!confsync_document_equal (document, expected))
    return FALSE;
  if (time == 0)
    g_assert_null (stamp);
  else
    {
      g_assert_nonnull (stamp);
      g_assert_cmpint (confsync_stamp_get_time (stamp), ==, time);
    }
  return TRUE;
}

static void
check_live (LiveFixture *fixture, const Scenario *scenario, Seen *seen)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GError) error = NULL;
  gint64 modified;

  confsync_live_file_load (fixture->live, &limits, &document, &stamp, &modified, &error);
  g_assert_no_error (error);
  g_assert_nonnull (document);
  /* without attributes the one note is of what is next; the state knows what was before */
  if (is_live (document, stamp, "{'a':2}", 2))
    seen->new++;
  else if (scenario->edited && is_live (document, stamp, "{'edit':1}", 0))
    seen->edit++;
  else
    {
      g_autoptr (ConfsyncDocument) before = test_document ("{'a':1}");

      g_assert_true (confsync_document_equal (document, before));
      g_assert_true (scenario->no_attributes || scenario->in_place || stamp != NULL);
      g_assert_false (scenario->edited);
      seen->old++;
    }
}

static void
assert_tidy (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_test_message ("left: %s", name);
      g_assert_false (g_str_has_prefix (name, CONFSYNC_DURABLE_TEMP_PREFIX));
      g_assert_cmpstr (name, !=, "recover");
      g_assert_cmpstr (name, !=, "in-place");
    }
}

/* The start after the kill. */
static void
check_start (LiveFixture *fixture, const Scenario *scenario, Seen *seen)
{
  g_autofree char *state = g_build_filename (fixture->base, ".confsync", NULL);
  g_autofree char *temp = g_build_filename (state, "tmp", NULL);
  g_autoptr (ConfsyncHistory) history = confsync_history_new (fixture->base, &fixture->report);
  g_autoptr (ConfsyncDocument) again = NULL;
  guint edits_live = seen->edit;

  live_fixture_restart (fixture);
  check_live (fixture, scenario, seen);
  confsync_live_file_sweep (fixture->live, history, &limits);
  live_fixture_settle (fixture);
  if (scenario->edited && seen->edit == edits_live)
    {
      g_assert_cmpuint (fixture->displaced->len, ==, 1);
      test_assert_document (fixture->displaced->pdata[0], "{'edit':1}");
      g_assert_cmpuint (live_fixture_count (temp), ==, 1);
      confsync_live_file_kept (fixture->live,
                               confsync_document_get_hash (fixture->displaced->pdata[0]));
    }
  else if (!scenario->edited)
    g_assert_cmpuint (fixture->displaced->len, ==, 0);
  g_ptr_array_set_size (fixture->displaced, 0);
  g_assert_cmpuint (live_fixture_count (temp), ==, 0);
  assert_tidy (state);
  again = live_fixture_save (fixture, "{'a':3}", 3, NULL);
}

static void
set_up_live (LiveFixture *fixture, const Scenario *scenario)
{
  g_autofree char *outside = g_build_filename (fixture->dir, "outside.json", NULL);

  test_write_file (fixture->path, "{\"a\":0}");
  keep (fixture, "{'a':0}", 1);
  if (!scenario->in_place)
    return;
  test_write_file (outside, "{\"a\":0}");
  g_assert_no_errno (mount (outside, fixture->path, NULL, MS_BIND, NULL));
}

/* One point, in a place of its own; FALSE where the save has no such point. */
static gboolean
try_point (const Scenario *scenario, guint number, Seen *seen)
{
  const char *parent = g_file_test (TMPFS, G_FILE_TEST_IS_DIR) ? TMPFS : NULL;
  LiveFixture fixture = { 0 };
  gboolean was_killed;

  live_fixture_set_up (&fixture, parent);
  set_up_live (&fixture, scenario);
  was_killed = kill_at (&fixture, scenario, number);
  g_test_message ("point %u", number);
  check_start (&fixture, scenario, seen);
  if (scenario->in_place)
    g_assert_no_errno (umount (fixture.path));
  live_fixture_tear_down (&fixture, parent);
  return was_killed;
}

static void
run_scenario (const Scenario *scenario)
{
  Seen seen = { 0 };
  guint number = 1;

  while (try_point (scenario, number, &seen))
    {
      g_assert_cmpuint (number, <, POINTS_MAX);
      number++;
    }
  g_test_message ("%u points; live after: old %u, new %u, edit %u", number - 1, seen.old, seen.new,
                  seen.edit);
  g_assert_cmpuint (number, >, POINTS_MIN);
  g_assert_cmpuint (seen.new, >, 0);
  g_assert_cmpuint (scenario->edited ? seen.edit : seen.old, >, 0);
}

static void
test_scenario (gconstpointer data)
{
  run_scenario (data);
}

static void
test_in_place (gconstpointer data)
{
  if (test_is_in_namespace ())
    run_scenario (data);
}

static void
add (const Scenario *scenario, GTestDataFunc function)
{
  g_autofree char *path = g_strconcat ("/crash-points/", scenario->name, NULL);

  g_test_add_data_func (path, scenario, function);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
    add (&scenarios[i], test_scenario);
  for (guint i = 0; i < G_N_ELEMENTS (in_place_scenarios); i++)
    add (&in_place_scenarios[i], test_in_place);
  return g_test_run ();
}
