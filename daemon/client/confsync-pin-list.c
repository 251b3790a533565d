/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Pins are compared by what they mean: the same fingerprint may be written in several ways.
 */

#include "config.h"

#include "confsync-pin-list.h"

#include <confsync.h>
#include <glib/gi18n.h>

#define OPTION "tls-pin"

static gboolean
is_pin (const char *pin, const char *fingerprint, const char *name)
{
  g_autofree char *whose = NULL;
  g_autofree char *its = confsync_tls_parse_pin (pin, &whose, NULL);

  return (fingerprint != NULL && g_strcmp0 (its, fingerprint) == 0) ||
         (name != NULL && g_strcmp0 (whose, name) == 0);
}

/* Gives those that are neither @fingerprint nor of @name (each nullable), and @those that are. */
static GStrvBuilder *
keep_others (ConfsyncSettings *settings, const char *fingerprint, const char *name, GStrv *those)
{
  g_auto (GStrv) pins = confsync_settings_dup_strings (settings, OPTION);
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  GStrvBuilder *builder = g_strv_builder_new ();

  for (gsize i = 0; pins[i] != NULL; i++)
    g_strv_builder_add (is_pin (pins[i], fingerprint, name) ? found : builder, pins[i]);
  *those = g_strv_builder_end (found);
  return builder;
}

static void
put (ConfsyncSettings *settings, GStrvBuilder *builder)
{
  g_auto (GStrv) pins = g_strv_builder_end (builder);

  confsync_settings_set_strings (settings, OPTION, (const char *const *) pins);
}

gboolean
confsync_pin_list_add (ConfsyncSettings *settings,
                       const char *fingerprint,
                       const char *name,
                       GError **error)
{
  g_autofree char *text =
    name != NULL ? g_strconcat (name, "=", fingerprint, NULL) : g_strdup (fingerprint);
  g_autofree char *whose = NULL;
  g_autofree char *plain = confsync_tls_parse_pin (text, &whose, error);
  g_autoptr (GStrvBuilder) builder = NULL;
  g_autofree char *pin = NULL;
  g_auto (GStrv) before = NULL;

  if (plain == NULL)
    return FALSE;
  builder = keep_others (settings, plain, NULL, &before);
  pin = whose != NULL ? g_strconcat (whose, "=", plain, NULL) : g_strdup (plain);
  g_strv_builder_add (builder, pin);
  put (settings, builder);
  return TRUE;
}

gboolean
confsync_pin_list_remove (ConfsyncSettings *settings,
                          const char *which,
                          GStrv *removed,
                          GError **error)
{
  g_autofree char *fingerprint = confsync_tls_parse_pin (which, NULL, NULL);
  g_auto (GStrv) those = NULL;
  g_autoptr (GStrvBuilder) builder =
    keep_others (settings, fingerprint, fingerprint == NULL ? which : NULL, &those);

  if (those[0] == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   _ ("“%s” isn't pinned in %s; “confsync trust” lists what is"), which,
                   confsync_settings_get_path (settings));
      return FALSE;
    }
  put (settings, builder);
  *removed = g_steal_pointer (&those);
  return TRUE;
}
