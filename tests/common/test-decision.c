/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Has resolvers decide outside of a manager.
 */

#include "config.h"

#include "test-decision.h"

#include "test-util.h"

void
test_decision_clear (TestDecision *self)
{
  g_clear_pointer (&self->document, confsync_document_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->overruled, g_free);
  g_clear_pointer (&self->open, g_free);
  g_clear_pointer (&self->remark, g_free);
}

ConfsyncResolver *
test_resolver (const char *name)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_RESOLVER, name, &error);

  g_assert_no_error (error);
  return g_object_new (type, NULL);
}

/* the whole has the empty pointer, which would not be seen */
static char *
join (GStrv pointers)
{
  GString *joined = g_string_new (NULL);

  for (char **pointer = pointers; *pointer != NULL; pointer++)
    g_string_append_printf (joined, "%s%s", joined->len > 0 ? " " : "",
                            **pointer != '\0' ? *pointer : "(whole)");
  return g_string_free (joined, FALSE);
}

static void
decided_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TestDecision *self = user_data;
  g_auto (GStrv) overruled = NULL;
  g_auto (GStrv) open = NULL;

  self->document = confsync_resolver_decide_finish_full (
    CONFSYNC_RESOLVER (source), result, &overruled, &open, &self->remark, &self->error);
  self->overruled = join (overruled);
  self->open = join (open);
  self->answered = TRUE;
}

void
test_decide_begin (TestDecision *self,
                   ConfsyncResolver *resolver,
                   ConfsyncRevision *base,
                   ConfsyncRevision *local,
                   ConfsyncRevision *remote)
{
  confsync_resolver_decide_async (resolver, base, local, remote, NULL, decided_cb, self);
  g_assert_false (self->answered);
}

static gboolean
is_answered (gpointer data)
{
  return ((TestDecision *) data)->answered;
}

void
test_decide (TestDecision *self,
             ConfsyncResolver *resolver,
             ConfsyncRevision *base,
             ConfsyncRevision *local,
             ConfsyncRevision *remote)
{
  test_decide_begin (self, resolver, base, local, remote);
  g_assert_true (test_wait_until (is_answered, self, TEST_DEADLINE_MS));
}

void
test_decide_both_ways (TestDecision *self,
                       ConfsyncResolver *resolver,
                       ConfsyncRevision *base,
                       ConfsyncRevision *one,
                       ConfsyncRevision *two)
{
  g_auto (TestDecision) there = { 0 };

  test_decide (self, resolver, base, one, two);
  test_decide (&there, resolver, base, two, one);
  g_assert_cmpint (self->error == NULL, ==, there.error == NULL);
  g_assert_cmpstr (self->overruled, ==, there.overruled);
  g_assert_cmpstr (self->open, ==, there.open);
  g_assert_cmpstr (self->remark, ==, there.remark);
  if (self->error == NULL)
    g_assert_cmpstr (confsync_document_get_hash (self->document), ==,
                     confsync_document_get_hash (there.document));
}
