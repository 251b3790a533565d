/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes a private key and a certificate that signs itself.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes a pair for @name, both in PEM. @days: how long the certificate is valid; 0 for without end.
 * Free @key with confsync_certificate_wipe(). */
gboolean confsync_certificate_make (const char *name,
                                    guint days,
                                    char **certificate,
                                    char **key,
                                    GError **error);

/* Overwrites a secret text (nullable) before it is freed. */
void confsync_certificate_wipe (char *secret);

G_END_DECLS
