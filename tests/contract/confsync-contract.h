/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What is promised by whoever implements an interface of confsync, as tests over any class, in any
 * language. A program adds classes and runs; it prints TAP. Not installed.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

/**
 * ConfsyncContractFlags:
 * @CONFSYNC_CONTRACT_FLAGS_NONE: nothing special
 * @CONFSYNC_CONTRACT_FLAGS_SINGLE_THREAD: objects of the class can live in the main thread only
 * @CONFSYNC_CONTRACT_FLAGS_DECLINES: the class, a resolver, decides nothing: it declines at once
 *
 * What is known of a class.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_CONTRACT_FLAGS_NONE = 0,
  CONFSYNC_CONTRACT_FLAGS_SINGLE_THREAD = 1 << 0,
  CONFSYNC_CONTRACT_FLAGS_DECLINES = 1 << 1,
} ConfsyncContractFlags;

/**
 * ConfsyncContractFault:
 * @CONFSYNC_CONTRACT_FAULT_THROWS: the function throws, where the language can
 * @CONFSYNC_CONTRACT_FAULT_FORGETS: the task or conflict is dropped, or kept, and never answered
 * @CONFSYNC_CONTRACT_FAULT_TWICE: it is answered twice
 * @CONFSYNC_CONTRACT_FAULT_LATE: it is answered half a second after the deadline of 10 s
 *
 * What is wrong with a class on purpose.
 *
 * Since: 1.0
 */
typedef enum {
  CONFSYNC_CONTRACT_FAULT_THROWS,
  CONFSYNC_CONTRACT_FAULT_FORGETS,
  CONFSYNC_CONTRACT_FAULT_TWICE,
  CONFSYNC_CONTRACT_FAULT_LATE,
} ConfsyncContractFault;

/**
 * ConfsyncContractCollector:
 * @user_data: what confsync_contract_set_collector() was given
 *
 * Collects garbage.
 *
 * Since: 1.0
 */
typedef void (*ConfsyncContractCollector) (gpointer user_data);

void confsync_contract_set_collector (ConfsyncContractCollector collector,
                                      gpointer user_data,
                                      GDestroyNotify destroy);

void confsync_contract_set_tls (ConfsyncTls *tls);
void confsync_contract_init (const char *const *args);
void confsync_contract_add_store (GType implementation, ConfsyncContractFlags flags);
void confsync_contract_add_transport (GType implementation,
                                      const char *address,
                                      ConfsyncContractFlags flags);
void confsync_contract_add_resolver (GType implementation, ConfsyncContractFlags flags);
void confsync_contract_add_fault (GType interface_type,
                                  GType implementation,
                                  ConfsyncContractFault fault);
void confsync_contract_add_missing (const char *name, const char *reason);
int confsync_contract_run (void);

int confsync_contract_run_store (GType implementation,
                                 ConfsyncContractFlags flags,
                                 const char *const *args);
int confsync_contract_run_transport (GType implementation,
                                     const char *address,
                                     ConfsyncContractFlags flags,
                                     const char *const *args);
int confsync_contract_run_resolver (GType implementation,
                                    ConfsyncContractFlags flags,
                                    const char *const *args);
int confsync_contract_run_fault (GType interface_type,
                                 GType implementation,
                                 ConfsyncContractFault fault,
                                 const char *const *args);

G_END_DECLS
