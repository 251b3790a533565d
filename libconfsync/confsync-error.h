/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The error domain of the library. Codes are append-only; I/O errors keep their GIO domain.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-macros.h"

G_BEGIN_DECLS

/**
 * CONFSYNC_ERROR:
 *
 * The error domain of confsync; its codes are [error@Confsync.Error].
 *
 * Since: 1.0
 */
#define CONFSYNC_ERROR (confsync_error_quark ())

/**
 * ConfsyncError:
 * @CONFSYNC_ERROR_FAILED: what fits no other code; the message says it
 * @CONFSYNC_ERROR_INVALID_JSON: text that is not JSON, or JSON that can't be held exactly
 * @CONFSYNC_ERROR_INVALID_DOCUMENT: JSON that can't be a configuration: its root is no object
 * @CONFSYNC_ERROR_TOO_LARGE: beyond a limit of size, depth or count
 * @CONFSYNC_ERROR_INVALID_POINTER: not a JSON Pointer (RFC 6901)
 * @CONFSYNC_ERROR_NOT_FOUND: no such value, version, plugin or document
 * @CONFSYNC_ERROR_INVALID_PATCH: not a JSON Patch (RFC 6902), or one that doesn't apply
 * @CONFSYNC_ERROR_INVALID_ADDRESS: an address that no transport understands
 * @CONFSYNC_ERROR_INVALID_MESSAGE: a peer's message that breaks the protocol
 * @CONFSYNC_ERROR_PLUGIN: a plugin that can't be loaded, or breaks its contract
 * @CONFSYNC_ERROR_REFUSED: refused by policy: the message says by which
 * @CONFSYNC_ERROR_BUSY: another instance has the document, or the object is in use
 * @CONFSYNC_ERROR_CLOSED: the object was stopped or closed before it could answer
 * @CONFSYNC_ERROR_DEADLINE: an implementation or a peer didn't answer in time
 * @CONFSYNC_ERROR_EMPTY: an empty configuration where one is asked for
 * @CONFSYNC_ERROR_CONFLICT: what was to be replaced is no longer what is there
 * @CONFSYNC_ERROR_INVALID_OPTION: an option that is not known, not built, or has a wrong value;
 *   the message says where it stands
 *
 * The codes of %CONFSYNC_ERROR.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_ERROR_FAILED,
  CONFSYNC_ERROR_INVALID_JSON,
  CONFSYNC_ERROR_INVALID_DOCUMENT,
  CONFSYNC_ERROR_TOO_LARGE,
  CONFSYNC_ERROR_INVALID_POINTER,
  CONFSYNC_ERROR_NOT_FOUND,
  CONFSYNC_ERROR_INVALID_PATCH,
  CONFSYNC_ERROR_INVALID_ADDRESS,
  CONFSYNC_ERROR_INVALID_MESSAGE,
  CONFSYNC_ERROR_PLUGIN,
  CONFSYNC_ERROR_REFUSED,
  CONFSYNC_ERROR_BUSY,
  CONFSYNC_ERROR_CLOSED,
  CONFSYNC_ERROR_DEADLINE,
  CONFSYNC_ERROR_EMPTY,
  CONFSYNC_ERROR_CONFLICT,
  CONFSYNC_ERROR_INVALID_OPTION,
} ConfsyncError;

CONFSYNC_AVAILABLE_IN_1_0
GQuark confsync_error_quark (void);

G_END_DECLS
