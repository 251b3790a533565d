/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The resolvers among the plugins, held to what every resolver promises that decides by itself.
 */

#include "confsync-contract.h"

int
main (int argc, char **argv)
{
  /* adding a name is all it takes to hold another one to the contract */
  static const char *const names[] = { "lww" };

  confsync_contract_init ((const char *const *) argv + 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      GType type = confsync_registry_find (CONFSYNC_TYPE_RESOLVER, names[i], &error);

      if (type == G_TYPE_INVALID)
        g_error ("%s", error->message);
      confsync_contract_add_resolver (type, CONFSYNC_CONTRACT_FLAGS_NONE);
    }
  return confsync_contract_run ();
}
