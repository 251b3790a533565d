/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The run: arguments, rows, and the collector. The suites are in files of their own.
 */

#include "contract-private.h"

#include "test-util.h"

#define GONE_MS 20000

static GPtrArray *rows;

/* what g_test_init () was given, for as long as it may look at it */
static GPtrArray *arguments;
static char **vector;

static struct
{
  ConfsyncContractCollector function; /* (nullable) */
  gpointer user_data;
  GDestroyNotify destroy; /* (nullable) */
} collector;

static void
row_free (gpointer data)
{
  ContractRow *row = data;

  g_free (row->text);
  g_free (row);
}

ContractRow *
contract_row_new (GType type, const char *text)
{
  ContractRow *row = g_new0 (ContractRow, 1);

  row->type = type;
  row->text = g_strdup (text);
  if (rows == NULL)
    rows = g_ptr_array_new_with_free_func (row_free);
  g_ptr_array_add (rows, row);
  return row;
}

char *
contract_path (const char *suite, const ContractRow *row, const char *name)
{
  return g_strdup_printf ("/%s/%s/%s", suite, g_type_name (row->type), name);
}

void
contract_collect (void)
{
  if (collector.function != NULL)
    collector.function (collector.user_data);
}

static gboolean
is_gone (gpointer data)
{
  gpointer *weak = data;

  if (*weak != NULL)
    contract_collect ();
  return *weak == NULL;
}

gboolean
contract_wait_gone (gpointer *weak)
{
  return test_wait_until (is_gone, weak, GONE_MS);
}

/**
 * confsync_contract_set_collector:
 * @collector: (nullable) (scope notified) (closure user_data) (destroy destroy): collects garbage
 * @user_data: data for @collector
 * @destroy: frees @user_data
 *
 * Says how a language's garbage is collected: some tests wait until objects are gone.
 *
 * Since: 1.0
 */
void
confsync_contract_set_collector (ConfsyncContractCollector function,
                                 gpointer user_data,
                                 GDestroyNotify destroy)
{
  if (collector.destroy != NULL)
    collector.destroy (collector.user_data);
  collector.function = function;
  collector.user_data = user_data;
  collector.destroy = destroy;
}

/**
 * confsync_contract_init:
 * @args: (array zero-terminated=1): a program's arguments, without its name
 *
 * Begins. What is printed is TAP; `-p PATH` runs some tests only.
 *
 * Since: 1.0
 */
void
confsync_contract_init (const char *const *args)
{
  char **argv;
  int argc;

  arguments = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (arguments, g_strdup ("contract"));
  g_ptr_array_add (arguments, g_strdup ("--tap"));
  for (; args != NULL && *args != NULL; args++)
    if (!g_str_equal (*args, "--tap"))
      g_ptr_array_add (arguments, g_strdup (*args));
  argc = arguments->len;
  g_ptr_array_add (arguments, NULL);
  /* GLib takes out of it what it knows */
  argv = vector = g_memdup2 (arguments->pdata, arguments->len * sizeof (char *));
  g_test_init (&argc, &argv, NULL);
}

static void
test_missing (gconstpointer data)
{
  g_test_skip (((const ContractRow *) data)->text);
}

/**
 * confsync_contract_add_missing:
 * @name: what is missing
 * @reason: why
 *
 * Says that a class can't be tested in this build.
 *
 * Since: 1.0
 */
void
confsync_contract_add_missing (const char *name, const char *reason)
{
  g_autofree char *path = g_strconcat ("/missing/", name, NULL);

  g_test_add_data_func (path, contract_row_new (G_TYPE_NONE, reason), test_missing);
}

/**
 * confsync_contract_run:
 *
 * Runs the tests of all classes that were added.
 *
 * Returns: the exit status
 *
 * Since: 1.0
 */
int
confsync_contract_run (void)
{
  int status = g_test_run ();

  g_clear_pointer (&rows, g_ptr_array_unref);
  g_clear_pointer (&arguments, g_ptr_array_unref);
  g_clear_pointer (&vector, g_free);
  confsync_contract_set_collector (NULL, NULL, NULL);
  return status;
}

/**
 * confsync_contract_run_store:
 * @implementation: a class that implements #ConfsyncStore
 * @flags: what is known of it
 * @args: (array zero-terminated=1): the program's arguments
 *
 * Tests one store.
 *
 * Returns: the exit status
 *
 * Since: 1.0
 */
int
confsync_contract_run_store (GType implementation,
                             ConfsyncContractFlags flags,
                             const char *const *args)
{
  confsync_contract_init (args);
  confsync_contract_add_store (implementation, flags);
  return confsync_contract_run ();
}

/**
 * confsync_contract_run_transport:
 * @implementation: a class that implements #ConfsyncTransport
 * @address: where it listens; `%s` in it stands for a fresh directory
 * @flags: what is known of it
 * @args: (array zero-terminated=1): the program's arguments
 *
 * Tests one transport.
 *
 * Returns: the exit status
 *
 * Since: 1.0
 */
int
confsync_contract_run_transport (GType implementation,
                                 const char *address,
                                 ConfsyncContractFlags flags,
                                 const char *const *args)
{
  confsync_contract_init (args);
  confsync_contract_add_transport (implementation, address, flags);
  return confsync_contract_run ();
}

/**
 * confsync_contract_run_resolver:
 * @implementation: a class that implements #ConfsyncResolver
 * @flags: what is known of it
 * @args: (array zero-terminated=1): the program's arguments
 *
 * Tests one resolver.
 *
 * Returns: the exit status
 *
 * Since: 1.0
 */
int
confsync_contract_run_resolver (GType implementation,
                                ConfsyncContractFlags flags,
                                const char *const *args)
{
  confsync_contract_init (args);
  confsync_contract_add_resolver (implementation, flags);
  return confsync_contract_run ();
}

/**
 * confsync_contract_run_fault:
 * @interface_type: the interface
 * @implementation: a class that implements it badly
 * @fault: what is wrong with it
 * @args: (array zero-terminated=1): the program's arguments
 *
 * Tests that whoever calls a bad implementation gets one answer all the same.
 *
 * Returns: the exit status
 *
 * Since: 1.0
 */
int
confsync_contract_run_fault (GType interface_type,
                             GType implementation,
                             ConfsyncContractFault fault,
                             const char *const *args)
{
  confsync_contract_init (args);
  confsync_contract_add_fault (interface_type, implementation, fault);
  return confsync_contract_run ();
}
