/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The transports among the plugins, held to what every transport promises. One whose plugin was not
 * built is skipped by name.
 */

#include "confsync-contract.h"

#include "test-certificate.h"
#include "test-util.h"

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

static void
add_row (const char *scheme, const char *address, gboolean optional)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, scheme, &error);

  if (type != G_TYPE_INVALID)
    confsync_contract_add_transport (type, address, CONFSYNC_CONTRACT_FLAGS_NONE);
  else if (optional && g_error_matches (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND))
    confsync_contract_add_missing (scheme, error->message);
  else
    g_error ("%s", error->message);
}

/* A certificate that both ends have, and pin. */
static void
make_tls (void)
{
  g_autofree char *folder = test_temp_dir ();
  g_autofree char *certificate = g_build_filename (folder, "own.crt", NULL);
  g_autofree char *key = g_build_filename (folder, "own.key", NULL);
  g_autofree char *fingerprint = NULL;
  g_autoptr (ConfsyncTls) tls = confsync_tls_new ();
  g_autoptr (GError) error = NULL;

  test_certificate_make (folder, "own", &(TestCertificate) { NULL });
  g_assert_true (confsync_tls_load_identity (tls, certificate, key, &error));
  g_assert_no_error (error);
  fingerprint = confsync_tls_dup_fingerprint (confsync_tls_get_certificate (tls));
  g_assert_true (confsync_tls_add_pin (tls, fingerprint, &error));
  confsync_contract_set_tls (tls);
  test_remove_tree (folder);
}

/* with --tls: the same over TLS, pinned by both ends */
int
main (int argc, char **argv)
{
  const gboolean secure = argc > 1 && g_str_equal (argv[1], "--tls");
  int status;

  confsync_contract_init ((const char *const *) argv + (secure ? 2 : 1));
  if (secure)
    {
      make_tls ();
      add_row ("wss", "wss://127.0.0.1:0", TRUE);
    }
  for (guint i = 0; !secure && i < G_N_ELEMENTS (rows); i++)
    add_row (rows[i].scheme, rows[i].listen, rows[i].optional);
  status = confsync_contract_run ();
  confsync_contract_set_tls (NULL);
  return status;
}
