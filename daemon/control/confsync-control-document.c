/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The model of a document. How the peers stand is listed anew when somebody looks; the rest
 * follows at once, so that who hears of a change finds the properties changed.
 */

#include "config.h"

#include "confsync-control-document.h"

#include "confsync-control-path.h"
#include "confsync-control-variant.h"

#define PLACES_MAX 20
#define PLACES_COUNTED_MAX 1000

struct _ConfsyncControlDocument
{
  GObject parent_instance;

  ConfsyncManager *manager; /* (owned) */
  char *path;
  ConfsyncDBusDocument *model; /* (owned) */
  ConfsyncDocument *before;    /* (owned) (nullable): the configuration as last told */
  gboolean watched;
};

enum {
  STALE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ConfsyncControlDocument, confsync_control_document, G_TYPE_OBJECT)

static void
confsync_control_document_dispose (GObject *object)
{
  ConfsyncControlDocument *self = CONFSYNC_CONTROL_DOCUMENT (object);

  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  g_clear_object (&self->manager);
  g_clear_object (&self->model);
  g_clear_pointer (&self->before, confsync_document_unref);

  G_OBJECT_CLASS (confsync_control_document_parent_class)->dispose (object);
}

static void
confsync_control_document_finalize (GObject *object)
{
  g_free (CONFSYNC_CONTROL_DOCUMENT (object)->path);

  G_OBJECT_CLASS (confsync_control_document_parent_class)->finalize (object);
}

static void
confsync_control_document_class_init (ConfsyncControlDocumentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = confsync_control_document_dispose;
  object_class->finalize = confsync_control_document_finalize;
  signals[STALE] = g_signal_new ("stale", CONFSYNC_TYPE_CONTROL_DOCUMENT, G_SIGNAL_RUN_LAST, 0,
                                 NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
confsync_control_document_init (ConfsyncControlDocument *self)
{
  self->model = confsync_dbus_document_skeleton_new ();
}

static void
emit_stale (ConfsyncControlDocument *self)
{
  g_signal_emit (self, signals[STALE], 0);
}

static void
peers_changed_cb (ConfsyncControlDocument *self)
{
  emit_stale (self);
}

/* Floating. */
static GVariant *
trial_to_variant (ConfsyncManager *manager)
{
  g_autofree char *hash = NULL, *author = NULL, *name = NULL;
  GVariantDict dict;
  gint64 until;

  g_variant_dict_init (&dict, NULL);
  if (confsync_manager_get_trial (manager, &hash, &author, &until))
    {
      name = confsync_control_dup_text (author);
      g_variant_dict_insert (&dict, "hash", "s", hash);
      g_variant_dict_insert (&dict, "author", "s", name);
      g_variant_dict_insert (&dict, "until", "x", until);
    }
  return g_variant_dict_end (&dict);
}

static void
update_state (ConfsyncControlDocument *self)
{
  g_autofree char *reason =
    confsync_control_dup_text (confsync_manager_get_state_reason (self->manager));
  gint64 last_sync;
  guint versions;

  g_object_get (self->manager, "last-sync-time", &last_sync, "n-versions", &versions, NULL);
  g_object_set (self->model,
                "running", confsync_manager_is_running (self->manager),
                "state", confsync_manager_state_to_string (
                           confsync_manager_get_state (self->manager)),
                "reason", reason,
                "last-sync", last_sync,
                "versions", versions,
                "conflicts", confsync_manager_get_n_conflicts (self->manager),
                "edited-here", confsync_manager_is_edited_here (self->manager),
                "trial", trial_to_variant (self->manager),
                NULL);
}

static void
update_head (ConfsyncControlDocument *self)
{
  g_autoptr (ConfsyncDocument) document = confsync_manager_dup_document (self->manager);
  g_autoptr (ConfsyncStamp) stamp = confsync_manager_dup_stamp (self->manager);
  const gboolean known = document != NULL && stamp != NULL;
  g_autofree char *hash = known ? confsync_control_dup_hash (self->manager) : g_strdup ("");
  g_autofree char *author =
    confsync_control_dup_text (known ? confsync_stamp_get_author (stamp) : NULL);

  g_object_set (self->model,
                "hash", hash,
                "size", known ? (guint64) confsync_document_get_size (document) : 0,
                "author", author,
                "time", known ? confsync_stamp_get_time (stamp) : (gint64) 0,
                NULL);
}

/* Where two configurations differ; the first is nullable. */
static GStrv
list_places (ConfsyncDocument *before, ConfsyncDocument *now, guint *more)
{
  g_auto (GStrv) all = NULL;
  GStrv places = g_new0 (char *, PLACES_MAX + 1);
  guint n;

  *more = 0;
  if (before == NULL)
    return places;
  all = confsync_json_diff_pointers (confsync_document_get_json (before),
                                     confsync_document_get_json (now), PLACES_COUNTED_MAX);
  n = g_strv_length (all);
  for (guint i = 0; i < MIN (n, PLACES_MAX); i++)
    places[i] = g_strdup (all[i]);
  *more = n > PLACES_MAX ? n - PLACES_MAX : 0;
  return places;
}

static void
changed_cb (ConfsyncManager *manager,
            ConfsyncDocument *document,
            const char *author,
            gboolean local,
            ConfsyncControlDocument *self)
{
  g_autoptr (ConfsyncDocument) before = g_steal_pointer (&self->before);
  g_autofree char *name = confsync_control_dup_text (author);
  g_autofree char *hash = NULL;
  g_auto (GStrv) places = NULL;
  guint more;

  self->before = confsync_document_ref (document);
  update_head (self);
  emit_stale (self);
  if (!self->watched)
    return;
  places = list_places (before, document, &more);
  hash = confsync_control_dup_hash (manager);
  confsync_dbus_document_emit_changed (self->model, hash, name, local,
                                       (const char *const *) places, more);
}

static void
conflicts_changed_cb (ConfsyncControlDocument *self)
{
  update_state (self);
  emit_stale (self);
  confsync_dbus_document_emit_conflicts_changed (
    self->model, confsync_manager_get_n_conflicts (self->manager));
}

static void
event_cb (ConfsyncManager *manager,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          ConfsyncControlDocument *self)
{
  confsync_dbus_document_emit_event (self->model, level, kind, details);
}

static void
notify_cb (ConfsyncManager *manager, GParamSpec *pspec, ConfsyncControlDocument *self)
{
  update_state (self);
  /* the head that a start finds is no change */
  update_head (self);
  if (self->watched && self->before == NULL)
    self->before = confsync_manager_dup_document (self->manager);
  emit_stale (self);
}

/* The bytes of a file's path are no text; none is an empty one. */
static void
set_paths (ConfsyncControlDocument *self, const char *config_path, const char *base_dir)
{
  g_autofree char *path = config_path != NULL ? g_canonicalize_filename (config_path, NULL) : NULL;
  g_autofree char *folder = NULL;

  if (base_dir != NULL)
    folder = g_canonicalize_filename (base_dir, NULL);
  else if (path != NULL)
    folder = g_path_get_dirname (path);
  g_object_set (self->model, "path", path != NULL ? path : "", "base-dir",
                folder != NULL ? folder : "", NULL);
}

ConfsyncControlDocument *
confsync_control_document_new (ConfsyncManager *manager)
{
  ConfsyncControlDocument *self = g_object_new (CONFSYNC_TYPE_CONTROL_DOCUMENT, NULL);
  g_autofree char *name = NULL, *config_path = NULL, *base_dir = NULL, *resolver = NULL;

  g_object_get (manager, "name", &name, "config-path", &config_path, "base-dir", &base_dir,
                "resolver-name", &resolver, NULL);
  self->manager = g_object_ref (manager);
  self->path = confsync_control_dup_document_path (name);
  self->before = confsync_manager_dup_document (manager);
  g_object_set (self->model,
                "name", name,
                "resolver", resolver,
                "role", confsync_role_to_string (confsync_manager_get_role (manager)),
                "join", confsync_join_to_string (confsync_manager_get_join (manager)),
                NULL);
  set_paths (self, config_path, base_dir);

  g_signal_connect (manager, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect (manager, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (manager, "notify", G_CALLBACK (notify_cb), self);
  g_signal_connect_swapped (manager, "conflicts-changed", G_CALLBACK (conflicts_changed_cb), self);
  g_signal_connect_swapped (manager, "peers-changed", G_CALLBACK (peers_changed_cb), self);
  update_state (self);
  update_head (self);
  confsync_control_document_refresh (self);
  return self;
}

ConfsyncManager *
confsync_control_document_get_manager (ConfsyncControlDocument *self)
{
  return self->manager;
}

const char *
confsync_control_document_get_path (ConfsyncControlDocument *self)
{
  return self->path;
}

ConfsyncDBusDocument *
confsync_control_document_get_model (ConfsyncControlDocument *self)
{
  return self->model;
}

void
confsync_control_document_refresh (ConfsyncControlDocument *self)
{
  g_autoptr (GPtrArray) statuses = confsync_manager_list_peer_statuses (self->manager);

  update_head (self);
  confsync_dbus_document_set_peers (self->model, confsync_control_statuses_to_variant (statuses));
}

void
confsync_control_document_set_watched (ConfsyncControlDocument *self, gboolean watched)
{
  self->watched = watched;
  g_clear_pointer (&self->before, confsync_document_unref);
  if (watched)
    self->before = confsync_manager_dup_document (self->manager);
}
