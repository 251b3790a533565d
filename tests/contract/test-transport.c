/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The transports among the plugins, held to what every transport promises. One whose plugin was not
 * built is skipped by name.
 */

#include "confsync-contract.h"

/* adding a line is all it takes to hold another one to the contract */
static const struct
{
  const char *scheme;
  const char *listen;
  gboolean optional;
} rows[] = {
  { "loopback", "loopback:contract", FALSE },
  { "unix", "unix:%s/socket", FALSE },
  { "ws", "ws://127.0.0.1:0", TRUE },
};

int
main (int argc, char **argv)
{
  confsync_contract_init ((const char *const *) argv + 1);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, rows[i].scheme, &error);

      if (type != G_TYPE_INVALID)
        confsync_contract_add_transport (type, rows[i].listen, CONFSYNC_CONTRACT_FLAGS_NONE);
      else if (rows[i].optional &&
               g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
        confsync_contract_add_missing (rows[i].scheme, error->message);
      else
        g_error ("%s", error->message);
    }
  return confsync_contract_run ();
}
