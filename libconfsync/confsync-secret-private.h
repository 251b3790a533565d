/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Texts that must not stay in memory once nobody needs them. A compiler may not leave the wiping
 * out, as it may with memset ().
 */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

static inline void
confsync_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* for g_auto */
typedef char *ConfsyncSecret;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (ConfsyncSecret, confsync_secret_free, NULL)

G_END_DECLS
