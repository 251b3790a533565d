/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Variables that hold a key: children inherit an environment, and other programs of this user can
 * read it. So they are taken out of it, and kept here for whoever reads options.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes them out of the environment. @alone: this is the only thread, so that a variable may go
 * altogether; else it stays, empty, since another thread may be reading the environment. */
void confsync_secret_environment_take (gboolean alone);

/* As g_get_environ() gives it, with what was taken out in it again; to be freed by
 * confsync_secret_environment_free(). */
GStrv confsync_secret_environment_dup (void);
void confsync_secret_environment_free (GStrv environment);

typedef GStrv ConfsyncSecretEnvironment;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (ConfsyncSecretEnvironment, confsync_secret_environment_free, NULL)

G_END_DECLS
