/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The key is written first, under a mode that lets nobody else read it from its first byte on.
 */

#include "config.h"

#include "confsync-identity.h"

#include <glib/gi18n.h>
#include <string.h>

#include "confsync-certificate.h"

#define CERTIFICATE_NAME "tls.crt"
#define KEY_NAME "tls.key"
#define CERTIFICATE_MODE 0644
#define KEY_MODE 0600
#define NAME_MAX_BYTES 64

void
confsync_identity_clear (ConfsyncIdentity *self)
{
  g_clear_pointer (&self->certificate_file, g_free);
  g_clear_pointer (&self->key_file, g_free);
}

static const char *
get_option (ConfsyncOptions *options, const char *name)
{
  return confsync_options_find (options, name) != NULL ? confsync_options_get_string (options, name)
                                                       : NULL;
}

static char *
find_file (ConfsyncOptions *options,
           ConfsyncSettings *settings,
           const char *option,
           const char *usual)
{
  const char *said = get_option (options, option);
  g_autofree char *noted = confsync_settings_dup_string (settings, option);
  g_autofree char *folder = g_path_get_dirname (confsync_settings_get_path (settings));

  if (said != NULL || noted != NULL)
    return g_canonicalize_filename (said != NULL ? said : noted, NULL);
  return g_build_filename (folder, usual, NULL);
}

void
confsync_identity_find (ConfsyncIdentity *self,
                        ConfsyncOptions *options,
                        ConfsyncSettings *settings)
{
  self->certificate_file = find_file (options, settings, "tls-certificate", CERTIFICATE_NAME);
  self->key_file = find_file (options, settings, "tls-private-key", KEY_NAME);
}

/* The common name, where that is all that there is: our own certificates have nothing else. */
static char *
dup_common_name (GTlsCertificate *certificate)
{
  g_autofree char *subject =
    certificate != NULL ? g_tls_certificate_get_subject_name (certificate) : NULL;

  if (subject == NULL || !g_str_has_prefix (subject, "CN=") || strchr (subject, ',') != NULL)
    return NULL;
  return g_strdup (subject + strlen ("CN="));
}

/* What isn't a letter, a digit, a dot, a dash or an underscore can't be in an id. */
char *
confsync_identity_dup_name (ConfsyncOptions *options,
                            ConfsyncSettings *settings,
                            GTlsCertificate *certificate)
{
  const char *said = get_option (options, "instance-id");
  g_autofree char *noted = confsync_settings_dup_string (settings, "instance-id");
  char *name = said != NULL    ? g_strdup (said)
               : noted != NULL ? g_steal_pointer (&noted)
                               : dup_common_name (certificate);

  if (name == NULL || *name == '\0')
    {
      g_free (name);
      name = g_strdup (g_get_host_name ());
    }
  for (char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-", *p) == NULL)
      *p = '-';
  if (strlen (name) > NAME_MAX_BYTES)
    name[NAME_MAX_BYTES] = '\0';
  return name;
}

gboolean
confsync_identity_exists (const ConfsyncIdentity *self)
{
  return g_file_test (self->certificate_file, G_FILE_TEST_EXISTS) ||
         g_file_test (self->key_file, G_FILE_TEST_EXISTS);
}

static gboolean
save (const char *path, const char *text, int mode, GError **error)
{
  return g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   mode, error);
}

gboolean
confsync_identity_make (const ConfsyncIdentity *self, const char *name, guint days, GError **error)
{
  g_autofree char *certificate = NULL;
  char *key = NULL;
  gboolean ok = confsync_certificate_make (name, days, &certificate, &key, error) &&
                save (self->key_file, key, KEY_MODE, error) &&
                save (self->certificate_file, certificate, CERTIFICATE_MODE, error);

  confsync_certificate_wipe (key);
  return ok;
}

void
confsync_identity_note (const ConfsyncIdentity *self, ConfsyncSettings *settings)
{
  confsync_settings_set_string (settings, "tls-certificate", self->certificate_file);
  confsync_settings_set_string (settings, "tls-private-key", self->key_file);
}

GTlsCertificate *
confsync_identity_load (const ConfsyncIdentity *self, GError **error)
{
  g_autoptr (ConfsyncTls) tls = confsync_tls_new ();

  if (!confsync_tls_load_identity (tls, self->certificate_file, self->key_file, error))
    return NULL;
  return g_object_ref (confsync_tls_get_certificate (tls));
}
