/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The peers of an instance, for people and for programs.
 */

#pragma once

#include "confsync-instance.h"
#include "confsync-output.h"

G_BEGIN_DECLS

typedef struct {
  guint total;
  guint live;    /* of these */
  guint keeping; /* of those that are live: how many keep the document */
  guint holding; /* of these: how many hold what is held here */
} ConfsyncPeerCount;

ConfsyncPeerCount confsync_peer_list_print (ConfsyncInstance *instance, ConfsyncOutput *output);
ConfsyncPeerCount confsync_peer_list_count (ConfsyncInstance *instance);
char *confsync_peer_list_dup_clocks (ConfsyncInstance *instance);
void confsync_peer_list_build (ConfsyncInstance *instance, JsonBuilder *builder);

void confsync_json_add_text (JsonBuilder *builder, const char *member, const char *text);

G_END_DECLS
