/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Home Assistant's options.json and key files: any value is taken or refused with a sentence.
 */

#include "config.h"

#include "fuzz.h"

#include "confsync-node-options-private.h"
#include "confsync-option-sources-private.h"

static void
read_json (ConfsyncJson *json)
{
  g_autoptr (ConfsyncOptions) options = confsync_node_options_new ();
  g_autoptr (GError) error = NULL;

  if (!confsync_options_read_json (options, json, "options.json", &error))
    fuzz_check_error (error);
}

static void
read_key_file (GBytes *text)
{
  g_autoptr (ConfsyncOptions) options = confsync_node_options_new ();
  g_autoptr (GError) error = NULL;

  if (!confsync_options_read_key_file (options, CONFSYNC_SOURCE_KEY_FILE, text, "confsync.conf",
                                       &error))
    fuzz_check_error (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) text = g_bytes_new_static (data, size);
  g_autoptr (ConfsyncJson) json = fuzz_parse (data, size);

  if (json != NULL)
    read_json (json);
  else
    read_key_file (text);
  return 0;
}
