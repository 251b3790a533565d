/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The stores of the library, held to what every store promises.
 */

#include "confsync-contract.h"

#include "local-stores.h"

int
main (int argc, char **argv)
{
  confsync_contract_init ((const char *const *) argv + 1);
  confsync_contract_add_store (CONFSYNC_TYPE_FILE_STORE, CONFSYNC_CONTRACT_FLAGS_NONE);
  confsync_contract_add_store (CONFSYNC_TYPE_MEMORY_STORE, CONFSYNC_CONTRACT_FLAGS_NONE);
  confsync_contract_add_store (TEST_TYPE_LOCAL_FILE_STORE, CONFSYNC_CONTRACT_FLAGS_NONE);
  confsync_contract_add_store (TEST_TYPE_LOCAL_MEMORY_STORE, CONFSYNC_CONTRACT_FLAGS_NONE);
  return confsync_contract_run ();
}
