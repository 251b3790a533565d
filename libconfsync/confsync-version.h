/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One kept version of a configuration, as a store lists it.
 */

#pragma once

#include "confsync-revision.h"

G_BEGIN_DECLS

/**
 * ConfsyncCause:
 * @CONFSYNC_CAUSE_UNKNOWN: not recorded, or the record is lost
 * @CONFSYNC_CAUSE_EDIT: somebody edited the live file, or the application set it
 * @CONFSYNC_CAUSE_REMOTE: it came from another instance
 * @CONFSYNC_CAUSE_MERGE: made of two others
 * @CONFSYNC_CAUSE_ROLLBACK: an older version was taken again
 * @CONFSYNC_CAUSE_INITIAL: found at the first start
 * @CONFSYNC_CAUSE_LOST: the side of a conflict that lost
 *
 * Why a version was kept.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_CAUSE_UNKNOWN,
  CONFSYNC_CAUSE_EDIT,
  CONFSYNC_CAUSE_REMOTE,
  CONFSYNC_CAUSE_MERGE,
  CONFSYNC_CAUSE_ROLLBACK,
  CONFSYNC_CAUSE_INITIAL,
  CONFSYNC_CAUSE_LOST,
} ConfsyncCause;

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_cause_to_string (ConfsyncCause cause);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncCause confsync_cause_from_string (const char *name);

#define CONFSYNC_TYPE_VERSION (confsync_version_get_type ())

/**
 * ConfsyncVersion:
 *
 * What is known of one kept version: its name, and where it is recorded its stamp, hash and cause.
 * Immutable; may be shared between threads.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncVersion ConfsyncVersion;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_version_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncVersion *confsync_version_new (const char *name,
                                       ConfsyncStamp *stamp,
                                       const char *hash,
                                       ConfsyncCause cause,
                                       gboolean acknowledged);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncVersion *confsync_version_ref (ConfsyncVersion *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_version_unref (ConfsyncVersion *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncVersion, confsync_version_unref)

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_version_get_name (ConfsyncVersion *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_version_get_stamp (ConfsyncVersion *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_version_get_hash (ConfsyncVersion *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncCause confsync_version_get_cause (ConfsyncVersion *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_version_is_acknowledged (ConfsyncVersion *self);

CONFSYNC_AVAILABLE_IN_1_0
guint64 confsync_version_get_size (ConfsyncVersion *self);

G_END_DECLS
