/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The world's time: a heap of what is going to happen.
 */

#include "config.h"

#include "sim-world.h"

#include <string.h>

SimNode *
sim_world_get (SimWorld *self, int index)
{
  return self->nodes->pdata[index];
}

SimNode *
sim_world_add_node (SimWorld *self, ConfsyncDocument *document)
{
  SimNode *node = sim_node_new (self, self->nodes->len, document);

  g_assert_cmpint (self->nodes->len, <, self->n_max);
  g_ptr_array_add (self->nodes, node);
  return node;
}

ConfsyncDocument *
sim_world_make_edit (SimWorld *self, SimDice *dice, ConfsyncDocument *base)
{
  return self->contents != NULL ? sim_editor_set (dice, base, self->ledger.n_edits)
                                : sim_editor_change (dice, base, self->ledger.n_edits);
}

void
sim_world_note_content (SimWorld *self, ConfsyncDocument *document, const SimEdits *edits)
{
  if (self->contents != NULL)
    g_hash_table_replace (self->contents, g_strdup (confsync_document_get_hash (document)),
                          g_memdup2 (edits, sizeof *edits));
}

void
sim_world_note_members (SimWorld *self,
                        const SimEdits *edits,
                        ConfsyncDocument *base,
                        ConfsyncDocument *document)
{
  if (self->members.judging)
    sim_members_note (&self->members, self->ledger.n_edits - 1, edits, base, document);
}

void
sim_world_blur_members (SimWorld *self,
                        const SimEdits *edits,
                        int editor,
                        ConfsyncDocument *document)
{
  SimEdits own = sim_ledger_filter (&self->ledger, edits, editor);

  for (guint edit = SIM_EDITS_MAX; edit-- > 0;)
    if (sim_edits_has (&own, edit))
      {
        sim_edits_add (&self->ledger.blurred, edit);
        if (self->members.judging)
          sim_members_blur (&self->members, edit, document);
        return;
      }
}

void
sim_world_forgive (SimWorld *self)
{
  self->lenient = TRUE;
  self->members.judging = FALSE;
}

/* Events */

static void
event_clear (SimEvent *event)
{
  g_clear_pointer (&event->bytes, g_bytes_unref);
  g_clear_pointer (&event->document, confsync_document_unref);
  g_free (event->hash);
  if (event->free != NULL)
    event->free (event->data);
}

static void
event_recycle (SimWorld *self, SimEvent *event)
{
  event_clear (event);
  event->next = self->spare;
  self->spare = event;
}

static SimEvent *
event_new (SimWorld *self)
{
  SimEvent *event = self->spare;

  if (event == NULL)
    return g_new0 (SimEvent, 1);
  self->spare = event->next;
  memset (event, 0, sizeof *event);
  return event;
}

static gboolean
is_sooner (const SimSlot *a, const SimSlot *b)
{
  return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
heap_push (GArray *heap, SimSlot slot)
{
  SimSlot *slots;
  guint i = heap->len;

  g_array_set_size (heap, heap->len + 1);
  slots = (SimSlot *) (gpointer) heap->data;
  while (i > 0 && is_sooner (&slot, &slots[(i - 1) / 2]))
    {
      slots[i] = slots[(i - 1) / 2];
      i = (i - 1) / 2;
    }
  slots[i] = slot;
}

static SimEvent *
heap_pop (GArray *heap)
{
  SimSlot *slots = (SimSlot *) (gpointer) heap->data;
  SimEvent *first = slots[0].event;
  SimSlot last = slots[heap->len - 1];
  guint n = heap->len - 1, i = 0, child;

  while ((child = 2 * i + 1) < n)
    {
      if (child + 1 < n && is_sooner (&slots[child + 1], &slots[child]))
        child++;
      if (!is_sooner (&slots[child], &last))
        break;
      slots[i] = slots[child];
      i = child;
    }
  slots[i] = last;
  g_array_set_size (heap, n);
  return first;
}

SimEvent *
sim_world_schedule (SimWorld *self, SimPlay play, SimNode *node, gint64 delay)
{
  SimEvent *event = event_new (self);
  SimSlot slot = { self->now + delay, self->order++, event };

  event->play = play;
  event->node = node;
  event->life = node != NULL ? node->life : 0;
  heap_push (self->heap, slot);
  return event;
}

void
sim_world_run (SimWorld *self, gint64 us)
{
  gint64 until = self->now + us;
  const SimSlot *first;

  while (self->heap->len > 0 && self->failure == NULL)
    {
      SimEvent *event;

      first = &g_array_index (self->heap, SimSlot, 0);
      if (first->at > until)
        break;
      self->now = MAX (self->now, first->at);
      event = heap_pop (self->heap);
      if (event->node == NULL || event->life == event->node->life)
        event->play (self, event);
      event_recycle (self, event);
      if (++self->n_events > self->events_max)
        sim_world_fail (self, "a storm: %" G_GUINT64_FORMAT " events and no end", self->n_events);
    }
  self->now = MAX (self->now, until);
}

/* What is told */

void
sim_world_trace (SimWorld *self, const char *format, ...)
{
  va_list args;

  if (self->trace == NULL)
    return;
  g_string_append_printf (self->trace, "%12.3f ", (self->now - SIM_BEGIN_US) / 1e3);
  va_start (args, format);
  g_string_append_vprintf (self->trace, format, args);
  va_end (args);
  g_string_append_c (self->trace, '\n');
}

void
sim_world_fail (SimWorld *self, const char *format, ...)
{
  va_list args;

  if (self->failure != NULL)
    return;
  va_start (args, format);
  self->failure = g_strdup_vprintf (format, args);
  va_end (args);
  sim_world_trace (self, "FAILED: %s", self->failure);
}

void
sim_world_complain (SimWorld *self, SimNode *node, const char *complaint)
{
  if (self->send_legacy == NULL && !self->lenient)
    {
      sim_world_fail (self, "%s %s", node->name, complaint);
      return;
    }
  self->n_complaints++;
  sim_world_trace (self, "COUNTED: %s %s", node->name, complaint);
}

SimWorld *
sim_world_new (guint64 seed, int n_max)
{
  SimWorld *self = g_new0 (SimWorld, 1);

  self->seed = seed;
  self->now = SIM_BEGIN_US;
  self->events_max = G_MAXUINT64;
  self->heap = g_array_new (FALSE, FALSE, sizeof (SimSlot));
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_node_free);
  self->wires = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_wire_free);
  self->n_max = n_max;
  self->matrix = g_new0 (SimWire *, (gsize) n_max * n_max);
  sim_ledger_init (&self->ledger);
  self->quiet = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
sim_world_free (SimWorld *self)
{
  for (guint i = 0; i < self->heap->len; i++)
    event_recycle (self, g_array_index (self->heap, SimSlot, i).event);
  g_array_unref (self->heap);
  for (SimEvent *event = self->spare, *next; event != NULL; event = next)
    {
      next = event->next;
      g_free (event);
    }
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->wires);
  g_free (self->matrix);
  sim_ledger_clear (&self->ledger);
  sim_members_clear (&self->members);
  g_clear_pointer (&self->contents, g_hash_table_unref);
  g_hash_table_unref (self->quiet);
  g_free (self->failure);
  g_free (self);
}
