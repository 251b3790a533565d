/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One entry a number. An entry goes once it has ended, which is told exactly once.
 */

#include "config.h"

#include "confsync-courier-desk-private.h"

#include "confsync-address-private.h"
#include "confsync-file-watcher.h"
#include "confsync-health-private.h"
#include "confsync-registry.h"

/* A channel whose other end takes nothing any more is given up. */
#define UNSENT_MAX_BYTES (32 * 1024 * 1024)

struct _ConfsyncCourierDesk
{
  ConfsyncParcelQueue *queue;
  char *instance_id;
  GHashTable *transports; /* scheme to ConfsyncTransport */
  GHashTable *entries;    /* set of Entry */
};

/* one of listening (while a listener is being opened), listener, channel and watcher is set */
typedef struct
{
  guint id;
  ConfsyncCourierDesk *desk;  /* (unowned) */
  GCancellable *listening;    /* (owned) (nullable) */
  ConfsyncListener *listener; /* (owned) (nullable) */
  ConfsyncChannel *channel;   /* (owned) (nullable) */
  ConfsyncWatcher *watcher;   /* (owned) (nullable) */
  gboolean came_in;
  const char *reason; /* (nullable) static: why we end it */
} Entry;

static void
entry_free (Entry *entry)
{
  gpointer const objects[] = { entry->listener, entry->channel, entry->watcher };

  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    if (objects[i] != NULL)
      {
        g_signal_handlers_disconnect_by_data (objects[i], entry);
        g_object_unref (objects[i]);
      }
  g_clear_object (&entry->listening);
  g_free (entry);
}

ConfsyncCourierDesk *
confsync_courier_desk_new (ConfsyncParcelQueue *queue, const char *instance_id)
{
  ConfsyncCourierDesk *self = g_new0 (ConfsyncCourierDesk, 1);

  self->queue = confsync_parcel_queue_ref (queue);
  self->instance_id = g_strdup (instance_id);
  self->transports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->entries =
    g_hash_table_new_full (g_int_hash, g_int_equal, NULL, (GDestroyNotify) entry_free);
  return self;
}

void
confsync_courier_desk_free (ConfsyncCourierDesk *self)
{
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->transports);
  g_free (self->instance_id);
  confsync_parcel_queue_unref (self->queue);
  g_free (self);
}

static Entry *
add_entry (ConfsyncCourierDesk *self, guint id)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->id = id;
  entry->desk = self;
  g_hash_table_add (self->entries, entry);
  return entry;
}

/* @reason is nullable: an orderly end. */
static void
drop_entry (Entry *entry, const char *reason)
{
  ConfsyncCourierDesk *self = entry->desk;

  confsync_parcel_queue_push (self->queue, CONFSYNC_COURIER_CLOSED, entry->id, NULL, reason);
  g_hash_table_remove (self->entries, entry);
}

/* The transport for a scheme, and the address as it takes it (transfer full). */
static ConfsyncTransport *
find_transport (ConfsyncCourierDesk *self, const char *text, char **address, GError **error)
{
  g_autofree char *scheme = NULL;
  ConfsyncTransport *transport;
  GType type;

  *address = confsync_address_normalize (text, error);
  if (*address == NULL)
    return NULL;
  scheme = confsync_address_get_scheme (*address);
  transport = g_hash_table_lookup (self->transports, scheme);
  if (transport != NULL)
    return transport;

  type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, scheme, error);
  if (type == G_TYPE_INVALID)
    return NULL;
  transport = g_object_new (type, NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (transport), "plain") != NULL)
    g_object_set (transport, "plain", TRUE, NULL);
  g_hash_table_insert (self->transports, g_steal_pointer (&scheme), transport);
  return transport;
}

/* channels */

static void
end_channel (Entry *entry, const char *reason)
{
  if (entry->reason == NULL)
    entry->reason = reason;
  confsync_channel_close (entry->channel);
}

static void
channel_opened_cb (ConfsyncChannel *channel, Entry *entry)
{
  confsync_parcel_queue_push (entry->desk->queue, CONFSYNC_COURIER_OPENED, entry->id, NULL,
                              confsync_channel_get_remote (channel));
}

static void
channel_received_cb (ConfsyncChannel *channel, GBytes *message, Entry *entry)
{
  if (entry->reason == NULL && !confsync_parcel_queue_push (entry->desk->queue,
                                                            CONFSYNC_COURIER_RECEIVED, entry->id,
                                                            message, NULL))
    end_channel (entry, "it sends more than is taken from the courier");
}

static void
channel_closed_cb (ConfsyncChannel *channel, const GError *error, Entry *entry)
{
  const char *reason = error != NULL ? error->message : NULL;

  drop_entry (entry, entry->reason != NULL ? entry->reason : reason);
}

static void
take_channel (Entry *entry, ConfsyncChannel *channel)
{
  entry->channel = channel;
  g_signal_connect (channel, "opened", G_CALLBACK (channel_opened_cb), entry);
  g_signal_connect (channel, "received", G_CALLBACK (channel_received_cb), entry);
  g_signal_connect (channel, "closed", G_CALLBACK (channel_closed_cb), entry);
}

void
confsync_courier_desk_dial (ConfsyncCourierDesk *self, guint id, const char *address)
{
  Entry *entry = add_entry (self, id);
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncTransport *transport = find_transport (self, address, &url, &error);
  ConfsyncChannel *channel =
    transport != NULL ? confsync_transport_dial (transport, url, &error) : NULL;

  if (channel != NULL)
    take_channel (entry, channel);
  else
    drop_entry (entry, error->message);
}

void
confsync_courier_desk_send (ConfsyncCourierDesk *self, guint id, GBytes *message)
{
  Entry *entry = g_hash_table_lookup (self->entries, &id);

  if (entry == NULL || entry->channel == NULL || !confsync_channel_is_open (entry->channel))
    return;
  if (confsync_channel_get_buffered (entry->channel) > UNSENT_MAX_BYTES)
    end_channel (entry, "it takes nothing of what is sent");
  else
    confsync_channel_send (entry->channel, message);
}

/* listeners */

static void
listener_accepted_cb (ConfsyncListener *listener, ConfsyncChannel *channel, Entry *entry)
{
  ConfsyncCourierDesk *self = entry->desk;
  guint id = confsync_parcel_queue_make_id (self->queue);
  Entry *guest;

  if (!confsync_parcel_queue_push (self->queue, CONFSYNC_COURIER_ACCEPTED, id, NULL,
                                   confsync_channel_get_remote (channel)))
    {
      confsync_channel_close (channel);
      return;
    }
  guest = add_entry (self, id);
  guest->came_in = TRUE;
  take_channel (guest, g_object_ref (channel));
}

static void
listener_refused_cb (ConfsyncListener *listener,
                     const char *remote,
                     const char *reason,
                     Entry *entry)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", remote, reason);

  confsync_parcel_queue_push (entry->desk->queue, CONFSYNC_COURIER_REFUSED, entry->id, NULL, text);
}

static char *
listener_health_cb (ConfsyncListener *listener, Entry *entry)
{
  ConfsyncCourierDesk *self = entry->desk;
  GHashTableIter iter;
  Entry *each;
  guint n_clients = 0;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, (gpointer *) &each, NULL))
    n_clients += each->came_in && confsync_channel_is_open (each->channel);
  return confsync_health_report (self->instance_id, n_clients, FALSE, -1, g_get_real_time ());
}

static void
take_listener (Entry *entry, ConfsyncListener *listener)
{
  entry->listener = g_object_ref (listener);
  g_signal_connect (listener, "accepted", G_CALLBACK (listener_accepted_cb), entry);
  g_signal_connect (listener, "refused", G_CALLBACK (listener_refused_cb), entry);
  g_signal_connect (listener, "health", G_CALLBACK (listener_health_cb), entry);
  confsync_parcel_queue_push (entry->desk->queue, CONFSYNC_COURIER_LISTENING, entry->id, NULL,
                              confsync_listener_get_address (listener));
}

static void
listen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Entry *entry = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ConfsyncListener) listener =
    confsync_transport_listen_finish (CONFSYNC_TRANSPORT (source), result, &error);
  gboolean ended = g_cancellable_is_cancelled (entry->listening);

  g_clear_object (&entry->listening);
  if (listener != NULL && ended)
    confsync_listener_stop (listener);
  if (listener == NULL || ended)
    drop_entry (entry, ended ? NULL : error->message);
  else
    take_listener (entry, listener);
}

void
confsync_courier_desk_listen (ConfsyncCourierDesk *self,
                              guint id,
                              const char *address,
                              ConfsyncListenFlags flags)
{
  Entry *entry = add_entry (self, id);
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  ConfsyncTransport *transport = find_transport (self, address, &url, &error);

  if (transport == NULL)
    {
      drop_entry (entry, error->message);
      return;
    }
  entry->listening = g_cancellable_new ();
  confsync_transport_listen_async (transport, url, flags, entry->listening, listen_cb, entry);
}

/* watchers */

static void
watcher_changed_cb (ConfsyncWatcher *watcher, Entry *entry)
{
  confsync_parcel_queue_push (entry->desk->queue, CONFSYNC_COURIER_CHANGED, entry->id, NULL, NULL);
}

void
confsync_courier_desk_watch (ConfsyncCourierDesk *self, guint id, const char *path)
{
  Entry *entry = add_entry (self, id);
  g_autoptr (GError) error = NULL;

  entry->watcher = CONFSYNC_WATCHER (confsync_file_watcher_new (path));
  g_signal_connect (entry->watcher, "changed", G_CALLBACK (watcher_changed_cb), entry);
  if (confsync_watcher_start (entry->watcher, &error))
    confsync_parcel_queue_push (self->queue, CONFSYNC_COURIER_OPENED, id, NULL, path);
  else
    drop_entry (entry, error->message);
}

/* ends */

static void
end_entry (Entry *entry)
{
  if (entry->channel != NULL)
    end_channel (entry, NULL);
  else if (entry->listening != NULL)
    g_cancellable_cancel (entry->listening);
  else
    {
      if (entry->listener != NULL)
        confsync_listener_stop (entry->listener);
      if (entry->watcher != NULL)
        confsync_watcher_stop (entry->watcher);
      drop_entry (entry, NULL);
    }
}

void
confsync_courier_desk_end (ConfsyncCourierDesk *self, guint id)
{
  Entry *entry = g_hash_table_lookup (self->entries, &id);

  if (entry != NULL)
    end_entry (entry);
}

void
confsync_courier_desk_end_all (ConfsyncCourierDesk *self)
{
  g_autoptr (GList) entries = g_hash_table_get_keys (self->entries);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));

  /* the end of one may be the end of another: each is looked up anew */
  for (GList *l = entries; l != NULL; l = l->next)
    g_array_append_val (ids, ((Entry *) l->data)->id);
  for (guint i = 0; i < ids->len; i++)
    confsync_courier_desk_end (self, g_array_index (ids, guint, i));
}

gboolean
confsync_courier_desk_is_empty (ConfsyncCourierDesk *self, gboolean late)
{
  GHashTableIter iter;
  Entry *each;

  if (!late)
    return g_hash_table_size (self->entries) == 0;
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, (gpointer *) &each, NULL))
    if (each->listening != NULL)
      return FALSE;
  return TRUE;
}
