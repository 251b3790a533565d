/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Frames of the legacy protocol: JSON objects of exactly six members, whose config_hash is the MD5
 * of the text that Python's json.dumps (config, sort_keys=True) makes. A legacy decoder fails on a
 * seventh member, so nothing else is ever written; what else is read is passed over.
 */

#pragma once

#include "confsync-message-private.h"

G_BEGIN_DECLS

/* One frame. @type is one of CONFSYNC_MESSAGE_UPDATE, RESPONSE and REQUEST, @timestamp in µs since
 * the Unix epoch, @hash of confsync_legacy_hash (), "" for no configuration, @document nullable. */
GBytes *confsync_legacy_encode (ConfsyncMessageType type,
                                gint64 timestamp,
                                const char *instance_id,
                                const char *hash,
                                ConfsyncDocument *document);

/* Reads what came from a legacy peer: an update, a response, a request or a heartbeat. instance_id
 * is one that can name an author here, and timestamp lies within the format, or is 0. data is %NULL
 * where there is none. Gives %NULL without an error for another type, which is to be ignored. */
ConfsyncMessage *confsync_legacy_decode (GBytes *text,
                                         const ConfsyncJsonLimits *limits,
                                         GError **error);

/* The hash that legacy peers compare, in lower-case hexadecimal digits. */
char *confsync_legacy_hash (ConfsyncDocument *document);

/* The id that an instance goes by here: its own where it can name an instance, else one made of it,
 * the same everywhere and another one for each. */
char *confsync_legacy_make_id (const char *id);

/* The actor that stands for its edits: all that see the same frame name the same one. */
guint64 confsync_legacy_make_actor (const char *id);

G_END_DECLS
