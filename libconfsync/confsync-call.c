/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Inner and outer tasks. The outer one ends exactly once: by the inner's answer, by the inner's
 * last reference going away unanswered, or by the deadline; what comes later is dropped.
 */

#include "config.h"

#include "confsync-call-private.h"

#include "confsync-error.h"

typedef struct
{
  gpointer value;
  GDestroyNotify destroy;
} Answer;

/* Its one reference belongs to the inner task's weak notification, which comes in any case, and
 * after the task's callback if that comes at all. */
typedef struct
{
  GTask *outer;          /* (owned) (nullable) once it is done */
  GMainContext *context; /* (owned): the caller's; all but the weak notification runs in it */
  GSource *timer;        /* (owned) (nullable) once the call has ended */
  ConfsyncCallKind kind;
  gboolean ended;
  int done; /* (atomic): nothing is left to say to the caller, whose context may be gone */
} Call;

/* an implementation that broke off, on its way to the caller's context */
typedef struct
{
  Call *call; /* (owned) */
  GError *error;
} Break;

static guint deadline_ms = CONFSYNC_CALL_DEADLINE_MS;

static GQuark
answer_quark (void)
{
  return g_quark_from_static_string ("confsync-call-answer");
}

static GQuark
call_quark (void)
{
  return g_quark_from_static_string ("confsync-call");
}

static void
answer_free (Answer *answer)
{
  if (answer->destroy != NULL)
    g_clear_pointer (&answer->value, answer->destroy);
  g_free (answer);
}

static void
call_clear (Call *call)
{
  g_clear_object (&call->outer);
  g_main_context_unref (call->context);
}

static void
call_unref (Call *call)
{
  g_atomic_rc_box_release_full (call, (GDestroyNotify) call_clear);
}

/* Says whether the call was still open; from then on it is not. */
static gboolean
call_end (Call *call)
{
  if (call->ended)
    return FALSE;

  call->ended = TRUE;
  g_source_destroy (call->timer);
  g_clear_pointer (&call->timer, g_source_unref);
  return TRUE;
}

/* The caller has its answer. */
static void
call_done (Call *call)
{
  g_clear_object (&call->outer);
  g_atomic_int_set (&call->done, TRUE);
}

static const char *
call_name (Call *call)
{
  return G_OBJECT_TYPE_NAME (g_task_get_source_object (call->outer));
}

static gboolean
call_deadline_cb (gpointer user_data)
{
  Call *call = user_data;

  if (call_end (call))
    {
      g_task_return_new_error (call->outer, CONFSYNC_ERROR, CONFSYNC_ERROR_DEADLINE,
                               "%s did not answer within %u ms", call_name (call), deadline_ms);
      call_done (call);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
call_dropped_cb (gpointer user_data)
{
  Call *call = user_data;

  if (call_end (call))
    {
      g_task_return_new_error (call->outer, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                               "%s dropped a request without an answer", call_name (call));
      call_done (call);
    }
  return G_SOURCE_REMOVE;
}

/* May run in any thread: whoever drops the last reference. Where the call is done, nothing is
 * posted to the caller's context: one that nobody iterates any more would keep it for ever. */
static void
call_inner_gone_cb (gpointer user_data, GObject *where_the_object_was)
{
  Call *call = user_data;

  if (g_atomic_int_get (&call->done))
    call_unref (call);
  else
    g_main_context_invoke_full (call->context, G_PRIORITY_DEFAULT, call_dropped_cb, call,
                                (GDestroyNotify) call_unref);
}

static void
call_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GTask *inner = G_TASK (result);
  Answer *answer = g_object_get_qdata (G_OBJECT (inner), answer_quark ());
  g_autoptr (GError) error = NULL;

  if (call_end (call))
    {
      gboolean ok = g_task_propagate_boolean (inner, &error);

      if (error != NULL)
        g_task_return_error (call->outer, g_steal_pointer (&error));
      else if (call->kind == CONFSYNC_CALL_BOOLEAN)
        g_task_return_boolean (call->outer, ok);
      else if (answer == NULL)
        g_task_return_new_error (call->outer, CONFSYNC_ERROR, CONFSYNC_ERROR_PLUGIN,
                                 "%s ended a request with the wrong kind of answer",
                                 call_name (call));
      else
        g_task_return_pointer (call->outer, g_steal_pointer (&answer->value), answer->destroy);
      call_done (call);
    }
}

GTask *
confsync_call_begin (gpointer source,
                     gpointer tag,
                     ConfsyncCallKind kind,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  Call *call = g_atomic_rc_box_new0 (Call);
  GTask *inner;

  call->kind = kind;
  call->outer = g_task_new (source, cancellable, callback, user_data);
  call->context = g_main_context_ref (g_task_get_context (call->outer));
  g_task_set_source_tag (call->outer, tag);
  /* the inner task decides: an answer that made it in time is not thrown away */
  g_task_set_check_cancellable (call->outer, FALSE);

  inner = g_task_new (source, cancellable, call_answered_cb, call);
  g_task_set_source_tag (inner, tag);
  g_task_set_check_cancellable (inner, FALSE);
  g_object_weak_ref (G_OBJECT (inner), call_inner_gone_cb, call);
  g_object_set_qdata (G_OBJECT (inner), call_quark (), call);

  call->timer = g_timeout_source_new (deadline_ms);
  g_source_set_callback (call->timer, call_deadline_cb, call, NULL);
  g_source_set_static_name (call->timer, "confsync call deadline");
  g_source_attach (call->timer, call->context);
  return inner;
}

void
confsync_call_return (GTask *inner, gpointer answer, GDestroyNotify destroy)
{
  Answer *box = g_new (Answer, 1);

  box->value = answer;
  box->destroy = destroy;
  g_object_set_qdata_full (G_OBJECT (inner), answer_quark (), box, (GDestroyNotify) answer_free);
  g_task_return_boolean (inner, TRUE);
}

static void
break_free (Break *broken)
{
  call_unref (broken->call);
  g_clear_error (&broken->error);
  g_free (broken);
}

static gboolean
call_broken_cb (gpointer user_data)
{
  Break *broken = user_data;

  if (call_end (broken->call))
    {
      g_task_return_error (broken->call->outer, g_steal_pointer (&broken->error));
      call_done (broken->call);
    }
  return G_SOURCE_REMOVE;
}

void
confsync_call_break_off (GTask *inner, const GError *error)
{
  Call *call = g_object_get_qdata (G_OBJECT (inner), call_quark ());
  Break *broken;

  if (g_object_get_qdata (G_OBJECT (inner), answer_quark ()) != NULL || g_task_had_error (inner))
    return;
  if (call == NULL)
    {
      g_task_return_error (inner, g_error_copy (error));
      return;
    }
  broken = g_new (Break, 1);
  broken->call = g_atomic_rc_box_acquire (call);
  broken->error = g_error_copy (error);
  g_main_context_invoke_full (g_task_get_context (inner), G_PRIORITY_DEFAULT, call_broken_cb,
                              broken, (GDestroyNotify) break_free);
}

void
confsync_call_set_deadline (guint milliseconds)
{
  deadline_ms = milliseconds;
}
