/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Waiting without sleeping.
 */

#include "test-util.h"

static gboolean
timeout_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

gboolean
test_wait_until (gboolean (*predicate) (gpointer), gpointer data, guint timeout_ms)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) timeout = g_timeout_source_new (timeout_ms);
  gboolean late = FALSE;
  gboolean met;

  g_source_set_callback (timeout, timeout_cb, &late, NULL);
  g_source_attach (timeout, context);
  while (!(met = predicate (data)) && !late)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
  return met;
}
