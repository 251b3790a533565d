/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Addresses as people write them, and the names of instances.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* PORT, HOST:PORT, SCHEME:REST or a URL (transfer full). A bare port is on this machine. */
char *confsync_address_normalize (const char *text, GError **error);

/* The part before the first colon (transfer full). */
char *confsync_address_get_scheme (const char *address);

/* Whether it can't lead to another machine: a URL without a host, or with a loopback one. */
gboolean confsync_address_is_local (const char *address);

/* Where somebody is, without what is another at each try: the port, or a number (transfer full). */
char *confsync_address_dup_place (const char *remote);
/* The same, for counting by: of an IPv6 address the first half, since the other half is whatever
 * one likes; "local" for what has no network address (transfer full). */
char *confsync_address_dup_network (const char *remote);

/* The host's name and six hexadecimal digits: kitchen-3f9a2c (transfer full). */
char *confsync_instance_id_make (void);

/* @n random bytes as hexadecimal digits, unpredictable (transfer full). */
char *confsync_random_hex (guint n);
guint64 confsync_random_number (void);

G_END_DECLS
