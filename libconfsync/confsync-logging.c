/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Logs of the library's domains on standard error or in the journal. Events stay signals; while
 * logging is set up, a record is made of each as well. Nothing here is done unless a program asks
 * for it: a library that takes the log writer takes it from the program.
 */

#include "config.h"

#include "confsync-logging.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "confsync-audit-record-private.h"
#include "confsync-log-line-private.h"
#include "confsync-logging-private.h"
#include "confsync-manager.h"
#include "confsync-node-options-private.h"
#include "confsync-option-sources-private.h"

#define DOMAIN_PREFIX "confsync"
#define EVENT_FIELD "CONFSYNC_EVENT"

/* a ConfsyncLevel: the least that is logged; set and read by any thread */
static int least_level = CONFSYNC_LEVEL_INFO;
/* a boolean, likewise */
static int is_set_up = FALSE;

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key) && fields[i].length < 0)
      return fields[i].value;
  return NULL;
}

static gboolean
is_ours (const char *domain)
{
  return domain != NULL && g_str_has_prefix (domain, DOMAIN_PREFIX) &&
         (domain[strlen (DOMAIN_PREFIX)] == '\0' || domain[strlen (DOMAIN_PREFIX)] == '-');
}

static ConfsyncLevel
level_of (GLogLevelFlags flags)
{
  if (flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return CONFSYNC_LEVEL_ERROR;
  if (flags & G_LOG_LEVEL_WARNING)
    return CONFSYNC_LEVEL_WARNING;
  return flags & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO) ? CONFSYNC_LEVEL_INFO
                                                          : CONFSYNC_LEVEL_DEBUG;
}

static GLogLevelFlags
flags_of (ConfsyncLevel level)
{
  switch (level)
    {
    case CONFSYNC_LEVEL_ERROR:
      return G_LOG_LEVEL_CRITICAL;
    case CONFSYNC_LEVEL_WARNING:
      return G_LOG_LEVEL_WARNING;
    case CONFSYNC_LEVEL_INFO:
      return G_LOG_LEVEL_INFO;
    case CONFSYNC_LEVEL_DEBUG:
    default:
      return G_LOG_LEVEL_DEBUG;
    }
}

/* Whether a record is a fault of a program, which GLib may have been told to end it for. */
static gboolean
is_fault (GLogLevelFlags flags, const GLogField *fields, gsize n_fields)
{
  return level_of (flags) >= CONFSYNC_LEVEL_WARNING &&
         find_field (fields, n_fields, EVENT_FIELD) == NULL;
}

static GLogWriterOutput
write_cb (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *message = find_field (fields, n_fields, "MESSAGE");
  g_autofree char *line = NULL;

  if (!is_ours (domain) || message == NULL)
    return g_log_writer_default (flags, fields, n_fields, user_data);
  if ((int) level_of (flags) < g_atomic_int_get (&least_level))
    return G_LOG_WRITER_HANDLED;
  if (is_fault (flags, fields, n_fields))
    return g_log_writer_default (flags, fields, n_fields, user_data);
  if (g_log_writer_is_journald (fileno (stderr)) &&
      g_log_writer_journald (flags, fields, n_fields, user_data) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;

  line = confsync_log_line (g_get_real_time (), level_of (flags), domain, message);
  fputs (line, stderr);
  return G_LOG_WRITER_HANDLED;
}

void
confsync_logging_take (ConfsyncLevel level,
                       const char *kind,
                       GVariant *details,
                       const char *instance,
                       const char *document)
{
  g_autoptr (GVariant) record = NULL;
  g_autoptr (GArray) fields = NULL;
  g_autofree char *message = NULL;

  if (!g_atomic_int_get (&is_set_up) || (int) level < g_atomic_int_get (&least_level))
    return;
  message = confsync_log_event (kind, details);
  record = confsync_audit_record_new (level, kind, details, instance, document);
  fields = confsync_audit_record_to_fields (level, G_LOG_DOMAIN, kind, message, record);
  g_log_structured_array (flags_of (level), (const GLogField *) fields->data, fields->len);
}

/* A handler of ConfsyncNode::event and ConfsyncManager::event for all of them. */
static gboolean
event_cb (GSignalInvocationHint *hint,
          guint n_values,
          const GValue *values,
          gpointer user_data)
{
  GObject *source = g_value_get_object (&values[0]);
  g_autoptr (ConfsyncNode) node = NULL;
  g_autofree char *document = NULL;

  if (CONFSYNC_IS_MANAGER (source))
    g_object_get (source, "node", &node, "name", &document, NULL);
  else
    node = CONFSYNC_NODE (g_object_ref (source));
  confsync_logging_take (g_value_get_int (&values[1]), g_value_get_string (&values[2]),
                         g_value_get_variant (&values[3]), confsync_node_get_instance_id (node),
                         document);
  return TRUE;
}

static void
log_events_of (GType type)
{
  g_type_class_ref (type); /* it has no signals before */
  g_signal_add_emission_hook (g_signal_lookup ("event", type), 0, event_cb, NULL, NULL);
}

/* One option of the table, and where to find it: what else may be set is no concern of ours. */
static gboolean
read_level (const char *level, ConfsyncLevel *result, GError **error)
{
  g_autoptr (ConfsyncOptions) all = confsync_node_options_new ();
  const ConfsyncOption table[] = { *confsync_options_find (all, "log-level"),
                                   *confsync_options_find (all, "settings-file"),
                                   *confsync_options_find (all, "options-file"),
                                   { NULL } };
  g_autoptr (ConfsyncOptions) options = confsync_options_new (table);
  g_auto (GStrv) environment = getauxval (AT_SECURE) ? g_new0 (char *, 1) : g_get_environ ();

  confsync_options_set_lenient (options, TRUE);
  if (level != NULL && !confsync_options_take (options, &table[0], CONFSYNC_SOURCE_COMMAND_LINE,
                                               "level", level, error))
    return FALSE;
  if (level == NULL &&
      !confsync_node_options_read (options, (const char *const *) environment, NULL, NULL, error))
    return FALSE;
  *result = confsync_options_get_choice (options, "log-level");
  return TRUE;
}

/**
 * confsync_setup_logging:
 * @level: (nullable): the least that is logged: `debug`, `info`, `warning` or `error`, in any case;
 *   %NULL for what `CONFSYNC_LOG_LEVEL` says, else `AICLEANER_LOG_LEVEL`, else `log-level` in
 *   `confsync.conf`, else `info`
 * @error: return location for an error, or %NULL
 *
 * Logs what the library and its plugins do: to standard error, or to the journal where that is what
 * standard error is. For programs without a log writer of their own: GLib has one place for a log
 * writer, and ends a program that fills it twice. May be called again to change the level.
 *
 * What happens in an instance is told by signals, [signal@Node::event] and [signal@Manager::event];
 * this makes a log record of each, of domain `confsync`, with the kind in the field
 * `CONFSYNC_EVENT`. Those of the audit ([func@event_get_message_id]) have a `MESSAGE_ID`, and each
 * detail in a field of its own. A program that has a log writer connects to the signals instead.
 * Records of other domains are written as GLib writes them, and so are warnings about faults of a
 * program. Names of members may be logged, their values never.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_OPTION where there is no such level, naming the place; then
 * nothing has changed.
 *
 * May be called from any thread.
 *
 * Returns: whether logging is set up
 *
 * Since: 1.0
 */
gboolean
confsync_setup_logging (const char *level, GError **error)
{
  static gsize once = 0;
  ConfsyncLevel least;

  if (!read_level (level, &least, error))
    return FALSE;

  g_atomic_int_set (&least_level, (int) least);
  if (g_once_init_enter (&once))
    {
      g_log_set_writer_func (write_cb, NULL, NULL);
      log_events_of (CONFSYNC_TYPE_NODE);
      log_events_of (CONFSYNC_TYPE_MANAGER);
      g_atomic_int_set (&is_set_up, TRUE);
      g_once_init_leave (&once, 1);
    }
  return TRUE;
}
