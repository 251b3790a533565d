/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync status`: how an instance is doing, all from one moment.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "confsync-command.h"
#include "confsync-peer-list.h"
#include "confsync-table.h"
#include "confsync-tools.h"
#include "confsync-units.h"

/* how much of a hash is shown to people */
#define HASH_SHOWN_CHARS 12

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_JSON,
  CONFSYNC_TOOL_OPTIONS,
  { NULL },
};

static const char *
get_text (GVariant *properties, const char *name)
{
  const char *text = "";

  g_variant_lookup (properties, name, "&s", &text);
  return text;
}

static gint64
get_time (GVariant *properties, const char *name)
{
  gint64 time_us = 0;

  g_variant_lookup (properties, name, "x", &time_us);
  return time_us;
}

static guint
get_count (GVariant *properties, const char *name)
{
  guint count = 0;

  g_variant_lookup (properties, name, "u", &count);
  return count;
}

static gboolean
get_flag (GVariant *properties, const char *name)
{
  gboolean flag = FALSE;

  g_variant_lookup (properties, name, "b", &flag);
  return flag;
}

static guint64
get_size (GVariant *properties, const char *name)
{
  guint64 size = 0;

  g_variant_lookup (properties, name, "t", &size);
  return size;
}

static GVariant *
dup_listeners (GVariant *manager)
{
  GVariant *listeners = g_variant_lookup_value (manager, "Listeners", G_VARIANT_TYPE ("a(sb)"));

  return listeners != NULL ? listeners : g_variant_ref_sink (g_variant_new ("a(sb)", NULL));
}

/* for people */

static void
add_row (ConfsyncTable *table, const char *name, const char *style, const char *value)
{
  confsync_table_add (table, CONFSYNC_STYLE_BOLD, name);
  confsync_table_add (table, style, value);
}

static void
add_instance (ConfsyncTable *table, GVariant *manager)
{
  g_autofree char *since = confsync_units_moment (get_time (manager, "StartTime"));
  g_autofree char *text =
    g_strdup_printf (_ ("%s   confsync %s, process %u, since %s"), get_text (manager, "InstanceId"),
                     get_text (manager, "Version"), get_count (manager, "Pid"), since);

  add_row (table, _ ("instance"), NULL, text);
}

static void
add_state (ConfsyncTable *table, GVariant *document)
{
  const char *state = get_text (document, "State"), *reason = get_text (document, "Reason");
  g_autofree char *text =
    g_strdup_printf ("%s%s%s", state, *reason != '\0' ? ": " : "", reason);

  add_row (table, _ ("state"),
           g_str_equal (state, "running") ? CONFSYNC_STYLE_GREEN : CONFSYNC_STYLE_YELLOW, text);
}

static void
add_degraded (ConfsyncTable *table, GVariant *document)
{
  const char *degraded = get_text (document, "Degraded");

  if (*degraded != '\0')
    add_row (table, _ ("degraded"), CONFSYNC_STYLE_YELLOW, degraded);
}

/* Only what is out of the ordinary, and what to type about it. */
static void
add_role (ConfsyncTable *table, GVariant *document)
{
  const char *role = get_text (document, "Role"), *join = get_text (document, "Join");

  if (*role != '\0' && !g_str_equal (role, "both"))
    add_row (table, _ ("role"), CONFSYNC_STYLE_YELLOW, role);
  if (*join != '\0' && !g_str_equal (join, "adopt"))
    add_row (table, _ ("join"), NULL, join);
  if (get_flag (document, "EditedHere"))
    add_row (table, _ ("edited"), CONFSYNC_STYLE_YELLOW,
             _ ("here, and nowhere else; to undo it: confsync revert-local"));
}

static void
add_trial (ConfsyncTable *table, GVariant *document)
{
  g_autoptr (GVariant) trial = g_variant_lookup_value (document, "Trial", G_VARIANT_TYPE_VARDICT);
  g_autofree char *when = NULL, *text = NULL;

  if (trial == NULL || g_variant_n_children (trial) == 0)
    return;
  when = confsync_units_moment (get_time (trial, "until"));
  text = g_strdup_printf (_ ("of %s, until %s; if it works: confsync confirm"),
                          get_text (trial, "author"), when);
  add_row (table, _ ("trial"), CONFSYNC_STYLE_YELLOW, text);
}

static void
add_conflicts (ConfsyncTable *table, GVariant *document)
{
  const guint n = get_count (document, "Conflicts");
  g_autofree char *text = n > 0 ? g_strdup_printf (_ ("%u   to see: confsync conflicts   "
                                                     "to settle: confsync resolve"), n)
                                : g_strdup (_ ("none"));

  add_row (table, _ ("conflicts"), n > 0 ? CONFSYNC_STYLE_YELLOW : NULL, text);
}

/* A clock that is wrong is worth a look, even where nothing has come of it yet. */
static void
add_clocks (ConfsyncTable *table, ConfsyncInstance *instance)
{
  g_autofree char *text = confsync_peer_list_dup_clocks (instance);

  if (text != NULL)
    add_row (table, _ ("clocks"), CONFSYNC_STYLE_YELLOW, text);
}

static void
add_content (ConfsyncTable *table, GVariant *document)
{
  const char *hash = get_text (document, "Hash");
  g_autofree char *size = confsync_units_bytes (get_size (document, "Size"));
  g_autofree char *when = confsync_units_moment (get_time (document, "Time"));
  g_autofree char *text = NULL;

  if (*hash != '\0')
    text = g_strdup_printf (_ ("%.*s   %s, by %s, %s"), HASH_SHOWN_CHARS, hash, size,
                            get_text (document, "Author"), when);
  add_row (table, _ ("content"), NULL, text != NULL ? text : _ ("none yet"));
}

static void
add_listeners (ConfsyncTable *table, GVariant *manager)
{
  g_autoptr (GVariant) listeners = dup_listeners (manager);
  GVariantIter iter;
  const char *address;
  gboolean exposed;

  if (g_variant_n_children (listeners) == 0)
    add_row (table, _ ("listening"), NULL, _ ("no"));
  g_variant_iter_init (&iter, listeners);
  while (g_variant_iter_loop (&iter, "(&sb)", &address, &exposed))
    {
      g_autofree char *text = g_strdup_printf (
        "%s   %s", address, exposed ? _ ("open to the network") : _ ("this machine only"));

      add_row (table, _ ("listening"), exposed ? CONFSYNC_STYLE_YELLOW : NULL, text);
    }
}

/* With a key, that it keeps somebody out is worth a look. */
static void
add_key (ConfsyncTable *table, GVariant *manager)
{
  const guint64 failed = get_size (manager, "FailedProofs");
  g_autofree char *text = NULL;

  if (!get_flag (manager, "HasKey"))
    return;
  text = failed == 0 ? g_strdup (_ ("shared; all peers prove it"))
                     : g_strdup_printf (_ ("shared; %" G_GUINT64_FORMAT " times somebody came "
                                           "without it, or with another one"), failed);
  add_row (table, _ ("key"), failed > 0 ? CONFSYNC_STYLE_YELLOW : NULL, text);
}

static void
add_refused (ConfsyncTable *table, GVariant *manager)
{
  const guint64 refused = get_size (manager, "Refused");
  g_autofree char *text = g_strdup_printf (
    refused == 1 ? _ ("%" G_GUINT64_FORMAT " was turned away; the log says why")
                 : _ ("%" G_GUINT64_FORMAT " were turned away; the log says why"), refused);

  if (refused > 0)
    add_row (table, _ ("refused"), NULL, text);
}

static void
add_sync (ConfsyncTable *table, ConfsyncInstance *instance, GVariant *document)
{
  const ConfsyncPeerCount count = confsync_peer_list_count (instance);
  const gint64 time_us = get_time (document, "LastSync");
  g_autofree char *when = time_us > 0 ? confsync_units_moment (time_us) : g_strdup (_ ("never"));
  g_autofree char *versions = g_strdup_printf ("%u", get_count (document, "Versions"));
  g_autofree char *peers =
    g_strdup_printf (_ ("%u: %u up, %u with the same content"), count.total, count.live,
                     count.holding);

  add_row (table, _ ("last sync"), NULL, when);
  add_row (table, _ ("versions"), NULL, versions);
  add_row (table, _ ("peers"), count.holding < count.keeping ? CONFSYNC_STYLE_YELLOW : NULL,
           count.total > 0 ? peers : _ ("none"));
}

static void
print_status (ConfsyncTool *tool)
{
  GVariant *manager = confsync_instance_get_manager (tool->instance);
  GVariant *document = confsync_instance_get_document (tool->instance);
  g_autoptr (ConfsyncTable) table = confsync_table_new (2);

  add_instance (table, manager);
  add_row (table, _ ("file"), NULL, confsync_instance_get_file (tool->instance));
  add_row (table, _ ("base dir"), NULL, confsync_instance_get_base_dir (tool->instance));
  add_state (table, document);
  add_degraded (table, document);
  add_role (table, document);
  add_content (table, document);
  add_trial (table, document);
  add_conflicts (table, document);
  add_listeners (table, manager);
  add_key (table, manager);
  add_refused (table, manager);
  add_sync (table, tool->instance, document);
  add_clocks (table, tool->instance);
  confsync_table_print (table, tool->output);
  if (confsync_peer_list_count (tool->instance).total > 0)
    {
      confsync_output_print (tool->output, "\n");
      confsync_peer_list_print (tool->instance, tool->output);
    }
}

/* for programs */

static void
build_time (JsonBuilder *builder, const char *member, gint64 time_us)
{
  g_autofree char *text = confsync_tool_dup_time (time_us);

  confsync_json_add_text (builder, member, text);
}

static void
build_int (JsonBuilder *builder, const char *member, gint64 value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_int_value (builder, value);
}

static void
build_flag (JsonBuilder *builder, const char *member, gboolean value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_boolean_value (builder, value);
}

/* A path may be any bytes; JSON is UTF-8. */
static void
build_path (JsonBuilder *builder, const char *member, const char *path)
{
  g_autofree char *valid = g_utf8_make_valid (path, -1);

  confsync_json_add_text (builder, member, valid);
}

static void
build_listeners (JsonBuilder *builder, GVariant *manager)
{
  g_autoptr (GVariant) listeners = dup_listeners (manager);
  GVariantIter iter;
  const char *address;
  gboolean exposed;

  json_builder_set_member_name (builder, "listeners");
  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, listeners);
  while (g_variant_iter_loop (&iter, "(&sb)", &address, &exposed))
    {
      json_builder_begin_object (builder);
      confsync_json_add_text (builder, "address", address);
      json_builder_set_member_name (builder, "exposed");
      json_builder_add_boolean_value (builder, exposed);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* null where nothing is on trial */
static void
build_trial (JsonBuilder *builder, GVariant *document)
{
  g_autoptr (GVariant) trial = g_variant_lookup_value (document, "Trial", G_VARIANT_TYPE_VARDICT);

  json_builder_set_member_name (builder, "trial");
  if (trial == NULL || g_variant_n_children (trial) == 0)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  confsync_json_add_text (builder, "hash", get_text (trial, "hash"));
  confsync_json_add_text (builder, "author", get_text (trial, "author"));
  build_time (builder, "until", get_time (trial, "until"));
  json_builder_end_object (builder);
}

static void
build_document (JsonBuilder *builder, ConfsyncInstance *instance)
{
  GVariant *document = confsync_instance_get_document (instance);

  build_path (builder, "file", confsync_instance_get_file (instance));
  build_path (builder, "base_dir", confsync_instance_get_base_dir (instance));
  confsync_json_add_text (builder, "state", get_text (document, "State"));
  confsync_json_add_text (builder, "reason", get_text (document, "Reason"));
  confsync_json_add_text (builder, "degraded", get_text (document, "Degraded"));
  confsync_json_add_text (builder, "resolver", get_text (document, "Resolver"));
  confsync_json_add_text (builder, "hash", get_text (document, "Hash"));
  build_int (builder, "size", (gint64) get_size (document, "Size"));
  confsync_json_add_text (builder, "author", get_text (document, "Author"));
  build_time (builder, "time", get_time (document, "Time"));
  build_time (builder, "last_sync", get_time (document, "LastSync"));
  build_int (builder, "versions", get_count (document, "Versions"));
  confsync_json_add_text (builder, "role", get_text (document, "Role"));
  confsync_json_add_text (builder, "join", get_text (document, "Join"));
  build_int (builder, "conflicts", get_count (document, "Conflicts"));
  json_builder_set_member_name (builder, "edited_here");
  json_builder_add_boolean_value (builder, get_flag (document, "EditedHere"));
  build_trial (builder, document);
}

static void
print_json (ConfsyncTool *tool)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "running");
  json_builder_add_boolean_value (builder, tool->instance != NULL);
  if (tool->instance != NULL)
    {
      GVariant *manager = confsync_instance_get_manager (tool->instance);

      confsync_json_add_text (builder, "instance", get_text (manager, "InstanceId"));
      confsync_json_add_text (builder, "version", get_text (manager, "Version"));
      build_int (builder, "pid", get_count (manager, "Pid"));
      build_time (builder, "start_time", get_time (manager, "StartTime"));
      build_flag (builder, "has_key", get_flag (manager, "HasKey"));
      build_int (builder, "failed_proofs", (gint64) get_size (manager, "FailedProofs"));
      build_document (builder, tool->instance);
      build_listeners (builder, manager);
      build_int (builder, "refused", (gint64) get_size (manager, "Refused"));
      json_builder_set_member_name (builder, "peers");
      confsync_peer_list_build (tool->instance, builder);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  confsync_output_node (tool->output, root);
}

/* That nothing runs is an answer to a program, and an error all the same. */
static int
run (ConfsyncTool *tool, GError **error)
{
  const gboolean json = confsync_tool_has (tool, "json");
  const gboolean connected = confsync_tool_connect (tool, error) != NULL;

  if (json && (connected || g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)))
    print_json (tool);
  else if (connected)
    print_status (tool);
  return connected ? CONFSYNC_EXIT_DONE : CONFSYNC_EXIT_FAILED;
}

const ConfsyncToolKind confsync_status_tool = {
  .name = "status",
  .usage = "[OPTION]...",
  .purpose = N_ ("Shows how an instance is doing. Exit status 3: none runs.\n"
                 "--json: running, instance, version, pid, start_time, has_key,\n"
                 "failed_proofs, file, base_dir, state,\n"
                 "reason, degraded, resolver, hash, size, author, time, last_sync, versions,\n"
                 "role, join, conflicts, edited_here, trial (hash, author, until), listeners\n"
                 "(address, exposed), refused (how many), peers (as confsync peers --json)."),
  .example = "confsync status --json | jq .peers",
  .options = options,
  .run = run,
};
