/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a courier has brought and nobody has taken yet, with a descriptor that can be polled. One
 * thread fills it, any thread empties it; who fills it never waits.
 */

#pragma once

#include "confsync-courier.h"

G_BEGIN_DECLS

/* What may wait; each parcel counts for its message and a little more. */
#define CONFSYNC_PARCELS_MAX_BYTES (32 * 1024 * 1024)
#define CONFSYNC_PARCELS_MAX 10000

typedef struct
{
  ConfsyncCourierEvent event;
  guint id;
  GBytes *message; /* (owned) (nullable) */
  char *text;      /* (nullable) */
} ConfsyncParcel;

void confsync_parcel_free (ConfsyncParcel *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncParcel, confsync_parcel_free)

typedef struct _ConfsyncParcelQueue ConfsyncParcelQueue;

ConfsyncParcelQueue *confsync_parcel_queue_new (void);
ConfsyncParcelQueue *confsync_parcel_queue_ref (ConfsyncParcelQueue *self);
void confsync_parcel_queue_unref (ConfsyncParcelQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncParcelQueue, confsync_parcel_queue_unref)

/* Readable exactly while there is something to pop; -1 where the system gave none. */
int confsync_parcel_queue_get_fd (ConfsyncParcelQueue *self);

/* A number that nothing has yet; never 0. */
guint confsync_parcel_queue_make_id (ConfsyncParcelQueue *self);

/* What others can cause without end (a message, somebody who comes in or is turned away) is not
 * taken where too much waits: FALSE. All the rest always is. A change that waits already stands for
 * the next one too. */
gboolean confsync_parcel_queue_push (ConfsyncParcelQueue *self,
                                     ConfsyncCourierEvent event,
                                     guint id,
                                     GBytes *message,
                                     const char *text);

/* The oldest one (transfer full), or NULL. */
ConfsyncParcel *confsync_parcel_queue_pop (ConfsyncParcelQueue *self);

G_END_DECLS
