/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Holds our certificate, the certificates and authorities that are trusted, and the one judgement
 * on somebody else's certificate. No connection is made here, and no key is ever printed.
 */

#include "config.h"

#include "confsync-tls.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-file-io-private.h"

/* certificates and keys in one file; a chain of ten has about 20 KB */
#define PEM_MAX_BYTES (1024 * 1024)
#define FINGERPRINT_HEX 64
#define NAME_MAX_BYTES 64
/* bits of who else than the owner may do what */
#define KEY_MODE_FORBIDDEN 077
/* what stays so for a key of root's: Debian lets a group read such (ssl-cert) */
#define ROOT_KEY_MODE_FORBIDDEN 037

/**
 * ConfsyncTls:
 *
 * What an instance shows of itself in TLS, and whom it trusts: its certificate with the private
 * key, certificate authorities, and pins, the SHA-256 fingerprints of single certificates.
 *
 * Where there are pins, a certificate has to be one of them, on either end of a link: a listener
 * then asks for the certificate of who comes in. Where an authority is named, a certificate has to
 * be signed by it and to be for the host that was dialled. Where neither is, the system's
 * authorities count; a listener without pins asks for no certificate.
 *
 * It is set up before it is given away, and then only read, from any thread. Give it to a node with
 * [property@Node:tls], or to a transport that has a `tls` property.
 *
 * Since: 1.0
 */
struct _ConfsyncTls
{
  GObject parent_instance;

  GTlsCertificate *certificate; /* (owned) (nullable): with its private key */
  GTlsDatabase *authorities;    /* (owned) (nullable) */
  GPtrArray *pins;              /* (owned): of char *, 64 hexadecimal digits */
};

G_DEFINE_FINAL_TYPE (ConfsyncTls, confsync_tls, G_TYPE_OBJECT)

static void
confsync_tls_finalize (GObject *object)
{
  ConfsyncTls *self = CONFSYNC_TLS (object);

  g_clear_object (&self->certificate);
  g_clear_object (&self->authorities);
  g_ptr_array_unref (self->pins);

  G_OBJECT_CLASS (confsync_tls_parent_class)->finalize (object);
}

static void
confsync_tls_class_init (ConfsyncTlsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = confsync_tls_finalize;
}

static void
confsync_tls_init (ConfsyncTls *self)
{
  self->pins = g_ptr_array_new_with_free_func (g_free);
}

/**
 * confsync_tls_new:
 *
 * Makes one without a certificate, that trusts the system's authorities.
 *
 * Returns: (transfer full): it
 *
 * Since: 1.0
 */
ConfsyncTls *
confsync_tls_new (void)
{
  return g_object_new (CONFSYNC_TYPE_TLS, NULL);
}

/* A key that others can read is no secret any more, so it isn't used. */
static gboolean
check_key_mode (const struct stat *info, const char *path, GError **error)
{
  const mode_t forbidden = info->st_uid == 0 ? ROOT_KEY_MODE_FORBIDDEN : KEY_MODE_FORBIDDEN;

  if (info->st_uid != 0 && info->st_uid != geteuid ())
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                   "%s: the private key belongs to another user (uid %u); it has to be ours or "
                   "root's", path, info->st_uid);
      return FALSE;
    }
  if ((info->st_mode & forbidden) != 0)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                   "%s: others may read or change the private key (mode %04o); chmod 600 it, or "
                   "make a new one where somebody may have", path, info->st_mode & 07777);
      return FALSE;
    }
  return TRUE;
}

static char *
read_pem (const char *path, gboolean key, GError **error)
{
  g_auto (ConfsyncFd) fd = -1;
  struct stat info;
  g_autoptr (GBytes) bytes = NULL;

  fd = confsync_file_open (AT_FDCWD, path, 0, error);
  if (fd < 0 || (bytes = confsync_file_read (fd, path, PEM_MAX_BYTES, &info, error)) == NULL ||
      (key && !check_key_mode (&info, path, error)))
    return NULL;
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
wipe (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/**
 * confsync_tls_load_identity:
 * @self: who we are
 * @certificate_file: our certificate in PEM, followed by those between it and its authority
 * @private_key_file: its private key in PEM, not encrypted; it may be the same file
 * @error: return location for an error, or %NULL
 *
 * Reads the certificate that others see. The key's file has to belong to this user or to root, and
 * must be open to nobody else; a group may read one of root's.
 *
 * Fails with %CONFSYNC_ERROR_REFUSED where others can read the key, with a %G_IO_ERROR where a file
 * can't be read, and with a %G_TLS_ERROR where it holds something else, or the two don't match.
 *
 * Returns: whether there is a certificate now
 *
 * Since: 1.0
 */
gboolean
confsync_tls_load_identity (ConfsyncTls *self,
                            const char *certificate_file,
                            const char *private_key_file,
                            GError **error)
{
  g_autofree char *certificate = NULL;
  char *key, *both;
  GTlsCertificate *loaded = NULL;

  g_return_val_if_fail (CONFSYNC_IS_TLS (self), FALSE);
  g_return_val_if_fail (certificate_file != NULL && private_key_file != NULL, FALSE);

  certificate = read_pem (certificate_file, FALSE, error);
  key = certificate != NULL ? read_pem (private_key_file, TRUE, error) : NULL;
  if (key == NULL)
    return FALSE;

  both = g_str_equal (certificate, key) ? g_strdup (key)
                                        : g_strconcat (key, "\n", certificate, NULL);
  loaded = g_tls_certificate_new_from_pem (both, -1, error);
  wipe (both);
  wipe (key);
  if (loaded == NULL)
    {
      g_prefix_error (error, "%s with the key %s: ", certificate_file, private_key_file);
      return FALSE;
    }
  g_clear_object (&self->certificate);
  self->certificate = loaded;
  return TRUE;
}

/**
 * confsync_tls_load_ca:
 * @self: who we are
 * @file: certificates of authorities in PEM
 * @error: return location for an error, or %NULL
 *
 * Trusts these authorities, and the system's no longer.
 *
 * Fails with a %G_IO_ERROR or a %G_TLS_ERROR where the file can't be read or has no certificate.
 *
 * Returns: whether they are trusted now
 *
 * Since: 1.0
 */
gboolean
confsync_tls_load_ca (ConfsyncTls *self, const char *file, GError **error)
{
  g_autofree char *path = NULL;
  GList *list;
  GTlsDatabase *database;
  GError *local = NULL;

  g_return_val_if_fail (CONFSYNC_IS_TLS (self), FALSE);
  g_return_val_if_fail (file != NULL, FALSE);

  path = g_canonicalize_filename (file, NULL);
  /* a database is content with a file that has no certificate at all */
  list = g_tls_certificate_list_new_from_file (path, &local);
  if (list == NULL && local == NULL)
    local = g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                                 "there is no certificate in it");
  g_list_free_full (list, g_object_unref);
  database = local == NULL ? g_tls_file_database_new (path, &local) : NULL;
  if (local != NULL)
    {
      g_propagate_prefixed_error (error, local, "%s: ", file);
      return FALSE;
    }
  g_clear_object (&self->authorities);
  self->authorities = database;
  return TRUE;
}

static gboolean
is_pin_name (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-", *p) == NULL)
      return FALSE;
  return *name != '\0' && strlen (name) <= NAME_MAX_BYTES;
}

/* Gives 64 small hexadecimal digits; NULL where it is no fingerprint. */
static char *
normalize_fingerprint (const char *text)
{
  g_autoptr (GString) digits = g_string_new (NULL);

  if (g_ascii_strncasecmp (text, "sha256:", strlen ("sha256:")) == 0)
    text += strlen ("sha256:");
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_isxdigit (*p) && digits->len < FINGERPRINT_HEX)
      g_string_append_c (digits, g_ascii_tolower (*p));
    else if (*p != ':' || digits->len == 0 || digits->len % 2 != 0)
      return NULL;
  return digits->len == FINGERPRINT_HEX ? g_string_free (g_steal_pointer (&digits), FALSE) : NULL;
}

/**
 * confsync_tls_parse_pin:
 * @pin: `FINGERPRINT` or `NAME=FINGERPRINT`: 64 hexadecimal digits, with colons between the bytes
 *   or without, with `sha256:` before them or without
 * @name: (out) (optional) (nullable): whose it is, where that is said
 * @error: return location for an error, or %NULL
 *
 * Takes a pin apart. A name has at most 64 letters, digits, dots, dashes and underscores, and is
 * for people only.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_OPTION.
 *
 * Returns: (transfer full): the fingerprint as 64 small hexadecimal digits
 *
 * Since: 1.0
 */
char *
confsync_tls_parse_pin (const char *pin, char **name, GError **error)
{
  const char *equals;
  g_autofree char *whose = NULL;
  g_autofree char *fingerprint = NULL;

  g_return_val_if_fail (pin != NULL, NULL);

  equals = strrchr (pin, '=');
  whose = equals != NULL ? g_strndup (pin, equals - pin) : NULL;
  fingerprint = normalize_fingerprint (equals != NULL ? equals + 1 : pin);
  if (fingerprint == NULL || (whose != NULL && !is_pin_name (whose)))
    {
      g_autofree char *quoted = g_strescape (pin, NULL);

      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   "“%s” is no pin: [NAME=] and the SHA-256 fingerprint of a certificate, 64 "
                   "hexadecimal digits, as “confsync keygen” prints it", quoted);
      return NULL;
    }
  if (name != NULL)
    *name = g_steal_pointer (&whose);
  return g_steal_pointer (&fingerprint);
}

/**
 * confsync_tls_add_pin:
 * @self: who we are
 * @pin: as [func@Tls.parse_pin] takes it
 * @error: return location for an error, or %NULL
 *
 * Trusts one certificate. There may be several, such as the old and the new one of a peer while it
 * changes them.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_OPTION.
 *
 * Returns: whether it is trusted now
 *
 * Since: 1.0
 */
gboolean
confsync_tls_add_pin (ConfsyncTls *self, const char *pin, GError **error)
{
  char *fingerprint;

  g_return_val_if_fail (CONFSYNC_IS_TLS (self), FALSE);

  fingerprint = confsync_tls_parse_pin (pin, NULL, error);
  if (fingerprint != NULL)
    g_ptr_array_add (self->pins, fingerprint);
  return fingerprint != NULL;
}

/**
 * confsync_tls_dup_pins:
 * @self: who we are
 *
 * Lists the fingerprints that are trusted.
 *
 * Returns: (transfer full): each as 64 small hexadecimal digits
 *
 * Since: 1.0
 */
GStrv
confsync_tls_dup_pins (ConfsyncTls *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (CONFSYNC_IS_TLS (self), NULL);

  for (guint i = 0; i < self->pins->len; i++)
    g_strv_builder_add (builder, self->pins->pdata[i]);
  return g_strv_builder_end (builder);
}

/**
 * confsync_tls_get_certificate:
 * @self: who we are
 *
 * Gets the certificate that others see.
 *
 * Returns: (transfer none) (nullable): it, with its private key
 *
 * Since: 1.0
 */
GTlsCertificate *
confsync_tls_get_certificate (ConfsyncTls *self)
{
  g_return_val_if_fail (CONFSYNC_IS_TLS (self), NULL);

  return self->certificate;
}

/**
 * confsync_tls_dup_database:
 * @self: who we are
 *
 * Gets the authorities for [method@Gio.TlsConnection.set_database].
 *
 * Returns: (transfer full) (nullable): those that were loaded, or the system's; %NULL where only
 *   pins count
 *
 * Since: 1.0
 */
GTlsDatabase *
confsync_tls_dup_database (ConfsyncTls *self)
{
  g_return_val_if_fail (CONFSYNC_IS_TLS (self), NULL);

  if (self->authorities != NULL)
    return g_object_ref (self->authorities);
  return self->pins->len == 0 ? g_tls_backend_get_default_database (g_tls_backend_get_default ())
                              : NULL;
}

/**
 * confsync_tls_has_pins:
 * @self: who we are
 *
 * Tells whether only pinned certificates are taken. A listener asks for certificates where they
 * are.
 *
 * Returns: whether only pinned certificates are taken
 *
 * Since: 1.0
 */
gboolean
confsync_tls_has_pins (ConfsyncTls *self)
{
  g_return_val_if_fail (CONFSYNC_IS_TLS (self), FALSE);

  return self->pins->len > 0;
}

/**
 * confsync_tls_is_mutual:
 * @self: who we are
 *
 * Tells whether both ends of a link prove who they are: there is a certificate to show, and only
 * pinned ones are taken. Whoever comes in on a listener with TLS is then authenticated.
 *
 * Returns: whether both ends prove who they are
 *
 * Since: 1.0
 */
gboolean
confsync_tls_is_mutual (ConfsyncTls *self)
{
  g_return_val_if_fail (CONFSYNC_IS_TLS (self), FALSE);

  return self->certificate != NULL && self->pins->len > 0;
}

/* Whether a moment (nullable) is over, by this machine's clock. */
static gboolean
is_past (GDateTime *moment)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return moment != NULL && g_date_time_compare (moment, now) <= 0;
}

/* GnuTLS looks at the times only of a certificate whose issuer it knows. */
static GTlsCertificateFlags
check_times (GTlsCertificate *certificate)
{
  g_autoptr (GDateTime) begin = g_tls_certificate_get_not_valid_before (certificate);
  g_autoptr (GDateTime) end = g_tls_certificate_get_not_valid_after (certificate);

  return (begin != NULL && !is_past (begin) ? G_TLS_CERTIFICATE_NOT_ACTIVATED : 0) |
         (is_past (end) ? G_TLS_CERTIFICATE_EXPIRED : 0);
}

static const char *
describe (GTlsCertificateFlags problems)
{
  if ((problems & G_TLS_CERTIFICATE_EXPIRED) != 0)
    return "a certificate that has expired";
  if ((problems & G_TLS_CERTIFICATE_NOT_ACTIVATED) != 0)
    return "a certificate that isn't valid yet";
  if ((problems & G_TLS_CERTIFICATE_REVOKED) != 0)
    return "a certificate that was revoked";
  if ((problems & G_TLS_CERTIFICATE_UNKNOWN_CA) != 0)
    return "a certificate of an authority that isn't trusted";
  if ((problems & G_TLS_CERTIFICATE_BAD_IDENTITY) != 0)
    return "a certificate for another host";
  if ((problems & G_TLS_CERTIFICATE_INSECURE) != 0)
    return "a certificate with weak cryptography";
  return "a certificate that can't be checked";
}

static gboolean
refuse (GTlsCertificate *certificate, const char *what, GError **error)
{
  g_autofree char *fingerprint = confsync_tls_dup_fingerprint (certificate);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "%s (SHA-256 %s)", what, fingerprint);
  return FALSE;
}

/**
 * confsync_tls_check_peer:
 * @self: who we are
 * @certificate: (nullable): what the other end has shown
 * @problems: what TLS found, as [property@Gio.TlsConnection:peer-certificate-errors] has it; with
 *   [flags@Gio.TlsCertificateFlags.BAD_IDENTITY] only on the end that dialled
 * @error: return location for an error, or %NULL
 *
 * Judges the certificate of the other end, which has proven that it has the key. Call it after each
 * handshake: a certificate whose authority is known raises no
 * [signal@Gio.TlsConnection::accept-certificate].
 *
 * Fails with %CONFSYNC_ERROR_REFUSED; the message names what was shown, such as “a certificate
 * that has expired”, and its fingerprint.
 *
 * Returns: whether it is trusted
 *
 * Since: 1.0
 */
gboolean
confsync_tls_check_peer (ConfsyncTls *self,
                         GTlsCertificate *certificate,
                         GTlsCertificateFlags problems,
                         GError **error)
{
  g_autofree char *fingerprint = NULL;

  g_return_val_if_fail (CONFSYNC_IS_TLS (self), FALSE);
  g_return_val_if_fail (certificate == NULL || G_IS_TLS_CERTIFICATE (certificate), FALSE);

  if (certificate == NULL)
    {
      g_set_error_literal (error, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "no certificate");
      return FALSE;
    }
  fingerprint = confsync_tls_dup_fingerprint (certificate);
  if (self->pins->len > 0 &&
      !g_ptr_array_find_with_equal_func (self->pins, fingerprint, g_str_equal, NULL))
    return refuse (certificate, "a certificate that isn't pinned", error);

  /* a pin says more than an unknown authority, and than a name that it vouches for */
  if (self->pins->len > 0 && self->authorities == NULL)
    problems &= ~(G_TLS_CERTIFICATE_UNKNOWN_CA | G_TLS_CERTIFICATE_BAD_IDENTITY);
  problems |= check_times (certificate);
  return problems == 0 || refuse (certificate, describe (problems), error);
}

/**
 * confsync_tls_dup_fingerprint:
 * @certificate: a certificate
 *
 * Gets what pins are compared with: the SHA-256 of the certificate in DER.
 *
 * Returns: (transfer full): 64 small hexadecimal digits
 *
 * Since: 1.0
 */
char *
confsync_tls_dup_fingerprint (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;

  g_return_val_if_fail (G_IS_TLS_CERTIFICATE (certificate), NULL);

  g_object_get (certificate, "certificate", &der, NULL);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}
