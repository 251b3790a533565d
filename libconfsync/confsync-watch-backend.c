/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The back ends' base: the path, the main context, and three signals to the file watcher. It knows
 * nothing of what was seen before; that is the file watcher's.
 */

#include "config.h"

#include "confsync-watch-backend-private.h"

typedef struct
{
  char *path;
  GMainContext *context;
  gboolean running;
} ConfsyncWatchBackendPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ConfsyncWatchBackend, confsync_watch_backend, G_TYPE_OBJECT)

enum
{
  PROP_PATH = 1,
  PROP_CONTEXT,
  N_PROPS
};

enum
{
  CHANGED,
  LOOK,
  FAILED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

#define PRIV(self) \
  ((ConfsyncWatchBackendPrivate *) confsync_watch_backend_get_instance_private (self))

static void
confsync_watch_backend_set_property (GObject *object,
                                     guint id,
                                     const GValue *value,
                                     GParamSpec *pspec)
{
  ConfsyncWatchBackendPrivate *priv = PRIV (CONFSYNC_WATCH_BACKEND (object));

  switch (id)
    {
    case PROP_PATH:
      priv->path = g_value_dup_string (value);
      break;
    case PROP_CONTEXT:
      priv->context = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_watch_backend_dispose (GObject *object)
{
  confsync_watch_backend_stop (CONFSYNC_WATCH_BACKEND (object));
  G_OBJECT_CLASS (confsync_watch_backend_parent_class)->dispose (object);
}

static void
confsync_watch_backend_finalize (GObject *object)
{
  ConfsyncWatchBackendPrivate *priv = PRIV (CONFSYNC_WATCH_BACKEND (object));

  g_free (priv->path);
  g_clear_pointer (&priv->context, g_main_context_unref);
  G_OBJECT_CLASS (confsync_watch_backend_parent_class)->finalize (object);
}

static void
confsync_watch_backend_class_init (ConfsyncWatchBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags =
      G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = confsync_watch_backend_set_property;
  object_class->dispose = confsync_watch_backend_dispose;
  object_class->finalize = confsync_watch_backend_finalize;

  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  props[PROP_CONTEXT] =
      g_param_spec_boxed ("context", NULL, NULL, G_TYPE_MAIN_CONTEXT, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /* an event says that the path leads to something new */
  signals[CHANGED] = g_signal_new ("changed", CONFSYNC_TYPE_WATCH_BACKEND, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
  /* time to compare: nothing is known */
  signals[LOOK] = g_signal_new ("look", CONFSYNC_TYPE_WATCH_BACKEND, G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 0);
  /* it can't watch any more, for the reason given */
  signals[FAILED] = g_signal_new ("failed", CONFSYNC_TYPE_WATCH_BACKEND, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
confsync_watch_backend_init (ConfsyncWatchBackend *self)
{
}

gboolean
confsync_watch_backend_start (ConfsyncWatchBackend *self, GError **error)
{
  PRIV (self)->running = TRUE;
  if (CONFSYNC_WATCH_BACKEND_GET_CLASS (self)->start (self, error))
    return TRUE;
  confsync_watch_backend_stop (self);
  return FALSE;
}

void
confsync_watch_backend_stop (ConfsyncWatchBackend *self)
{
  if (!PRIV (self)->running)
    return;
  PRIV (self)->running = FALSE;
  CONFSYNC_WATCH_BACKEND_GET_CLASS (self)->stop (self);
}

/* Arms anew; a back end that can't says so with ::failed. */
void
confsync_watch_backend_arm (ConfsyncWatchBackend *self)
{
  g_autoptr (GError) error = NULL;

  if (!CONFSYNC_WATCH_BACKEND_GET_CLASS (self)->arm (self, &error))
    confsync_watch_backend_report_failed (self, error);
}

void
confsync_watch_backend_report_failed (ConfsyncWatchBackend *self, const GError *error)
{
  g_signal_emit (self, signals[FAILED], 0, error);
}

const char *
confsync_watch_backend_get_path (ConfsyncWatchBackend *self)
{
  return PRIV (self)->path;
}

GMainContext *
confsync_watch_backend_get_context (ConfsyncWatchBackend *self)
{
  return PRIV (self)->context;
}

/* Arming may have ended in ::failed, and so in a stop: then there is nothing to say. */
void
confsync_watch_backend_report_changed (ConfsyncWatchBackend *self)
{
  if (PRIV (self)->running)
    g_signal_emit (self, signals[CHANGED], 0);
}

void
confsync_watch_backend_report_look (ConfsyncWatchBackend *self)
{
  if (PRIV (self)->running)
    g_signal_emit (self, signals[LOOK], 0);
}
