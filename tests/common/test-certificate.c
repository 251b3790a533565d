/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Made by GnuTLS itself, so that what is under test doesn't make what it is tested with.
 */

#include "test-certificate.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gnutls/x509.h>
#include <string.h>

#define SERIAL_BYTES 16
#define DAY_S (24 * 60 * 60)

static void
check (int code)
{
  if (code < 0)
    g_error ("GnuTLS: %s", gnutls_strerror (code));
}

static char *
path_of (const char *folder, const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);

  return g_build_filename (folder, file, NULL);
}

static void
save (const char *folder, const char *name, const char *suffix, gnutls_datum_t *text)
{
  g_autofree char *path = path_of (folder, name, suffix);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, (char *) text->data, text->size, G_FILE_SET_CONTENTS_NONE, 0600,
                            &error);
  g_assert_no_error (error);
  gnutls_free (text->data);
}

static void
load (const char *folder, const char *name, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
  g_autofree char *crt_path = path_of (folder, name, ".crt");
  g_autofree char *key_path = path_of (folder, name, ".key");
  gnutls_datum_t text;

  check (gnutls_load_file (crt_path, &text));
  check (gnutls_x509_crt_import (crt, &text, GNUTLS_X509_FMT_PEM));
  gnutls_free (text.data);
  check (gnutls_load_file (key_path, &text));
  check (gnutls_x509_privkey_import (key, &text, GNUTLS_X509_FMT_PEM));
  gnutls_free (text.data);
}

static void
set_host (gnutls_x509_crt_t crt, const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    check (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS,
                                                 g_inet_address_to_bytes (address),
                                                 g_inet_address_get_native_size (address),
                                                 GNUTLS_FSAN_SET));
  else
    check (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, host, strlen (host),
                                                 GNUTLS_FSAN_SET));
}

static void
fill (gnutls_x509_crt_t crt, const char *name, const TestCertificate *spec)
{
  time_t now = time (NULL);
  guint8 serial[SERIAL_BYTES];

  for (guint i = 0; i < SERIAL_BYTES; i++)
    serial[i] = g_random_int_range (1, 128);
  check (gnutls_x509_crt_set_version (crt, 3));
  check (gnutls_x509_crt_set_serial (crt, serial, sizeof serial));
  check (gnutls_x509_crt_set_activation_time (
    crt, now + (spec->begin_days != 0 ? spec->begin_days : -1) * DAY_S));
  check (gnutls_x509_crt_set_expiration_time (
    crt, now + (spec->end_days != 0 ? spec->end_days : 100) * DAY_S));
  check (gnutls_x509_crt_set_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, strlen (name)));
  check (gnutls_x509_crt_set_basic_constraints (crt, spec->authority, -1));
  set_host (crt, spec->host != NULL ? spec->host : "elsewhere.example");
}

void
test_certificate_make (const char *folder, const char *name, const TestCertificate *spec)
{
  gnutls_x509_crt_t crt, issuer;
  gnutls_x509_privkey_t key, issuer_key;
  gnutls_datum_t text;

  check (gnutls_x509_crt_init (&crt));
  check (gnutls_x509_crt_init (&issuer));
  check (gnutls_x509_privkey_init (&key));
  check (gnutls_x509_privkey_init (&issuer_key));
  check (gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                       GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0));
  fill (crt, name, spec);
  check (gnutls_x509_crt_set_key (crt, key));
  if (spec->issuer != NULL)
    load (folder, spec->issuer, issuer, issuer_key);
  check (gnutls_x509_crt_sign2 (crt, spec->issuer != NULL ? issuer : crt,
                                spec->issuer != NULL ? issuer_key : key, GNUTLS_DIG_SHA256, 0));

  check (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &text));
  save (folder, name, ".crt", &text);
  check (gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, 0, &text));
  save (folder, name, ".key", &text);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_crt_deinit (issuer);
  gnutls_x509_privkey_deinit (key);
  gnutls_x509_privkey_deinit (issuer_key);
}
