/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One direction of a link: any thread pushes events in, one object takes them out in its own main
 * context, in the order and at the times that their delays give. It must never call its receiver
 * from within a push.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

typedef struct _LoopbackPipe LoopbackPipe;
typedef struct _LoopbackLink LoopbackLink;

typedef enum {
  LOOPBACK_EVENT_DIAL,    /* to a dialling channel: try to connect, again perhaps */
  LOOPBACK_EVENT_CONNECT, /* to a listener: somebody wants in */
  LOOPBACK_EVENT_OPENED,  /* to a dialling channel: it was let in */
  LOOPBACK_EVENT_MESSAGE,
  LOOPBACK_EVENT_END,     /* the link is over, behind all that was sent before */
} LoopbackEventKind;

typedef struct
{
  LoopbackEventKind kind;
  guint delay_ms;
  gboolean reordered; /* the delay doesn't hold back what is pushed later */
  gint64 due_us;      /* set by the pipe, on the receiver's clock */
  GBytes *message;    /* (owned) (nullable) */
  GError *error;      /* (owned) (nullable) why it ended */
  LoopbackLink *link; /* (owned) (nullable) what a newcomer brings */
} LoopbackEvent;

typedef void (*LoopbackDeliver) (GObject *receiver, LoopbackEvent *event);

LoopbackEvent *loopback_event_new (LoopbackEventKind kind);
LoopbackEvent *loopback_event_new_end (const GError *error);
void loopback_event_free (LoopbackEvent *self);

LoopbackPipe *loopback_pipe_new (void);
LoopbackPipe *loopback_pipe_ref (LoopbackPipe *self);
void loopback_pipe_unref (LoopbackPipe *self);

/* Begins to deliver, in the thread-default main context of the caller; what was pushed before is
 * delivered too. Keeps no reference to the receiver. */
void loopback_pipe_bind (LoopbackPipe *self,
                         GObject *receiver,
                         LoopbackDeliver deliver,
                         ConfsyncClock *clock);

/* Takes the event. FALSE where the receiver is gone; the event was dropped then. */
gboolean loopback_pipe_push (LoopbackPipe *self, LoopbackEvent *event);

/* For the receiver, which stops listening: drops what waits, then delivers one last end, and keeps
 * the receiver alive until then. */
void loopback_pipe_finish (LoopbackPipe *self, const GError *error);

/* For the receiver, which is over: drops what waits. */
void loopback_pipe_kill (LoopbackPipe *self);

gboolean loopback_pipe_is_gone (LoopbackPipe *self);

/* bytes of messages pushed and not delivered yet */
gsize loopback_pipe_get_bytes (LoopbackPipe *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LoopbackEvent, loopback_event_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LoopbackPipe, loopback_pipe_unref)

G_END_DECLS
