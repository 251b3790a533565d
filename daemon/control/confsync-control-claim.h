/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The right to serve a file's control socket: one process has it at a time, and it ends with the
 * process, however that ends.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ConfsyncControlClaim ConfsyncControlClaim;

/* Makes the folder where it is missing. @base_dir (nullable): the folder of @file. Fails with
 * %CONFSYNC_ERROR_BUSY, naming the process, where another instance keeps @file, and with a
 * %G_IO_ERROR where there is no place for a socket. */
ConfsyncControlClaim *confsync_control_claim_new (const char *file,
                                                  const char *base_dir,
                                                  GError **error);
/* Removes the socket. */
void confsync_control_claim_free (ConfsyncControlClaim *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncControlClaim, confsync_control_claim_free)

const char *confsync_control_claim_get_path (ConfsyncControlClaim *self);
/* Opens the socket, in the place of one that a dead instance left; once. */
GSocket *confsync_control_claim_listen (ConfsyncControlClaim *self, GError **error);

G_END_DECLS
