/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A private folder with one file, and the editor that is run on it. The file stays unless it is
 * discarded: a person's text must not be lost because something else went wrong. What editors leave
 * beside it (copies, swap files) is as private, and goes with it.
 */

#include "config.h"

#include "confsync-draft.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confsync-units.h"

#define SUFFIX ".json"
#define EDITOR_NOT_FOUND 127 /* what a shell exits with */

struct _ConfsyncDraft {
  char *dir;  /* (owned) (nullable): none any more */
  char *path; /* (owned) */
};

/*
 * confsync_draft_new:
 * @name: of the file; editors choose their colours by its suffix, so that becomes `.json`
 */
ConfsyncDraft *
confsync_draft_new (const char *name, GBytes *text, GError **error)
{
  g_autoptr (ConfsyncDraft) self = g_new0 (ConfsyncDraft, 1);
  g_autofree char *base = g_path_get_basename (name);
  g_autofree char *safe = confsync_units_escape (base); /* it is told to a person */
  g_autofree char *file =
    g_str_has_suffix (safe, SUFFIX) ? g_strdup (safe) : g_strconcat (safe, SUFFIX, NULL);

  self->dir = g_dir_make_tmp ("confsync-XXXXXX", error);
  if (self->dir == NULL)
    return NULL;
  self->path = g_build_filename (self->dir, file, NULL);
  if (!confsync_draft_write (self, text, error))
    {
      confsync_draft_discard (self);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
confsync_draft_free (ConfsyncDraft *self)
{
  g_free (self->dir);
  g_free (self->path);
  g_free (self);
}

const char *
confsync_draft_get_path (ConfsyncDraft *self)
{
  return self->path;
}

GBytes *
confsync_draft_read (ConfsyncDraft *self, GError **error)
{
  char *text;
  gsize length;

  if (!g_file_get_contents (self->path, &text, &length, error))
    return NULL;
  return g_bytes_new_take (text, length);
}

gboolean
confsync_draft_write (ConfsyncDraft *self, GBytes *text, GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (text, &length);

  return g_file_set_contents_full (self->path, data, (gssize) length,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* Removes the file, and what the editor left beside it. */
void
confsync_draft_discard (ConfsyncDraft *self)
{
  g_autoptr (GDir) dir = self->dir != NULL ? g_dir_open (self->dir, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->dir, name, NULL);

      g_unlink (path);
    }
  if (self->dir != NULL)
    g_rmdir (self->dir);
  g_clear_pointer (&self->dir, g_free);
}

static const char *
get_editor (void)
{
  const char *const names[] = { "VISUAL", "EDITOR" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = g_getenv (names[i]);

      if (value != NULL && *value != '\0')
        return value;
    }
  return "editor"; /* Debian's, which an administrator chooses */
}

/* Interrupts from the keyboard are for the editor, as long as it runs. */
static void
child_setup (gpointer user_data)
{
  signal (SIGINT, SIG_DFL);
  signal (SIGQUIT, SIG_DFL);
  signal (SIGPIPE, SIG_DFL);
}

static gboolean
check_status (int status, const char *editor, GError **error)
{
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return TRUE;
  if (WIFEXITED (status) && WEXITSTATUS (status) == EDITOR_NOT_FOUND)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("the editor “%s” can't be run; name one: VISUAL=nano confsync edit"), editor);
  else if (WIFEXITED (status))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("the editor “%s” ended with exit status %d, so nothing is changed"), editor,
                 WEXITSTATUS (status));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("the editor “%s” was ended by a signal, so nothing is changed"), editor);
  return FALSE;
}

/*
 * confsync_draft_edit:
 *
 * Runs the editor, and waits for its end. Its name may have arguments, so a shell takes it apart,
 * as it does for other programs that know these variables.
 */
gboolean
confsync_draft_edit (ConfsyncDraft *self, GError **error)
{
  const char *editor = get_editor ();
  g_autofree char *script = g_strconcat (editor, " \"$@\"", NULL);
  const char *const argv[] = { "/bin/sh", "-c", script, editor, self->path, NULL };
  void (*interrupt) (int) = signal (SIGINT, SIG_IGN);
  void (*quit) (int) = signal (SIGQUIT, SIG_IGN);
  int status = 0;
  const gboolean ran = g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN,
                                     child_setup, NULL, NULL, NULL, &status, error);

  signal (SIGINT, interrupt);
  signal (SIGQUIT, quit);
  return ran && check_status (status, editor, error);
}
