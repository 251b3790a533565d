/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a driver, shared by the files that it is written in: its life, what it sends, how
 * it carries out actions, and what is asked of it (an edit, a decision, whether all hold the same).
 */

#pragma once

#include "confsync-driver-private.h"
#include "confsync-holders-private.h"
#include "confsync-local-store.h"
#include "confsync-token-bucket-private.h"

G_BEGIN_DECLS

/* what is known of a link, beside what the replica knows */
typedef struct
{
  gint64 received;  /* monotonic µs: when an update last came over it; 0: never */
  gboolean speaks;  /* the other end has said something of this document */
  gboolean settled; /* both ends have said what they have */
  char *behind;     /* (owned) (nullable): key of the last revision that was not taken */
  char *reason;     /* (owned) (nullable): why */
  gboolean pending; /* it waits for a decision there */
  gboolean legacy;  /* the other end is a legacy peer */
  char *complaint;  /* (owned) (nullable): why its last frame was not taken */
} ConfsyncDriverLink;

/* What is on trial, and what is known of earlier trials. */
typedef struct
{
  guint timeout_ms; /* 0: there are none */
  ConfsyncConfirmScope scope;
  char *hash;     /* (owned) (nullable): of what is on trial */
  char *author;   /* (owned) (nullable) */
  gboolean told;  /* the application knows, and its time runs */
  gint64 until;   /* µs since the Unix epoch */
  GSource *clock; /* (owned) (nullable) */
  gboolean going_back; /* to what was confirmed last */
  gboolean put_back;   /* what is reported now is that */
  GPtrArray *confirmed; /* of hashes, the newest last */
  GPtrArray *failed;    /* likewise */
} ConfsyncTrial;

struct _ConfsyncDriver
{
  GObject parent_instance;

  ConfsyncNode *node;         /* (owned) */
  ConfsyncStore *store;       /* (owned) */
  ConfsyncWatcher *watcher;   /* (owned) (nullable) */
  ConfsyncResolver *resolver; /* (owned) */
  ConfsyncReplica *replica;   /* (owned) (nullable) until the state is read */
  ConfsyncReporter *reporter; /* (owned) */
  char *name;
  char *path; /* for people */
  ConfsyncJsonLimits limits;

  ConfsyncRole role;
  ConfsyncJoin join;

  gboolean running;
  gboolean claimed; /* the store is this driver's */
  gboolean acting; /* actions are being carried out: no re-entry */
  GTask *starting; /* (owned) (nullable) */
  GPtrArray *stopping; /* of GTask */
  guint under_way; /* calls to the store */

  /* what the start gathers */
  GPtrArray *versions;            /* (owned) (nullable): of ConfsyncVersion */
  ConfsyncDocument *started_with; /* (owned) (nullable): live configuration */
  ConfsyncStamp *started_stamp;   /* (owned) (nullable) */
  gint64 started_modified;
  GPtrArray *displaced; /* of ConfsyncDocument: edits that an earlier life left beside the file */

  gboolean loading;
  gboolean load_again;
  ConfsyncTokenBucket loads;
  GSource *later; /* (owned) (nullable): a load that has to wait */
  gint64 bad_since; /* monotonic: the live configuration is of no use, or not there; -1: it is */

  ConfsyncDriverAsk ask; /* (nullable) */
  ConfsyncDriverWants wants; /* likewise */
  gpointer ask_data;
  guint asking;          /* an answer is awaited */
  gboolean ask_again;    /* the answers changed meanwhile */
  char *accepted;        /* (owned) (nullable): hash of what was accepted last */
  gboolean vetoed;       /* what is live was not accepted */
  char *found_reason;    /* (owned) (nullable): nor what the start found: why */

  ConfsyncTrial trial;

  gboolean persisting;
  gboolean persist_again;

  char *degraded;  /* (owned) (nullable): why the store fails, as last told */
  GSource *retry;  /* (owned) (nullable): when what failed is tried again */
  guint retry_ms;

  gboolean sent;      /* an update, since the last write */
  GQueue unwritten;   /* versions that wait while it is on its way */
  gboolean unsaved;   /* the state waits with them */
  GSource *write_out; /* (owned) (nullable): when they wait no longer */

  ConfsyncHolders *holders; /* (owned) */
  gboolean holders_changed; /* since the state was saved */
  GQueue unkept;  /* versions that the disk didn't take */

  guint n_versions;
  GSource *count; /* (owned) (nullable): when they are counted again */

  GHashTable *links;     /* name to ConfsyncDriverLink */
  ConfsyncRevision *encoded_revision; /* (owned) (nullable): of the message below */
  GBytes *encoded;                    /* (owned) (nullable): its whole update */
  ConfsyncRevision *legacy_revision;  /* (owned) (nullable): of the hash below */
  char *legacy_hash;                  /* (owned) (nullable): that legacy peers compare */
  ConfsyncRevision *acknowledged;     /* (owned) (nullable): the last one that the store was told */
  ConfsyncRevision *unnoted;          /* (owned) (nullable): one that it could not note */
  GPtrArray *sets;  /* of GTask: edits by the application; task data is the document */
  GPtrArray *jobs;  /* what waits until it is clear what the head is */
  GPtrArray *syncs; /* of GTask */
  gboolean conflicts_changed; /* to be told once the actions are carried out */
  gboolean edited_here;       /* as last told */
  ConfsyncDocument *shown;    /* (owned) (nullable): the head, with what stays on this machine */
  gpointer shown_for;         /* (unowned) (nullable): the head, to be compared only */
};

/* Carries out what the replica wants, until it wants nothing more. */
void confsync_driver_run_actions (ConfsyncDriver *self);

/* Each call to the store holds a reference and is counted, so that a stop can wait for them. */
gpointer confsync_driver_begin_call (ConfsyncDriver *self);
void confsync_driver_end_call (ConfsyncDriver *self);

ConfsyncDriverLink *confsync_driver_link_new (void);
void confsync_driver_link_free (ConfsyncDriverLink *link);
/* (borrowed) (nullable): also for %NULL */
ConfsyncDriverLink *confsync_driver_get_link (ConfsyncDriver *self, const char *link);

/* Whether everybody may hold it: its size, depth and number of values. */
gboolean confsync_driver_check_limits (ConfsyncDriver *self,
                                       ConfsyncDocument *document,
                                       GError **error);

gint64 confsync_driver_get_time (ConfsyncDriver *self);
gint64 confsync_driver_get_monotonic (ConfsyncDriver *self);

/* Reads the live configuration, now or as soon as the rate allows. */
void confsync_driver_load (ConfsyncDriver *self);
/* What a load found; @document is nullable. */
void confsync_driver_take_nothing (ConfsyncDriver *self, gboolean file_is_there);
/* Whether what was loaded (nullable) is within the limits. */
gboolean confsync_driver_check_loaded (ConfsyncDriver *self,
                                       ConfsyncDocument *document,
                                       GError **error);
void confsync_driver_take_invalid (ConfsyncDriver *self, const GError *error);
gboolean confsync_driver_is_usable (ConfsyncDriver *self, ConfsyncDocument *document);
void confsync_driver_cancel_later (ConfsyncDriver *self);

/* The same, but not from within what is going on. */
void confsync_driver_load_soon (ConfsyncDriver *self);

/* Validation; a document is whole, with what stays on this machine, or shared. */
gboolean confsync_driver_validate (ConfsyncDriver *self,
                                   ConfsyncDocument *whole,
                                   const char *author,
                                   GError **error);
gboolean confsync_driver_validate_shared (ConfsyncDriver *self,
                                          ConfsyncDocument *shared,
                                          const char *author,
                                          GError **error);
/* FALSE: the replica was told that it isn't applied, or nothing runs any more. */
gboolean confsync_driver_may_apply (ConfsyncDriver *self, ConfsyncRevision *revision);
/* An edit of the live file; one that an apply took the place of; what a start found, before and
 * after the replica has started with it. */
void confsync_driver_take_edit (ConfsyncDriver *self, ConfsyncDocument *document);
gboolean confsync_driver_accept_displaced (ConfsyncDriver *self, ConfsyncDocument *document);
void confsync_driver_take_displaced (ConfsyncDriver *self, ConfsyncDocument *document);
void confsync_driver_validate_found (ConfsyncDriver *self, ConfsyncDocument *document);
void confsync_driver_report_found (ConfsyncDriver *self, ConfsyncDocument *document);
void confsync_driver_note_replaced (ConfsyncDriver *self);

/* Trials */
void confsync_driver_init_trials (ConfsyncDriver *self);
void confsync_driver_stop_trials (ConfsyncDriver *self);
void confsync_driver_clear_trials (ConfsyncDriver *self);
void confsync_driver_save_trials (ConfsyncDriver *self, ConfsyncJsonBuilder *builder);
void confsync_driver_restore_trials (ConfsyncDriver *self, ConfsyncJson *state);
void confsync_driver_resume_trial (ConfsyncDriver *self);
/* Of a report, before and after others hear of it. */
void confsync_driver_note_trial (ConfsyncDriver *self, ConfsyncAction *action);
void confsync_driver_announce_trial (ConfsyncDriver *self);
void confsync_driver_emit_trial_changed (ConfsyncDriver *self, ConfsyncRevision *revision);

/* Keeping: writes that nobody waits for. They let what was just sent arrive first. */
void confsync_driver_keep (ConfsyncDriver *self, ConfsyncRevision *revision, ConfsyncCause cause);
void confsync_driver_persist (ConfsyncDriver *self);
void confsync_driver_note_acknowledged (ConfsyncDriver *self,
                                        const char *link,
                                        ConfsyncRevision *revision);
void confsync_driver_write_out (ConfsyncDriver *self);
/* What failed, and what waits. */
void confsync_driver_write_again (ConfsyncDriver *self);
void confsync_driver_drop_unwritten (ConfsyncDriver *self);

/* Whether the store fails: looked at after each call to it; and at the end. */
void confsync_driver_check_degraded (ConfsyncDriver *self);
void confsync_driver_forget_degraded (ConfsyncDriver *self);

/* What waits until it is clear what the head is. A job ends its task, or sees to that. */
typedef void (*ConfsyncDriverJob) (ConfsyncDriver *self, GTask *task);
GPtrArray *confsync_driver_new_jobs (void);
void confsync_driver_add_job (ConfsyncDriver *self, ConfsyncDriverJob run, GTask *task);
void confsync_driver_check_jobs (ConfsyncDriver *self);

/* Edits by the application */
/* Ends @task with TRUE, once what stays on this machine is in the live file. */
void confsync_driver_end_local (ConfsyncDriver *self, GTask *task);
/* Tells of a change of what stays on this machine alone. */
void confsync_driver_check_local (ConfsyncDriver *self);
void confsync_driver_emit_changed (ConfsyncDriver *self,
                                   ConfsyncRevision *now,
                                   ConfsyncRevision *before,
                                   gboolean local);
/* What the others get of a document: without what stays on this machine, which is taken
 * (transfer full). */
ConfsyncDocument *confsync_driver_split (ConfsyncDriver *self, ConfsyncDocument *document);
void confsync_driver_end_set (ConfsyncDriver *self, ConfsyncAction *action);
/* (borrowed) (nullable): who waits for @revision (nullable) to be the head */
GTask *confsync_driver_find_set (ConfsyncDriver *self, ConfsyncRevision *revision);
/* Puts what a rollback goes back to into the report of it, as its reason. */
void confsync_driver_name_rollback (ConfsyncDriver *self, ConfsyncAction *action);
/* Nobody gets an answer any more. */
void confsync_driver_fail_tasks (ConfsyncDriver *self);

/* How many versions there are */
void confsync_driver_count_later (ConfsyncDriver *self);
void confsync_driver_cancel_count (ConfsyncDriver *self);
void confsync_driver_set_version_count (ConfsyncDriver *self, guint count);

void confsync_driver_emit_status_changed (ConfsyncDriver *self);
void confsync_driver_emit_conflicts_changed (ConfsyncDriver *self);

void confsync_driver_check_syncs (ConfsyncDriver *self);
void confsync_driver_fail_syncs (ConfsyncDriver *self);
/* A peer doesn't take a revision. */
void confsync_driver_note_behind (ConfsyncDriver *self, ConfsyncAction *action);

/* Conflicts */
void confsync_driver_remind (ConfsyncDriver *self);
void confsync_driver_resolve (ConfsyncDriver *self, ConfsyncAction *action);

/* Sending */
void confsync_driver_send_update (ConfsyncDriver *self,
                                  const char *link,
                                  ConfsyncRevision *revision);
void confsync_driver_send_heads (ConfsyncDriver *self, const char *link);
/* @whole: what came is a patch of no use here. */
void confsync_driver_send_request (ConfsyncDriver *self, const char *link, gboolean whole);
void confsync_driver_send_ack (ConfsyncDriver *self,
                               const char *link,
                               ConfsyncStamp *for_stamp,
                               const char *for_hash,
                               ConfsyncOutcome outcome,
                               const char *reason);

/* What two sides were both made from */
void confsync_driver_find_base (ConfsyncDriver *self, ConfsyncAction *action);
void confsync_driver_send_base_request (ConfsyncDriver *self, ConfsyncAction *action);
void confsync_driver_send_base (ConfsyncDriver *self, ConfsyncAction *action);
/* FALSE: the message is about something else. */
gboolean confsync_driver_take_base_message (ConfsyncDriver *self,
                                            const char *link,
                                            ConfsyncMessage *message);

/* A version that can't be read any more, and what was found for it. */
void confsync_driver_damaged_cb (ConfsyncVersion *version, gpointer data);
void confsync_driver_mend (ConfsyncDriver *self, ConfsyncAction *action);

/* At the start: supplies what the state knows by name, as far as it is there, and calls @done. */
typedef void (*ConfsyncDriverDone) (ConfsyncDriver *self);
void confsync_driver_supply_wanted (ConfsyncDriver *self, ConfsyncDriverDone done);

/* Legacy peers */
void confsync_driver_send_legacy (ConfsyncDriver *self, ConfsyncAction *action);
void confsync_driver_take_legacy (ConfsyncDriver *self, const char *link, ConfsyncMessage *message);

/* What comes over the links of the node. */
extern const ConfsyncNodeDocument confsync_driver_node_functions;

/* Signals' handlers */
void confsync_driver_watcher_changed_cb (ConfsyncWatcher *watcher, gpointer user_data);
void confsync_driver_store_displaced_cb (ConfsyncStore *store,
                                         ConfsyncDocument *document,
                                         gpointer user_data);
void confsync_driver_store_notice_cb (ConfsyncStore *store,
                                      const char *message,
                                      gpointer user_data);
void confsync_driver_emit_event (ConfsyncLevel level,
                                 const char *kind,
                                 GVariant *details,
                                 gpointer user_data);

G_END_DECLS
