/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The health report has the members that legacy instances have in theirs, so that one monitor reads
 * both; with a shared key there is one more, that a monitor can warn of.
 */

#include "config.h"

#include "confsync-health-private.h"

#include "confsync-json-builder-private.h"

char *
confsync_health_report (const char *instance_id,
                        guint n_clients,
                        gboolean degraded,
                        gint64 failed_proofs,
                        gint64 now_us)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) text = NULL;

  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "status");
  confsync_json_builder_string (builder, degraded ? "degraded" : "healthy");
  confsync_json_builder_name (builder, "instance_id");
  confsync_json_builder_string (builder, instance_id);
  confsync_json_builder_name (builder, "connected_clients");
  confsync_json_builder_integer (builder, n_clients);
  confsync_json_builder_name (builder, "timestamp");
  confsync_json_builder_double (builder, now_us / (double) G_USEC_PER_SEC);
  if (failed_proofs >= 0)
    {
      confsync_json_builder_name (builder, "failed_proofs");
      confsync_json_builder_integer (builder, failed_proofs);
    }
  confsync_json_builder_close (builder);
  json = confsync_json_builder_end (builder, NULL);
  text = confsync_json_to_compact (json);
  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}
