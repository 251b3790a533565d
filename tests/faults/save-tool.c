/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A file store on its own, told by its arguments what to do; what is done is said at once, so that
 * whoever kills it knows what was promised. What comes out of a save is kept, as the engine does.
 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test-revision.h"
#include "test-util.h"

typedef struct
{
  ConfsyncStore *store;
  const char *path;
  const char *base;
  GMainContext *context;
  ConfsyncDocument *known; /* (owned) (nullable): what is believed to be live */
  gint64 time;
  guint keeping; /* under way */
} Tool;

G_GNUC_PRINTF (1, 2) static void
say (const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("%s\n", line);
  fflush (stdout);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (Tool *self, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return *result;
}

static void
say_error (const char *what, const GError *error)
{
  say ("failed %s %s", what, error->message);
}

static void
set_known (Tool *self, ConfsyncDocument *document)
{
  g_autoptr (ConfsyncDocument) before = g_steal_pointer (&self->known);

  self->known = document != NULL ? confsync_document_ref (document) : NULL;
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Tool *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name =
    confsync_store_save_version_finish (CONFSYNC_STORE (source), result, &error);

  if (name != NULL)
    say ("kept-displaced %s", name);
  else
    say_error ("keep", error);
  self->keeping--;
}

static void
displaced_cb (ConfsyncStore *store, ConfsyncDocument *document, Tool *self)
{
  g_autofree char *text = test_canonical (document);
  g_autoptr (ConfsyncRevision) revision = test_revision (text, ++self->time);

  say ("displaced %s", text);
  self->keeping++;
  confsync_store_save_version_async (store, revision, CONFSYNC_CAUSE_EDIT, NULL, kept_cb, self);
}

static void
notice_cb (ConfsyncStore *store, const char *message, Tool *self)
{
  say ("notice %s", message);
}

/* The commands */

static void
do_wait (Tool *self, const char *text)
{
  char line[16];

  say ("waiting");
  if (fgets (line, sizeof line, stdin) == NULL)
    g_error ("nobody says when to go on");
}

static void
do_load (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  confsync_store_load_async (self->store, NULL, result_cb, &result);
  if (!confsync_store_load_finish (self->store, wait_for (self, &result), &document, &stamp, NULL,
                                   &error))
    {
      say_error ("load", error);
      return;
    }
  found = test_canonical (document);
  say ("loaded %s", found != NULL ? found : "nothing");
  set_known (self, document);
}

static void
do_save (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncRevision) revision = test_revision (text, ++self->time);
  g_autoptr (ConfsyncDocument) displaced = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_save_async (self->store, revision, self->known, NULL, result_cb, &result);
  if (!confsync_store_save_finish (self->store, wait_for (self, &result), &displaced, &error))
    {
      say_error ("save", error);
      return;
    }
  say ("saved %s", text);
  set_known (self, confsync_revision_get_document (revision));
  if (displaced != NULL)
    displaced_cb (self->store, displaced, self);
}

static void
do_keep (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncRevision) revision = test_revision (text, ++self->time);
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  confsync_store_save_version_async (self->store, revision, CONFSYNC_CAUSE_EDIT, NULL, result_cb,
                                     &result);
  name = confsync_store_save_version_finish (self->store, wait_for (self, &result), &error);
  if (name != NULL)
    say ("kept %s", text);
  else
    say_error ("keep", error);
}

static void
do_acknowledge (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncRevision) revision = test_revision (text, self->time);
  g_autoptr (GError) error = NULL;

  confsync_store_acknowledge_async (self->store, revision, NULL, result_cb, &result);
  if (confsync_store_acknowledge_finish (self->store, wait_for (self, &result), &error))
    say ("acknowledged %s", text);
  else
    say_error ("acknowledge", error);
}

static void
do_state (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) state = test_document (text);
  g_autoptr (GError) error = NULL;

  confsync_store_save_state_async (self->store, state, NULL, result_cb, &result);
  if (confsync_store_save_state_finish (self->store, wait_for (self, &result), &error))
    say ("noted %s", text);
  else
    say_error ("state", error);
}

/* An editor that does it well: beside, durable, renamed over, durable. */
static void
do_edit (Tool *self, const char *text)
{
  g_autofree char *beside = g_strdup_printf ("%s.beside", self->path);
  g_autofree char *parent = g_path_get_dirname (self->path);
  int fd = openat (AT_FDCWD, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int dirfd = openat (AT_FDCWD, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gssize length = strlen (text);

  g_assert_cmpint (write (fd, text, length), ==, length);
  g_assert_no_errno (fsync (fd));
  g_assert_no_errno (close (fd));
  g_assert_no_errno (renameat (AT_FDCWD, beside, AT_FDCWD, self->path));
  g_assert_no_errno (fsync (dirfd));
  g_assert_no_errno (close (dirfd));
  say ("edited %s", text);
}

static gboolean
is_settled (gpointer data)
{
  Tool *self = data;
  const char *const places[] = { ".confsync/tmp", ".confsync-tmp" };

  if (self->keeping > 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (self->base, places[i], NULL);
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (!g_str_has_suffix (name, ".spare"))
          return FALSE;
    }
  return TRUE;
}

static void
do_settle (Tool *self, const char *text)
{
  if (test_wait_until (is_settled, self, TEST_DEADLINE_MS))
    say ("settled");
  else
    say ("failed settle something stays in .confsync/tmp");
}

static void
say_version (Tool *self, ConfsyncVersion *version)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  const char *name = confsync_version_get_name (version);
  g_autofree char *text = NULL;

  confsync_store_get_version_async (self->store, name, NULL, result_cb, &result);
  document = confsync_store_get_version_finish (self->store, wait_for (self, &result), &error);
  text = test_canonical (document);
  if (text != NULL)
    say ("version %s %s", name, text);
  else
    say_error (name, error);
}

static void
do_versions (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) versions = NULL;
  g_autoptr (GError) error = NULL;

  confsync_store_list_versions_async (self->store, NULL, result_cb, &result);
  versions =
    confsync_store_list_versions_finish (self->store, wait_for (self, &result), &error);
  if (versions == NULL)
    {
      say_error ("versions", error);
      return;
    }
  for (guint i = 0; i < versions->len; i++)
    say_version (self, versions->pdata[i]);
}

static void
do_load_state (Tool *self, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ConfsyncDocument) state = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  confsync_store_load_state_async (self->store, NULL, result_cb, &result);
  state = confsync_store_load_state_finish (self->store, wait_for (self, &result), &error);
  found = test_canonical (state);
  if (found != NULL || g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    say ("state %s", found != NULL ? found : "nothing");
  else
    say_error ("load-state", error);
}

typedef struct
{
  const char *name;
  void (*run) (Tool *self, const char *text);
  gboolean has_text;
} Command;

static const Command commands[] = {
  { "wait", do_wait, FALSE },         { "load", do_load, FALSE },
  { "save", do_save, TRUE },          { "keep", do_keep, TRUE },
  { "edit", do_edit, TRUE },          { "acknowledge", do_acknowledge, TRUE },
  { "state", do_state, TRUE },        { "settle", do_settle, FALSE },
  { "versions", do_versions, FALSE }, { "load-state", do_load_state, FALSE },
};

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  g_error ("%s is no command", name);
}

int
main (int argc, char **argv)
{
  Tool tool = { 0 };

  if (argc < 3)
    g_error ("Usage: save-tool LIVE BASE COMMAND [TEXT]...");
  tool.path = argv[1];
  tool.base = argv[2];
  tool.context = g_main_context_default ();
  tool.time = g_get_real_time ();
  tool.store = CONFSYNC_STORE (confsync_file_store_new (tool.path, tool.base));
  g_signal_connect (tool.store, "displaced", G_CALLBACK (displaced_cb), &tool);
  g_signal_connect (tool.store, "notice", G_CALLBACK (notice_cb), &tool);
  for (int i = 3; i < argc; i++)
    {
      const Command *command = find_command (argv[i]);

      if (command->has_text && ++i == argc)
        g_error ("%s needs a text", command->name);
      command->run (&tool, argv[i]);
    }
  set_known (&tool, NULL);
  g_object_unref (tool.store);
  return 0;
}
