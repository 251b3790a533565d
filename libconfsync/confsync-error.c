/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The error domain and the D-Bus name of each of its codes.
 */

#include "config.h"

#include "confsync-error.h"

#define ERROR_PREFIX CONFSYNC_DBUS_NAME ".Error."

/* in the order of the codes; test-error asserts that none is missing */
static const GDBusErrorEntry entries[] = {
  { CONFSYNC_ERROR_FAILED, ERROR_PREFIX "Failed" },
  { CONFSYNC_ERROR_INVALID_JSON, ERROR_PREFIX "InvalidJson" },
  { CONFSYNC_ERROR_INVALID_DOCUMENT, ERROR_PREFIX "InvalidDocument" },
  { CONFSYNC_ERROR_TOO_LARGE, ERROR_PREFIX "TooLarge" },
  { CONFSYNC_ERROR_INVALID_POINTER, ERROR_PREFIX "InvalidPointer" },
  { CONFSYNC_ERROR_NOT_FOUND, ERROR_PREFIX "NotFound" },
  { CONFSYNC_ERROR_INVALID_PATCH, ERROR_PREFIX "InvalidPatch" },
  { CONFSYNC_ERROR_INVALID_ADDRESS, ERROR_PREFIX "InvalidAddress" },
  { CONFSYNC_ERROR_INVALID_MESSAGE, ERROR_PREFIX "InvalidMessage" },
  { CONFSYNC_ERROR_PLUGIN, ERROR_PREFIX "Plugin" },
  { CONFSYNC_ERROR_REFUSED, ERROR_PREFIX "Refused" },
  { CONFSYNC_ERROR_BUSY, ERROR_PREFIX "Busy" },
  { CONFSYNC_ERROR_CLOSED, ERROR_PREFIX "Closed" },
  { CONFSYNC_ERROR_DEADLINE, ERROR_PREFIX "Deadline" },
  { CONFSYNC_ERROR_EMPTY, ERROR_PREFIX "Empty" },
  { CONFSYNC_ERROR_CONFLICT, ERROR_PREFIX "Conflict" },
  { CONFSYNC_ERROR_INVALID_OPTION, ERROR_PREFIX "InvalidOption" },
};

/**
 * confsync_error_quark:
 *
 * Gets the error domain, and makes its codes known to D-Bus.
 *
 * Returns: the domain
 *
 * Since: 1.0
 */
GQuark
confsync_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("confsync-error-quark", &quark, entries,
                                      G_N_ELEMENTS (entries));
  return (GQuark) quark;
}
