/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a manager, shared by the files that it is written in: the object, its life, its
 * options and resolvers, the configuration as the application reads and edits it, its conflicts,
 * and the details of its changes.
 */

#pragma once

#include "confsync-driver-private.h"
#include "confsync-local-store.h"
#include "confsync-manager.h"

G_BEGIN_DECLS

struct _ConfsyncManager
{
  GObject parent_instance;

  char *name;
  char *config_path;   /* (nullable) */
  char *base_dir;      /* (nullable) */
  char *resolver_name; /* (nullable) */
  guint max_versions;
  guint max_version_days;
  ConfsyncRole role;
  guint confirm_timeout; /* ms */
  ConfsyncConfirmScope confirm_scope;
  ConfsyncJoin join;
  GStrv local_keys;           /* (owned) (nullable) */
  GPtrArray *rules;           /* of ConfsyncRule: resolvers of places */
  ConfsyncNode *node;         /* (owned) */
  ConfsyncStore *store;       /* (owned) (nullable) until the start */
  ConfsyncLocalStore *local;  /* (owned) (nullable) until the start: stands before the store */
  ConfsyncWatcher *watcher;   /* (owned) (nullable) */
  ConfsyncResolver *resolver; /* (owned) (nullable) until the start: for the whole */
  ConfsyncResolver *decider;  /* (owned) (nullable) until the start: with those for places */
  ConfsyncValidator *validator; /* (owned) (nullable) */
  ConfsyncDriver *driver;     /* (owned) (nullable) while it doesn't run */
  gboolean running;
  gint64 last_sync_time;
  GStrv notices; /* (owned) (nullable): what is to be told at the start */
  /* as last told */
  ConfsyncManagerState state;
  char *state_reason; /* (nullable) */
  guint n_versions;
  guint n_conflicts;
  gboolean edited_here;
};

/* Installs them in the class, with their getter and setter. */
void confsync_manager_install_properties (GObjectClass *object_class);

/* Likewise the signals of validation; has the driver ask them. */
void confsync_manager_install_validation (GObjectClass *object_class);
void confsync_manager_connect_validation (ConfsyncManager *self);
/* The same for trials. */
void confsync_manager_install_trials (GObjectClass *object_class);
void confsync_manager_connect_trials (ConfsyncManager *self);

/* Makes the resolver that decides, of the one for the whole and those of places. */
gboolean confsync_manager_make_resolver (ConfsyncManager *self, GError **error);
GPtrArray *confsync_manager_new_rules (void);

/* An edit that is made from the configuration as it is: @value at @pointer, or a patch. */
typedef struct
{
  ConfsyncJson *patch; /* (owned) (nullable) */
  char *pointer;       /* (owned) (nullable) */
  ConfsyncJson *value; /* (owned) (nullable) */
  ConfsyncEditFlags flags;
  gboolean wants_hash; /* as the answer, in place of TRUE */
} ConfsyncEdit;

void confsync_edit_free (ConfsyncEdit *edit);

/* Takes @edit, and ends @task. */
void confsync_manager_edit (ConfsyncEdit *edit, GTask *task);
/* Whether it has got as far as there being a configuration to ask about. */
gboolean confsync_manager_check_running (ConfsyncManager *self, GError **error);
/* Whether it runs, and edits made here go anywhere. */
gboolean confsync_manager_can_edit (ConfsyncManager *self, GError **error);
gboolean confsync_manager_check_empty (ConfsyncDocument *document,
                                       ConfsyncEditFlags flags,
                                       GError **error);
/* The configuration (transfer full), or an error that says there is none. */
ConfsyncDocument *confsync_manager_require_document (ConfsyncManager *self, GError **error);

/* A shared document as the live file has it: with what stays on this machine (transfer full). */
ConfsyncDocument *confsync_manager_lay (ConfsyncManager *self, ConfsyncDocument *shared);

/* The state as it is; @reason is borrowed, and nullable. */
ConfsyncManagerState confsync_manager_find_state (ConfsyncManager *self, const char **reason);
/* Whether an event says that the document is the same here as elsewhere. */
gboolean confsync_manager_is_sync (const char *kind, GVariant *details);
/* Tells of what has changed since the last time. */
void confsync_manager_update_status (ConfsyncManager *self);

/* The same for what waits for a person. */
void confsync_manager_update_conflicts (ConfsyncManager *self);

/* The driver, and its signals passed on. */
void confsync_manager_make_driver (ConfsyncManager *self);
void confsync_manager_drop_driver (ConfsyncManager *self);
/* Stops the node unless another document is on it. */
void confsync_manager_stop_idle_node (ConfsyncManager *self);

void confsync_manager_set_running (ConfsyncManager *self, gboolean running);
/* Takes a floating @details. */
void confsync_manager_emit_event (ConfsyncManager *self,
                                  ConfsyncLevel level,
                                  const char *kind,
                                  GVariant *details);

/* Calls those handlers of ::changed whose detail names a place that changed, each once; @before is
 * nullable. */
void confsync_manager_emit_details (ConfsyncManager *self,
                                    guint signal_id,
                                    ConfsyncRevision *before,
                                    ConfsyncRevision *now,
                                    gboolean local);

G_END_DECLS
