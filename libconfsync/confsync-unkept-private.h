/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Contents that no version could be made of, and why: they may be nowhere else, so nothing is to
 * take their place.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfsyncUnkept ConfsyncUnkept;

ConfsyncUnkept *confsync_unkept_new (void);
void confsync_unkept_free (ConfsyncUnkept *self);

/* A version of this content failed. */
void confsync_unkept_add (ConfsyncUnkept *self, const char *hash, const GError *error);

/* There is a version of it. */
void confsync_unkept_remove (ConfsyncUnkept *self, const char *hash);

/* Whether this content (nullable) may be replaced; fails with the reason of its version. */
gboolean confsync_unkept_check (ConfsyncUnkept *self, const char *hash, GError **error);

G_END_DECLS
