/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One inotify descriptor for the process. Each main context that has clients has a port: a source
 * that polls the descriptor. Whichever port wakes first reads, marks the clients concerned, serves
 * its own and wakes the other ports for theirs; so no context depends on another one being run.
 *
 * One lock guards everything here. It is held while a watch is added, so that no thread reads an
 * event of a watch that isn't in the table yet; never while a client is called. A context's own
 * lock may be taken under it, never the other way round.
 *
 * A source of our own, and not GLib's, since that sleeps 100 ms after an event nobody wanted.
 */

#include "config.h"

#include "confsync-inotify-hub-private.h"

#include "confsync-watch-path-private.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define NAME_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define SELF_EVENTS (IN_DELETE_SELF | IN_MOVE_SELF)
/* what the kernel sends unasked when a watch is of no more use */
#define GONE_EVENTS (IN_UNMOUNT | IN_IGNORED)

#define BUFFER_BYTES 65536

typedef struct
{
  GSource source;
  GMainContext *context; /* (unowned): the source is attached to it */
  gpointer tag;          /* of the descriptor */
  gboolean serving;
  gboolean put_off; /* called from within, by a main loop that a client runs */
  guint n_clients;
  GQueue pending; /* (element-type ConfsyncInotifyClient): marked, not called yet */
} Port;

/* an inode watched; as many entries as clients' points share it */
typedef struct
{
  int wd;
  GPtrArray *entries; /* (element-type Entry), unowned */
} Directory;

/* one point of one client */
typedef struct
{
  ConfsyncInotifyClient *client;
  Directory *directory; /* (nullable): NULL once the kernel dropped the watch */
  ConfsyncWatchPointKind kind;
  char *name;
} Entry;

struct _ConfsyncInotifyClient
{
  Port *port; /* (owned): a reference of its source */
  GPtrArray *entries; /* (element-type Entry) */
  gboolean pending;
  ConfsyncInotifyChange change;
  ConfsyncInotifyFunc func;
  gpointer data;
};

static struct
{
  GMutex lock;
  int fd;
  guint n_clients;
  GHashTable *directories; /* wd → Directory (owned) */
  GPtrArray *ports;        /* (element-type Port), unowned */
  alignas (struct inotify_event) char buffer[BUFFER_BYTES];
} hub = { .fd = -1 };

static void
directory_free (Directory *directory)
{
  g_ptr_array_unref (directory->entries);
  g_free (directory);
}

/* With the lock held, as all that follow up to the source's functions. */
static void
client_mark (ConfsyncInotifyClient *self, ConfsyncInotifyChange change)
{
  self->change = MAX (self->change, change);
  if (self->pending)
    return;
  self->pending = TRUE;
  g_queue_push_tail (&self->port->pending, self);
}

/* Another file has the name. Where an inode is watched too, it is not the right one any more. */
static ConfsyncInotifyChange
name_change (const Entry *entry)
{
  const GPtrArray *entries = entry->client->entries;
  const Entry *last = entries->len > 0 ? g_ptr_array_index (entries, entries->len - 1) : NULL;

  return last == entry && entry->kind == CONFSYNC_WATCH_POINT_LEAF ? CONFSYNC_INOTIFY_LEAF
                                                                   : CONFSYNC_INOTIFY_PATH;
}

static void
entry_handle (Entry *entry, const struct inotify_event *event)
{
  const gboolean has_name = entry->kind == CONFSYNC_WATCH_POINT_LEAF ||
                            entry->kind == CONFSYNC_WATCH_POINT_NAME;

  if ((event->mask & (SELF_EVENTS | GONE_EVENTS)) != 0)
    client_mark (entry->client, CONFSYNC_INOTIFY_PATH);
  else if (entry->kind == CONFSYNC_WATCH_POINT_INODE && (event->mask & IN_CLOSE_WRITE) != 0)
    client_mark (entry->client, CONFSYNC_INOTIFY_CONTENT);
  else if (!has_name || event->len == 0 || strcmp (event->name, entry->name) != 0)
    return;
  else if ((event->mask & NAME_EVENTS) != 0)
    client_mark (entry->client, name_change (entry));
  else if (entry->kind == CONFSYNC_WATCH_POINT_LEAF)
    client_mark (entry->client, CONFSYNC_INOTIFY_CONTENT);
}

/* The kernel has no such watch any more: its clients were marked, and will arm anew. */
static void
directory_drop (Directory *directory)
{
  for (guint i = 0; i < directory->entries->len; i++)
    ((Entry *) g_ptr_array_index (directory->entries, i))->directory = NULL;
  g_hash_table_remove (hub.directories, GINT_TO_POINTER (directory->wd));
}

/* Events were lost, of whatever watch: everybody has to look. */
static void
hub_mark_all (void)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, hub.directories);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Directory *directory = value;

      for (guint i = 0; i < directory->entries->len; i++)
        client_mark (((Entry *) g_ptr_array_index (directory->entries, i))->client,
                     CONFSYNC_INOTIFY_PATH);
    }
}

static void
hub_handle (const struct inotify_event *event)
{
  Directory *directory;

  if ((event->mask & IN_Q_OVERFLOW) != 0)
    {
      hub_mark_all ();
      return;
    }
  /* events of a watch that we removed may still be in the queue */
  directory = g_hash_table_lookup (hub.directories, GINT_TO_POINTER (event->wd));
  if (directory == NULL)
    return;
  for (guint i = 0; i < directory->entries->len; i++)
    entry_handle (g_ptr_array_index (directory->entries, i), event);
  /* if this is the old answer to a number in use again, arming finds the watch where it was */
  if ((event->mask & IN_IGNORED) != 0)
    directory_drop (directory);
}

/* One read and no more: under a flood the other sources of the context get their turn too. */
static void
hub_read (void)
{
  gssize length = read (hub.fd, hub.buffer, sizeof hub.buffer);
  gssize at = 0;

  while (at < length)
    {
      const struct inotify_event *event = (const void *) (hub.buffer + at);

      hub_handle (event);
      at += sizeof *event + event->len;
    }
}

static void
hub_wake_others (const Port *reader)
{
  for (guint i = 0; i < hub.ports->len; i++)
    {
      Port *port = g_ptr_array_index (hub.ports, i);

      if (port != reader && !g_queue_is_empty (&port->pending))
        g_source_set_ready_time (&port->source, 0);
    }
}

/* One at a time, each looked up anew: a client called may free itself and others of its thread. */
static gboolean
port_call_next (Port *self)
{
  ConfsyncInotifyClient *client;
  ConfsyncInotifyFunc func;
  gpointer data;
  ConfsyncInotifyChange change;

  g_mutex_lock (&hub.lock);
  client = g_queue_pop_head (&self->pending);
  if (client != NULL)
    {
      func = client->func;
      data = client->data;
      change = client->change;
      client->pending = FALSE;
      client->change = CONFSYNC_INOTIFY_CONTENT;
    }
  g_mutex_unlock (&hub.lock);
  if (client == NULL)
    return FALSE;
  func (change, data);
  return TRUE;
}

static void
port_serve (Port *self)
{
  guint n_pending;

  g_mutex_lock (&hub.lock);
  hub_read ();
  hub_wake_others (self);
  n_pending = self->pending.length;
  g_mutex_unlock (&hub.lock);
  /* who asks to be called again waits for the next turn, as does what another thread reads now */
  while (n_pending > 0 && port_call_next (self))
    n_pending--;
}

/* A source that may not be called from within is taken off the descriptors and put back at each
 * call, which wakes the main loop twice for nothing. So this one may be, and puts it off itself. */
static gboolean
port_dispatch (GSource *source, GSourceFunc func, gpointer data)
{
  Port *self = (Port *) source;

  /* setting it wakes the main loop once more, even where nothing changes */
  if (g_source_get_ready_time (source) != -1)
    g_source_set_ready_time (source, -1);
  if (self->serving)
    {
      self->put_off = TRUE;
      g_source_modify_unix_fd (source, self->tag, 0);
      return G_SOURCE_CONTINUE;
    }
  self->serving = TRUE;
  port_serve (self);
  self->serving = FALSE;
  if (self->put_off && !g_source_is_destroyed (source))
    {
      g_source_modify_unix_fd (source, self->tag, G_IO_IN);
      g_source_set_ready_time (source, 0);
    }
  self->put_off = FALSE;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs port_funcs = { .dispatch = port_dispatch };

static Port *
port_new (GMainContext *context)
{
  GSource *source = g_source_new (&port_funcs, sizeof (Port));
  Port *self = (Port *) source;

  self->context = context;
  g_queue_init (&self->pending);
  g_source_set_static_name (source, "confsync inotify");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_can_recurse (source, TRUE);
  self->tag = g_source_add_unix_fd (source, hub.fd, G_IO_IN);
  g_source_attach (source, context);
  g_ptr_array_add (hub.ports, self);
  return self;
}

static Port *
hub_get_port (GMainContext *context)
{
  for (guint i = 0; i < hub.ports->len; i++)
    {
      Port *port = g_ptr_array_index (hub.ports, i);

      if (port->context == context)
        return (Port *) g_source_ref (&port->source);
    }
  return port_new (context);
}

static void
port_release (Port *self)
{
  if (--self->n_clients == 0)
    {
      g_ptr_array_remove (hub.ports, self);
      g_source_destroy (&self->source);
    }
  g_source_unref (&self->source);
}

static gboolean
hub_open (GError **error)
{
  const char *advice = "";

  if (hub.n_clients > 0)
    return TRUE;
  hub.fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (hub.fd < 0)
    {
      const int code = errno;

      if (code == EMFILE)
        advice = ": raise fs.inotify.max_user_instances, or the limit of open files (ulimit -n)";
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "inotify can't be had (%s)%s", g_strerror (code), advice);
      return FALSE;
    }
  hub.directories = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) directory_free);
  hub.ports = g_ptr_array_new ();
  return TRUE;
}

static void
hub_close (void)
{
  if (hub.n_clients > 0)
    return;
  close (hub.fd);
  hub.fd = -1;
  g_clear_pointer (&hub.directories, g_hash_table_unref);
  g_clear_pointer (&hub.ports, g_ptr_array_unref);
}

/* The last one out removes the watch. A watch that goes on keeps the mask it had: masks can't be
 * narrowed by number, and what is too much is sorted out in entry_handle(). */
static void
entry_free (Entry *entry)
{
  Directory *directory = entry->directory;

  if (directory != NULL)
    {
      g_ptr_array_remove_fast (directory->entries, entry);
      if (directory->entries->len == 0)
        {
          inotify_rm_watch (hub.fd, directory->wd);
          g_hash_table_remove (hub.directories, GINT_TO_POINTER (directory->wd));
        }
    }
  g_free (entry->name);
  g_free (entry);
}

static void
client_add (ConfsyncInotifyClient *self, int wd, const ConfsyncWatchPoint *point, GPtrArray *to)
{
  Directory *directory = g_hash_table_lookup (hub.directories, GINT_TO_POINTER (wd));
  Entry *entry = g_new (Entry, 1);

  if (directory == NULL)
    {
      directory = g_new (Directory, 1);
      directory->wd = wd;
      directory->entries = g_ptr_array_new ();
      g_hash_table_insert (hub.directories, GINT_TO_POINTER (wd), directory);
    }
  entry->client = self;
  entry->directory = directory;
  entry->kind = point->kind;
  entry->name = g_strdup (point->name);
  g_ptr_array_add (directory->entries, entry);
  g_ptr_array_add (to, entry);
}

static guint32
get_mask (ConfsyncWatchPointKind kind)
{
  switch (kind)
    {
    case CONFSYNC_WATCH_POINT_DIRECTORY:
      return IN_ONLYDIR | SELF_EVENTS;
    case CONFSYNC_WATCH_POINT_NAME:
      return IN_ONLYDIR | SELF_EVENTS | NAME_EVENTS;
    case CONFSYNC_WATCH_POINT_LEAF:
      return IN_ONLYDIR | SELF_EVENTS | NAME_EVENTS | IN_CLOSE_WRITE;
    case CONFSYNC_WATCH_POINT_INODE:
    default:
      return IN_CLOSE_WRITE;
    }
}

/* A name is watched in its directory, a directory passed through and an inode by themselves.
 * Returns: the watch's number, or -1 and @code set */
static int
add_watch (const ConfsyncWatchPoint *point, int *code)
{
  const gboolean by_name = point->kind == CONFSYNC_WATCH_POINT_NAME ||
                           point->kind == CONFSYNC_WATCH_POINT_LEAF;
  g_autofree char *path =
      by_name ? g_strdup (point->directory) : confsync_watch_point_dup_path (point);
  int wd;

  wd = inotify_add_watch (hub.fd, path, IN_MASK_ADD | IN_DONT_FOLLOW | get_mask (point->kind));
  *code = errno;
  return wd;
}

/* Whether a watch that can't be had may be left out: it moved on since it was looked up, which the
 * next look tells, or it is one that only few changes need. */
static gboolean
may_do_without (const ConfsyncWatchPoint *point, int code)
{
  if (code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG)
    return TRUE;
  return code == EACCES && (point->kind == CONFSYNC_WATCH_POINT_DIRECTORY ||
                            point->kind == CONFSYNC_WATCH_POINT_INODE);
}

static void
set_watch_error (GError **error, const ConfsyncWatchPoint *point, int code)
{
  const char *advice = "";

  if (code == ENOSPC)
    advice = ": the limit of watches is reached, raise fs.inotify.max_user_watches";
  else if (code == EACCES)
    advice = ": watching a directory takes the right to list it";
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "inotify can't watch %s (%s)%s",
               point->directory, g_strerror (code), advice);
}

static gboolean
client_add_all (ConfsyncInotifyClient *self, const GPtrArray *points, GPtrArray *to, GError **error)
{
  for (guint i = 0; i < points->len; i++)
    {
      const ConfsyncWatchPoint *point = g_ptr_array_index (points, i);
      int code;
      int wd = add_watch (point, &code);

      if (wd >= 0)
        client_add (self, wd, point, to);
      else if (!may_do_without (point, code))
        {
          set_watch_error (error, point, code);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
entries_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const Entry *one = g_ptr_array_index (a, i);
      const Entry *other = g_ptr_array_index (b, i);

      if (one->directory != other->directory || one->kind != other->kind ||
          strcmp (one->name, other->name) != 0)
        return FALSE;
    }
  return TRUE;
}

/*
 * confsync_inotify_client_new:
 * @context: where @func is called
 *
 * Fails where the process can't have an inotify descriptor.
 */
ConfsyncInotifyClient *
confsync_inotify_client_new (GMainContext *context,
                             ConfsyncInotifyFunc func,
                             gpointer data,
                             GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hub.lock);
  ConfsyncInotifyClient *self;

  if (!hub_open (error))
    return NULL;
  hub.n_clients++;
  self = g_new0 (ConfsyncInotifyClient, 1);
  self->func = func;
  self->data = data;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  self->port = hub_get_port (context);
  self->port->n_clients++;
  return self;
}

/* In the client's own thread: its function is not called after this. */
void
confsync_inotify_client_free (ConfsyncInotifyClient *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hub.lock);

  g_queue_remove (&self->port->pending, self);
  g_ptr_array_unref (self->entries);
  port_release (self->port);
  g_free (self);
  hub.n_clients--;
  hub_close ();
}

/*
 * confsync_inotify_client_watch:
 * @points: (element-type ConfsyncWatchPoint): what to watch from now on, instead of what was before
 * @same: (out): whether that was being watched already, point for point and inode for inode
 *
 * What is in both is watched without a gap. On failure nothing changes.
 */
gboolean
confsync_inotify_client_watch (ConfsyncInotifyClient *self,
                               const GPtrArray *points,
                               gboolean *same,
                               GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hub.lock);
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);

  if (!client_add_all (self, points, entries, error))
    {
      g_ptr_array_unref (entries);
      return FALSE;
    }
  *same = entries_equal (self->entries, entries);
  g_ptr_array_unref (self->entries);
  self->entries = entries;
  return TRUE;
}

/* Has the client's function called as for a changed path, after a turn of the main loop. */
void
confsync_inotify_client_call_again (ConfsyncInotifyClient *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&hub.lock);

  client_mark (self, CONFSYNC_INOTIFY_PATH);
  g_source_set_ready_time (&self->port->source, 0);
}
