/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The pins in a settings file, which is still to be saved afterwards.
 */

#pragma once

#include "confsync-settings.h"

G_BEGIN_DECLS

/* @name: (nullable). One that is there already only gets the name. */
gboolean confsync_pin_list_add (ConfsyncSettings *settings,
                                const char *fingerprint,
                                const char *name,
                                GError **error);

/* @which: a fingerprint, or a name, of which all go
 * @removed: (out) (transfer full): the pins that went */
gboolean confsync_pin_list_remove (ConfsyncSettings *settings,
                                   const char *which,
                                   GStrv *removed,
                                   GError **error);

G_END_DECLS
