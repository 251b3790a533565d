/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * When a content was made, by whom, and which edits it includes.
 */

#pragma once

#include <glib-object.h>

#include "confsync-json.h"
#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * ConfsyncStampKind:
 * @CONFSYNC_STAMP_EDIT: somebody edited it under confsync
 * @CONFSYNC_STAMP_INITIAL: a new store found it at its first start; never wins over an edit
 * @CONFSYNC_STAMP_MERGED: made of two others
 *
 * How a content came about.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_STAMP_EDIT,
  CONFSYNC_STAMP_INITIAL,
  CONFSYNC_STAMP_MERGED,
} ConfsyncStampKind;

/**
 * ConfsyncOrder:
 * @CONFSYNC_ORDER_BEFORE: the second includes all that the first does, and more
 * @CONFSYNC_ORDER_EQUAL: both include the same
 * @CONFSYNC_ORDER_AFTER: the first includes all that the second does, and more
 * @CONFSYNC_ORDER_CONCURRENT: each includes an edit that the other doesn't
 *
 * How two contents stand to each other.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_ORDER_BEFORE = -1,
  CONFSYNC_ORDER_EQUAL = 0,
  CONFSYNC_ORDER_AFTER = 1,
  CONFSYNC_ORDER_CONCURRENT = 2,
} ConfsyncOrder;

#define CONFSYNC_TYPE_STAMP (confsync_stamp_get_type ())

/**
 * ConfsyncStamp:
 *
 * When a content was made, by whom, and which edits it includes. Immutable; may be shared between
 * threads.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncStamp ConfsyncStamp;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_stamp_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_stamp_ref (ConfsyncStamp *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_stamp_unref (ConfsyncStamp *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncStamp, confsync_stamp_unref)

CONFSYNC_AVAILABLE_IN_1_0
gint64 confsync_stamp_get_time (ConfsyncStamp *self);

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_stamp_get_author (ConfsyncStamp *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStampKind confsync_stamp_get_kind (ConfsyncStamp *self);

CONFSYNC_AVAILABLE_IN_1_0
guint confsync_stamp_get_epoch (ConfsyncStamp *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncOrder confsync_stamp_compare (ConfsyncStamp *a, ConfsyncStamp *b);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_stamp_to_string (ConfsyncStamp *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_stamp_new_from_string (const char *text, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncStamp *confsync_stamp_new_from_json (ConfsyncJson *json, GError **error);

G_END_DECLS
