/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * One exchange of `confsync pair` over one connection, from either end: both prove that they know
 * the code, and that the certificates which each of them sees are those that the other one has.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  CONFSYNC_PAIRING_LISTENER,
  CONFSYNC_PAIRING_DIALLER,
} ConfsyncPairingRole;

/* what one end brings */
typedef struct {
  GTlsCertificate *certificate;
  const char *code; /* as confsync_pair_code_parse() gives it */
  const char *name; /* an instance's id */
} ConfsyncPairingSide;

/* what it learns */
typedef struct {
  char *fingerprint;
  char *name;
} ConfsyncPairingPeer;

void confsync_pairing_peer_free (ConfsyncPairingPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncPairingPeer, confsync_pairing_peer_free)

void confsync_pairing_run_async (GSocketConnection *connection,
                                 ConfsyncPairingRole role,
                                 const ConfsyncPairingSide *side,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/* Fails with CONFSYNC_ERROR_REFUSED where the other end doesn't know the code; with another error
 * where there was no whole exchange within ten seconds. */
ConfsyncPairingPeer *confsync_pairing_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
