/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The error domain and the D-Bus name of each of its codes.
 */

#include "config.h"

#include "confsync-error.h"

/* in the order of the codes; test-error asserts that none is missing */
static const GDBusErrorEntry entries[] = {
  { CONFSYNC_ERROR_FAILED, "org.confsync.Error.Failed" },
  { CONFSYNC_ERROR_INVALID_JSON, "org.confsync.Error.InvalidJson" },
  { CONFSYNC_ERROR_INVALID_DOCUMENT, "org.confsync.Error.InvalidDocument" },
  { CONFSYNC_ERROR_TOO_LARGE, "org.confsync.Error.TooLarge" },
  { CONFSYNC_ERROR_INVALID_POINTER, "org.confsync.Error.InvalidPointer" },
  { CONFSYNC_ERROR_NOT_FOUND, "org.confsync.Error.NotFound" },
  { CONFSYNC_ERROR_INVALID_PATCH, "org.confsync.Error.InvalidPatch" },
  { CONFSYNC_ERROR_INVALID_ADDRESS, "org.confsync.Error.InvalidAddress" },
  { CONFSYNC_ERROR_INVALID_MESSAGE, "org.confsync.Error.InvalidMessage" },
  { CONFSYNC_ERROR_PLUGIN, "org.confsync.Error.Plugin" },
  { CONFSYNC_ERROR_REFUSED, "org.confsync.Error.Refused" },
  { CONFSYNC_ERROR_BUSY, "org.confsync.Error.Busy" },
  { CONFSYNC_ERROR_CLOSED, "org.confsync.Error.Closed" },
  { CONFSYNC_ERROR_DEADLINE, "org.confsync.Error.Deadline" },
  { CONFSYNC_ERROR_EMPTY, "org.confsync.Error.Empty" },
};

GQuark
confsync_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("confsync-error-quark", &quark, entries,
                                      G_N_ELEMENTS (entries));
  return (GQuark) quark;
}
