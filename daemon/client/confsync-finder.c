/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Finds the instance. A file names its socket; for a folder, what stands beside the sockets says
 * which of them to ask, so that an instance that doesn't answer is in the way of none but its own
 * commands. All that are asked are asked at the same time. Folders are compared by what they are,
 * not by how they are spelled.
 *
 * Errors: %G_IO_ERROR where nobody is there or answers; %CONFSYNC_ERROR_INVALID_OPTION where
 * several are.
 */

#include "config.h"

#include "confsync-finder.h"

#include <confsync.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "confsync-control-path.h"
#include "confsync-control-place.h"
#include "confsync-units.h"

/* how many instances an error names */
#define NAMED_MAX 8
#define ROOT_FOLDER "/run/confsync"
#define USERS_FOLDER "/run/user"

typedef struct {
  GPtrArray *instances; /* (element-type ConfsyncInstance) */
  GString *silent;      /* why those that are there but didn't answer didn't, a line each */
  GError *failure;      /* (nullable): the last one's */
  guint pending;
} Gathering;

/* asking */

/* Nobody is behind that socket: it was left by an instance that was killed. */
static gboolean
is_dead (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
note_silent (Gathering *self, const char *socket, const char *reason)
{
  g_autofree char *file = NULL, *base_dir = NULL;
  const gboolean known = confsync_control_place_read (socket, &file, &base_dir);
  g_autofree char *safe = confsync_units_escape (known ? file : socket);

  g_string_append_printf (self->silent, "\n  %s: %s", safe, reason);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Gathering *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = confsync_instance_open_finish (result, &error);

  self->pending--;
  if (found != NULL)
    {
      g_ptr_array_extend_and_steal (self->instances, g_steal_pointer (&found));
      return;
    }
  if (is_dead (error))
    return;
  note_silent (self, confsync_instance_get_socket (result), error->message);
  g_clear_error (&self->failure);
  self->failure = g_steal_pointer (&error);
}

static void
init_gathering (Gathering *self)
{
  self->instances = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_instance_free);
  self->silent = g_string_new (NULL);
}

/* Asks all of them, and comes back when each has answered or its time is up. */
static void
gather (Gathering *self, GPtrArray *sockets, guint timeout_ms)
{
  for (guint i = 0; i < sockets->len; i++)
    {
      self->pending++;
      confsync_instance_open_async (sockets->pdata[i], timeout_ms, opened_cb, self);
    }
  while (self->pending > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
clear_gathering (Gathering *self)
{
  g_ptr_array_unref (self->instances);
  g_string_free (self->silent, TRUE);
  g_clear_error (&self->failure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gathering, clear_gathering)

/* choosing */

static gboolean
is_same_place (const char *a, const char *b)
{
  GStatBuf info_a, info_b;

  return g_stat (a, &info_a) == 0 && g_stat (b, &info_b) == 0 && info_a.st_dev == info_b.st_dev &&
         info_a.st_ino == info_b.st_ino;
}

/* The live file may be a link, or not be there yet: its folder and its name count. */
static gboolean
is_same_file (const char *a, const char *b)
{
  g_autofree char *folder_a = g_path_get_dirname (a), *folder_b = g_path_get_dirname (b);
  g_autofree char *name_a = g_path_get_basename (a), *name_b = g_path_get_basename (b);

  return g_str_equal (name_a, name_b) && is_same_place (folder_a, folder_b);
}

static gboolean
is_meant (const char *file, const char *base_dir, const ConfsyncWhich *which)
{
  g_autofree char *folder = g_path_get_dirname (file);

  if (which->file != NULL && (*file == '\0' || !is_same_file (file, which->file)))
    return FALSE;
  if (which->base_dir != NULL && !is_same_place (base_dir, which->base_dir))
    return FALSE;
  return which->file != NULL || which->base_dir != NULL ||
         (*file != '\0' && is_same_place (folder, which->here)) ||
         is_same_place (base_dir, which->here);
}

/* "\n  /path/a.json" for each */
static char *
dup_list (GPtrArray *instances, guint *picks, guint n)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < MIN (n, NAMED_MAX); i++)
    {
      ConfsyncInstance *instance = instances->pdata[picks != NULL ? picks[i] : i];
      g_autofree char *safe = confsync_units_escape (confsync_instance_get_file (instance));

      g_string_append_printf (list, "\n  %s", safe);
    }
  if (n > NAMED_MAX)
    g_string_append_printf (list, _ ("\n  and %u more"), n - NAMED_MAX);
  return g_string_free (list, FALSE);
}

/* Root's folder is closed to others, so whether one of its instances is meant can't be seen. */
static gboolean
may_be_of_root (void)
{
  return geteuid () != 0 && g_file_test (ROOT_FOLDER, G_FILE_TEST_IS_DIR);
}

static void
say_none (GPtrArray *instances, const ConfsyncWhich *which, GError **error)
{
  g_autofree char *others = dup_list (instances, NULL, instances->len);
  g_autofree char *what = NULL;

  if (which->file != NULL)
    what = g_strdup_printf (_ ("no instance keeps %s; start one: confsync run %s"), which->file,
                            which->file);
  else if (which->base_dir != NULL)
    what = g_strdup_printf (_ ("no instance has its versions in %s; start one: confsync run FILE "
                               "-d %s"), which->base_dir, which->base_dir);
  else
    what = g_strdup (_ ("no instance runs in this folder; start one: confsync run FILE, or name "
                        "one by -f FILE or -d DIR"));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s%s%s%s", what,
               may_be_of_root () ? _ ("; one that root runs is reached by root only") : "",
               *others != '\0' ? _ (". These run:") : "", others);
}

/*
 * confsync_finder_pick:
 * @instances: (element-type ConfsyncInstance): those that run; the one that is meant is taken out
 *
 * Returns: (transfer full): the one that is meant
 */
ConfsyncInstance *
confsync_finder_pick (GPtrArray *instances, const ConfsyncWhich *which, GError **error)
{
  g_autofree guint *picks = g_new (guint, MAX (instances->len, 1));
  guint n = 0;

  for (guint i = 0; i < instances->len; i++)
    if (is_meant (confsync_instance_get_file (instances->pdata[i]),
                  confsync_instance_get_base_dir (instances->pdata[i]), which))
      picks[n++] = i;
  if (n == 1)
    return g_ptr_array_steal_index (instances, picks[0]);

  if (n == 0)
    say_none (instances, which, error);
  else
    {
      g_autofree char *list = dup_list (instances, picks, n);

      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("several instances are meant; name one by -f FILE:%s"), list);
    }
  return NULL;
}

/* finding */

static void
add_if_owned (GPtrArray *sockets, const char *folder, const char *name, uid_t owner)
{
  g_autofree char *path = g_build_filename (folder, "confsync", name, NULL);
  GStatBuf info;

  if (g_lstat (path, &info) == 0 && S_ISSOCK (info.st_mode) && info.st_uid == owner)
    g_ptr_array_add (sockets, g_steal_pointer (&path));
}

/*
 * confsync_finder_list_elsewhere:
 * @users: the folder of all users' runtime folders
 * @name: of a socket
 * @owner: who may have it
 *
 * Returns: (element-type filename) (transfer full): the sockets of that name in those folders, for
 *   root, whom they answer too
 */
GPtrArray *
confsync_finder_list_elsewhere (const char *users, const char *name, uid_t owner)
{
  GPtrArray *sockets = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (users, 0, NULL);
  const char *user;

  while (dir != NULL && (user = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *folder = g_build_filename (users, user, NULL);

      add_if_owned (sockets, folder, name, owner);
    }
  return sockets;
}

/* The socket that a file names, and for root the one that the file's owner may have. Anybody else
 * who has one of that name only claims to keep the file, and must not be told what root has to
 * say. */
static GPtrArray *
list_sockets_of (const char *file, const char *socket)
{
  g_autofree char *name = g_path_get_basename (socket);
  GPtrArray *sockets = NULL;
  GStatBuf info;

  if (geteuid () == 0 && g_stat (file, &info) == 0)
    sockets = confsync_finder_list_elsewhere (USERS_FOLDER, name, info.st_uid);
  if (sockets == NULL)
    sockets = g_ptr_array_new_with_free_func (g_free);
  if (!g_ptr_array_find_with_equal_func (sockets, socket, g_str_equal, NULL))
    g_ptr_array_add (sockets, g_strdup (socket));
  return sockets;
}

static ConfsyncInstance *
find_by_file (const ConfsyncWhich *which, guint timeout_ms, GError **error)
{
  g_autofree char *socket = confsync_control_dup_socket (which->file, error);
  g_autoptr (GPtrArray) sockets = NULL;
  g_auto (Gathering) gathered = { 0 };

  init_gathering (&gathered);
  if (socket == NULL)
    return NULL;
  sockets = list_sockets_of (which->file, socket);
  gather (&gathered, sockets, timeout_ms);
  if (gathered.instances->len > 0 || gathered.silent->len == 0)
    return confsync_finder_pick (gathered.instances, which, error);

  g_propagate_prefixed_error (error, g_steal_pointer (&gathered.failure),
                              _ ("the instance that keeps %s can't be reached: "), which->file);
  return NULL;
}

/*
 * confsync_finder_sort:
 * @likely: where the sockets go that may be meant
 * @others: where the others go, which are asked only for what is said of them
 */
void
confsync_finder_sort (const ConfsyncWhich *which, GPtrArray *likely, GPtrArray *others)
{
  g_auto (GStrv) sockets = confsync_control_list_sockets ();

  for (gsize i = 0; sockets[i] != NULL; i++)
    {
      g_autofree char *file = NULL, *base_dir = NULL;
      const gboolean known = confsync_control_place_read (sockets[i], &file, &base_dir);

      g_ptr_array_add (!known || is_meant (file, base_dir, which) ? likely : others,
                       g_strdup (sockets[i]));
    }
}

static ConfsyncInstance *
find_by_folder (const ConfsyncWhich *which, guint timeout_ms, GError **error)
{
  g_autoptr (GPtrArray) likely = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);
  g_auto (Gathering) gathered = { 0 };
  g_autoptr (GError) reason = NULL;
  ConfsyncInstance *instance;

  init_gathering (&gathered);
  confsync_finder_sort (which, likely, others);
  gather (&gathered, likely, timeout_ms);
  instance = confsync_finder_pick (gathered.instances, which, &reason);
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) && others->len > 0)
    {
      g_clear_error (&reason);
      gather (&gathered, others, timeout_ms);
      instance = confsync_finder_pick (gathered.instances, which, &reason);
    }
  if (instance != NULL)
    return instance;

  if (gathered.silent->len > 0)
    g_set_error (error, reason->domain, reason->code, _ ("%s\nThese didn't answer:%s"),
                 reason->message, gathered.silent->str);
  else
    g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

/*
 * confsync_finder_find:
 * @timeout_ms: how long an instance may take to answer
 *
 * Returns: (transfer full): the one that is meant
 */
ConfsyncInstance *
confsync_finder_find (const ConfsyncWhich *which, guint timeout_ms, GError **error)
{
  if (which->file != NULL)
    return find_by_file (which, timeout_ms, error);
  return find_by_folder (which, timeout_ms, error);
}
