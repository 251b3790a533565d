/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Memory that goes back. glibc maps large blocks one by one only until the first of them is freed;
 * then its threshold rises with each, up to 32 MiB, and a single message of that size may leave a
 * heap of twice that behind, held at its upper end by a few bytes.
 */

#include "config.h"

#include "confsync-memory.h"

#include <malloc.h>

/* setting one of the two stops the threshold from rising */
#define MAPPED_MIN_BYTES (256 * 1024)
#define TRIM_DELAY_S 1

#define PENDING "confsync-memory-trim"

void
confsync_memory_set_up (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, MAPPED_MIN_BYTES);
#endif
}

static gboolean
trim_cb (gpointer node)
{
  g_object_set_data (node, PENDING, NULL);
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return G_SOURCE_REMOVE;
}

static void
drop_source (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

/* One is enough for however many leave until then. */
static void
event_cb (ConfsyncNode *node,
          ConfsyncLevel level,
          const char *kind,
          GVariant *details,
          gpointer user_data)
{
  GSource *trim;

  if ((!g_str_equal (kind, CONFSYNC_EVENT_PEER_DOWN) &&
       !g_str_equal (kind, CONFSYNC_EVENT_UNPROVEN) &&
       !g_str_equal (kind, CONFSYNC_EVENT_REFUSED)) ||
      g_object_get_data (G_OBJECT (node), PENDING) != NULL)
    return;
  trim = g_timeout_source_new_seconds (TRIM_DELAY_S);
  g_source_set_callback (trim, trim_cb, node, NULL);
  g_source_set_static_name (trim, "confsync memory");
  g_source_attach (trim, g_main_context_get_thread_default ());
  g_object_set_data_full (G_OBJECT (node), PENDING, trim, drop_source);
}

void
confsync_memory_follow (ConfsyncNode *node)
{
  g_signal_connect (node, "event", G_CALLBACK (event_cb), NULL);
}
