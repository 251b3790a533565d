/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What the suites share: a class under test, and waiting where a language may hold on to objects.
 */

#pragma once

#include "confsync-contract.h"

G_BEGIN_DECLS

/* one class; lives until the end of the run */
typedef struct
{
  GType type;
  ConfsyncContractFlags flags;
  ConfsyncContractFault fault; /* of a fault's */
  char *text;                  /* (nullable) an address, or a reason */
} ContractRow;

/* Takes nothing; the row is freed after the run. */
ContractRow *contract_row_new (GType type, const char *text);

/* /SUITE/TYPE/NAME (transfer full) */
char *contract_path (const char *suite, const ContractRow *row, const char *name);

/* Waits until a weak pointer is cleared; garbage is collected meanwhile. */
gboolean contract_wait_gone (gpointer *weak);

/* Has the language collect its garbage, where it has some. */
void contract_collect (void);

G_END_DECLS
