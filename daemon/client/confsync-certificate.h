/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Makes a private key and a certificate that signs itself.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes a pair for @name, both in PEM. @days: how long the certificate is valid; 0 for without end.
 * @key: a ConfsyncSecret. */
gboolean confsync_certificate_make (const char *name,
                                    guint days,
                                    char **certificate,
                                    char **key,
                                    GError **error);

G_END_DECLS
