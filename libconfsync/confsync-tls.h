/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who we are and whom we trust in TLS: what transports are told of certificates.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_TLS (confsync_tls_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (ConfsyncTls, confsync_tls, CONFSYNC, TLS, GObject)

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncTls *confsync_tls_new (void);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_tls_load_identity (ConfsyncTls *self,
                                     const char *certificate_file,
                                     const char *private_key_file,
                                     GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_tls_load_ca (ConfsyncTls *self, const char *file, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_tls_add_pin (ConfsyncTls *self, const char *pin, GError **error);

CONFSYNC_AVAILABLE_IN_1_0
GStrv confsync_tls_dup_pins (ConfsyncTls *self);

CONFSYNC_AVAILABLE_IN_1_0
GTlsCertificate *confsync_tls_get_certificate (ConfsyncTls *self);

CONFSYNC_AVAILABLE_IN_1_0
GTlsDatabase *confsync_tls_dup_database (ConfsyncTls *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_tls_has_pins (ConfsyncTls *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_tls_is_mutual (ConfsyncTls *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_tls_check_peer (ConfsyncTls *self,
                                  GTlsCertificate *certificate,
                                  GTlsCertificateFlags problems,
                                  GError **error);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_tls_dup_fingerprint (GTlsCertificate *certificate);

CONFSYNC_AVAILABLE_IN_1_0
char *confsync_tls_parse_pin (const char *pin, char **name, GError **error);

G_END_DECLS
