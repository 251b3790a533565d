/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where the disk is quick, what is due finds its owner at rest, and nothing is read.
 */

#include "config.h"

#include "confsync-glimpse-private.h"

#include <fcntl.h>
#include <string.h>

#include "confsync-file-io-private.h"

/* A content counts once it was there for 50 ms; less than this is not worth a look. */
#define LATER_MS 10
/* what is in memory is read in well under a millisecond */
#define SMALL_BYTES (64 * 1024)
#define KNOWN_MAX 16
/* that wait for a file system, which may never answer */
#define LOOKS_MAX 4

struct _ConfsyncGlimpser
{
  char *path;
  GMainContext *context; /* (owned) */
  const ConfsyncGlimpseOwner *owner;
  gpointer data;
  /* in the owner's context */
  gboolean due;
  gboolean anyway;
  gboolean waits; /* its file system can't say what is in memory */
  guint n_looks;  /* that may have to wait, under way */
  GBytes *last;   /* (owned) (nullable): as it was seen last */
  /* on the worker */
  GQueue known; /* (element-type utf8): hashes, newest first */
};

void
confsync_glimpse_free (ConfsyncGlimpse *self)
{
  g_bytes_unref (self->text);
  g_free (self);
}

gboolean
confsync_glimpse_is_there (ConfsyncGlimpse *self, const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 && info.st_dev == self->info.st_dev &&
         info.st_ino == self->info.st_ino && info.st_size == self->info.st_size &&
         info.st_mtim.tv_sec == self->info.st_mtim.tv_sec &&
         info.st_mtim.tv_nsec == self->info.st_mtim.tv_nsec;
}

ConfsyncGlimpser *
confsync_glimpser_new (const char *path,
                       GMainContext *context,
                       const ConfsyncGlimpseOwner *owner,
                       gpointer data)
{
  ConfsyncGlimpser *self = g_new0 (ConfsyncGlimpser, 1);

  self->path = g_strdup (path);
  self->context = g_main_context_ref (context);
  self->owner = owner;
  self->data = data;
  g_queue_init (&self->known);
  return self;
}

void
confsync_glimpser_free (ConfsyncGlimpser *self)
{
  g_queue_clear_full (&self->known, g_free);
  g_clear_pointer (&self->last, g_bytes_unref);
  g_main_context_unref (self->context);
  g_free (self->path);
  g_free (self);
}

/* In the owner's context. */
static void
seen (ConfsyncGlimpser *self, GBytes *text, const struct stat *info)
{
  ConfsyncGlimpse *glimpse;

  if (self->last != NULL && g_bytes_equal (text, self->last))
    return;
  g_clear_pointer (&self->last, g_bytes_unref);
  self->last = g_bytes_ref (text);
  glimpse = g_new (ConfsyncGlimpse, 1);
  glimpse->text = g_bytes_ref (text);
  glimpse->info = *info;
  self->owner->take (self->data, glimpse);
}

static void
let_go (gpointer user_data)
{
  ConfsyncGlimpser *self = user_data;

  self->owner->let_go (self->data);
}

/* a look that may have to wait, on a thread of its own */
typedef struct
{
  ConfsyncGlimpser *self;
  GBytes *text; /* (owned) (nullable) */
  struct stat info;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_clear_pointer (&look->text, g_bytes_unref);
  look->self->n_looks--;
  let_go (look->self);
  g_free (look);
}

static gboolean
looked_cb (gpointer user_data)
{
  Look *look = user_data;

  if (look->text != NULL)
    seen (look->self, look->text, &look->info);
  return G_SOURCE_REMOVE;
}

static gpointer
look_thread (gpointer data)
{
  Look *look = data;
  ConfsyncGlimpser *self = look->self;
  g_auto (ConfsyncFd) fd = confsync_file_open (AT_FDCWD, self->path, 0, NULL);
  g_autoptr (GSource) source = g_idle_source_new ();

  if (fd >= 0)
    look->text = confsync_file_read (fd, self->path, SMALL_BYTES, &look->info, NULL);
  g_source_set_callback (source, looked_cb, look, look_free);
  g_source_set_static_name (source, "confsync glimpse");
  g_source_attach (source, self->context);
  return NULL;
}

static void
look_aside (ConfsyncGlimpser *self)
{
  GThread *thread;
  Look *look;

  if (self->n_looks >= LOOKS_MAX)
    return;
  look = g_new0 (Look, 1);
  look->self = self;
  self->owner->hold (self->data);
  self->n_looks++;
  thread = g_thread_try_new ("confsync glimpse", look_thread, look, NULL);
  if (thread != NULL)
    g_thread_unref (thread);
  else
    look_free (look);
}

static void
look (ConfsyncGlimpser *self)
{
  g_auto (ConfsyncFd) fd = -1;
  g_autoptr (GBytes) text = NULL;
  struct stat info;

  if (!self->waits)
    fd = confsync_file_open (AT_FDCWD, self->path, 0, NULL);
  if (fd >= 0)
    text = confsync_file_read_at_hand (fd, SMALL_BYTES, &info, &self->waits);
  if (text != NULL)
    seen (self, text, &info);
  else if (self->waits)
    look_aside (self);
}

static gboolean
due_cb (gpointer user_data)
{
  ConfsyncGlimpser *self = user_data;

  self->due = FALSE;
  if (self->anyway || self->owner->is_busy (self->data))
    look (self);
  self->anyway = FALSE;
  return G_SOURCE_REMOVE;
}

void
confsync_glimpser_changed (ConfsyncGlimpser *self, gboolean anyway)
{
  g_autoptr (GSource) source = NULL;

  if (!anyway && !self->owner->is_busy (self->data))
    return;
  self->anyway |= anyway;
  if (self->due)
    return;
  self->due = TRUE;
  self->owner->hold (self->data);
  source = g_timeout_source_new (LATER_MS);
  g_source_set_callback (source, due_cb, self, let_go);
  g_source_set_static_name (source, "confsync glimpse");
  g_source_attach (source, self->context);
}

void
confsync_glimpser_know (ConfsyncGlimpser *self, const char *hash)
{
  if (g_strcmp0 (g_queue_peek_head (&self->known), hash) == 0)
    return;
  g_queue_push_head (&self->known, g_strdup (hash));
  if (self->known.length > KNOWN_MAX)
    g_free (g_queue_pop_tail (&self->known));
}

gboolean
confsync_glimpser_knows (ConfsyncGlimpser *self, const char *hash)
{
  return g_queue_find_custom (&self->known, hash, (GCompareFunc) strcmp) != NULL;
}
