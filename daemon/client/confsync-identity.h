/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The certificate and key that an instance shows, as files that its settings name.
 */

#pragma once

#include <confsync.h>

#include "confsync-settings.h"

G_BEGIN_DECLS

typedef struct {
  char *certificate_file; /* absolute */
  char *key_file;
} ConfsyncIdentity;

void confsync_identity_clear (ConfsyncIdentity *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConfsyncIdentity, confsync_identity_clear)

/* Where they are: where @options (tls-certificate, tls-private-key; optional there) or the settings
 * say, or beside the settings. */
void confsync_identity_find (ConfsyncIdentity *self,
                             ConfsyncOptions *options,
                             ConfsyncSettings *settings);

/* What the instance is called: instance-id, or as its certificate (nullable) says, or the name of
 * the machine. */
char *confsync_identity_dup_name (ConfsyncOptions *options,
                                  ConfsyncSettings *settings,
                                  GTlsCertificate *certificate);

gboolean confsync_identity_exists (const ConfsyncIdentity *self);

/* Makes both files anew. */
gboolean confsync_identity_make (const ConfsyncIdentity *self,
                                 const char *name,
                                 guint days,
                                 GError **error);

/* Names both files in the settings, which are still to be saved. */
void confsync_identity_note (const ConfsyncIdentity *self, ConfsyncSettings *settings);

/* (transfer full) */
GTlsCertificate *confsync_identity_load (const ConfsyncIdentity *self, GError **error);

G_END_DECLS
