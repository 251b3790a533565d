/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * ECDSA on P-256: every TLS library takes it, and its handshake costs a few kilobytes less than
 * RSA's. Trust comes from the fingerprint, so the certificate itself says little: a name, and that
 * it is for both ends of TLS. It is valid from long ago, since the clock of a small machine may be
 * there at its start, and to 2106 where no end is asked for: a pin is taken back by removing it.
 */

#include "config.h"

#include "confsync-certificate.h"

#include <confsync.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <string.h>

#define DAY_S (24 * 60 * 60)
/* 2000-01-01 00:00:00 UTC */
#define BEGIN_S 946684800
/* RFC 5280: at most 20 bytes, and positive */
#define SERIAL_BYTES 16
/* of the common name, X.520 */
#define NAME_MAX_BYTES 64

typedef struct {
  gnutls_x509_crt_t certificate;
  gnutls_x509_privkey_t key;
} Pair;

static void
clear_pair (Pair *self)
{
  g_clear_pointer (&self->certificate, gnutls_x509_crt_deinit);
  g_clear_pointer (&self->key, gnutls_x509_privkey_deinit);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, clear_pair)

void
confsync_certificate_wipe (char *secret)
{
  if (secret != NULL)
    gnutls_memset (secret, 0, strlen (secret));
  g_free (secret);
}

static int
set_names (Pair *self, const char *name)
{
  int code = gnutls_x509_crt_set_dn_by_oid (self->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                            MIN (strlen (name), NAME_MAX_BYTES));

  if (code < 0)
    return code;
  return gnutls_x509_crt_set_subject_alt_name (self->certificate, GNUTLS_SAN_DNSNAME, name,
                                               strlen (name), GNUTLS_FSAN_SET);
}

static int
set_serial (Pair *self)
{
  guint8 serial[SERIAL_BYTES];
  int code = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial);

  serial[0] = (serial[0] & 0x7f) | 0x40;
  return code < 0 ? code
                  : gnutls_x509_crt_set_serial (self->certificate, serial, sizeof serial);
}

static int
set_times (Pair *self, guint days)
{
  int code = gnutls_x509_crt_set_activation_time (self->certificate, BEGIN_S);

  if (code < 0)
    return code;
  return gnutls_x509_crt_set_expiration_time (
    self->certificate, days > 0 ? time (NULL) + (time_t) days * DAY_S
                                : GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION);
}

static int
set_purpose (Pair *self)
{
  gnutls_x509_crt_t certificate = self->certificate;
  int code = gnutls_x509_crt_set_basic_constraints (certificate, 0, -1);

  if (code >= 0)
    code = gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_CLIENT, 0);
  return code;
}

static int
make (Pair *self, const char *name, guint days)
{
  int code = gnutls_x509_privkey_init (&self->key);

  if (code >= 0)
    code = gnutls_x509_crt_init (&self->certificate);
  if (code >= 0)
    code = gnutls_x509_privkey_generate (self->key, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);
  if (code >= 0)
    code = gnutls_x509_crt_set_version (self->certificate, 3);
  if (code >= 0)
    code = gnutls_x509_crt_set_key (self->certificate, self->key);
  if (code >= 0)
    code = set_serial (self);
  if (code >= 0)
    code = set_names (self, name);
  if (code >= 0)
    code = set_times (self, days);
  if (code >= 0)
    code = set_purpose (self);
  if (code >= 0)
    code = gnutls_x509_crt_sign2 (self->certificate, self->certificate, self->key,
                                  GNUTLS_DIG_SHA256, 0);
  return code;
}

static char *
take_text (gnutls_datum_t *datum)
{
  char *text = g_strndup ((const char *) datum->data, datum->size);

  gnutls_memset (datum->data, 0, datum->size);
  gnutls_free (datum->data);
  return text;
}

gboolean
confsync_certificate_make (const char *name,
                           guint days,
                           char **certificate,
                           char **key,
                           GError **error)
{
  g_auto (Pair) pair = { NULL };
  gnutls_datum_t certificate_text = { NULL }, key_text = { NULL };
  int code = make (&pair, name, days);

  if (code >= 0)
    code = gnutls_x509_crt_export2 (pair.certificate, GNUTLS_X509_FMT_PEM, &certificate_text);
  if (code >= 0)
    code = gnutls_x509_privkey_export2_pkcs8 (pair.key, GNUTLS_X509_FMT_PEM, NULL, 0, &key_text);
  if (code < 0)
    {
      gnutls_free (certificate_text.data);
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                   "no certificate could be made: %s", gnutls_strerror (code));
      return FALSE;
    }
  *certificate = take_text (&certificate_text);
  *key = take_text (&key_text);
  return TRUE;
}
