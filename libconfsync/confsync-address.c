/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Reading addresses, and making names that nobody else has.
 */

#include "config.h"

#include "confsync-address-private.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/random.h>

#include "confsync-error.h"

#define DEFAULT_SCHEME "ws"
#define DEFAULT_PATH "/sync"
#define LOCAL_HOST "127.0.0.1"
#define HOST_PART_MAX 57
#define IPV6_NETWORK_BYTES 8
#define ID_SUFFIX_BYTES 3
#define ID_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-"

static gboolean
is_port (const char *text)
{
  guint64 port;

  return *text != '\0' && g_ascii_string_to_unsigned (text, 10, 0, 65535, &port, NULL);
}

/* Something like ws: or loopback: at the start; a host with a number is none, be it no port. */
static gboolean
has_scheme (const char *text)
{
  const char *colon = strchr (text, ':');

  if (colon == NULL || !g_ascii_isalpha (*text) || colon[strspn (colon, ":0123456789")] == '\0')
    return FALSE;
  for (const char *p = text; p < colon; p++)
    if (!g_ascii_isalnum (*p) && strchr ("+-.", *p) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
is_host_and_port (const char *text)
{
  const char *colon = strrchr (text, ':');
  gboolean bracket = *text == '[';
  gsize length;

  if (colon == NULL || !is_port (colon + 1))
    return FALSE;
  /* an IPv6 address must stand in brackets */
  length = strspn (text + bracket, bracket ? ":%" ID_CHARACTERS : ID_CHARACTERS);
  return length > 0 && text + length + 2 * bracket == colon &&
         (!bracket || text[length + 1] == ']');
}

char *
confsync_address_normalize (const char *text, GError **error)
{
  if (is_port (text))
    return g_strdup_printf ("%s://%s:%s%s", DEFAULT_SCHEME, LOCAL_HOST, text, DEFAULT_PATH);
  if (is_host_and_port (text))
    return g_strdup_printf ("%s://%s%s", DEFAULT_SCHEME, text, DEFAULT_PATH);
  if (has_scheme (text))
    return g_strdup (text);

  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
               "“%s” is no address: give PORT (at most 65535), HOST:PORT, unix:/path or a URL such "
               "as ws://host:8765/sync",
               text);
  return NULL;
}

char *
confsync_address_get_scheme (const char *address)
{
  return g_strndup (address, strcspn (address, ":"));
}

gboolean
confsync_address_is_local (const char *address)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) numeric = NULL;

  if (host == NULL || *host == '\0')
    return TRUE;
  numeric = g_inet_address_new_from_string (host);
  return numeric != NULL ? g_inet_address_get_is_loopback (numeric)
                         : g_ascii_strcasecmp (host, "localhost") == 0;
}

char *
confsync_address_dup_place (const char *remote)
{
  gsize length = strlen (remote), digits = 0;

  while (digits < length && g_ascii_isdigit (remote[length - digits - 1]))
    digits++;
  if (digits > 0 && digits < length && strchr (":#", remote[length - digits - 1]) != NULL)
    length -= digits + 1;
  return g_strndup (remote, length);
}

char *
confsync_address_dup_network (const char *remote)
{
  g_autofree char *place = confsync_address_dup_place (remote);
  gsize length = strlen (place);
  gboolean bracket = place[0] == '[' && place[length - 1] == ']';
  g_autofree char *host = bracket ? g_strndup (place + 1, length - 2) : g_strdup (place);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  g_autoptr (GInetAddress) network = NULL;
  guint8 bytes[16] = { 0 };

  if (address == NULL)
    return g_strdup ("local");
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return g_steal_pointer (&host);
  memcpy (bytes, g_inet_address_to_bytes (address), IPV6_NETWORK_BYTES);
  network = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);
  return g_inet_address_to_string (network);
}

static void
fill_random (gpointer buffer, gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = getrandom ((guint8 *) buffer + done, size - done, 0);

      /* interrupted only before the kernel has gathered randomness; never fails afterwards */
      if (n > 0)
        done += n;
    }
}

char *
confsync_random_hex (guint n)
{
  g_autofree guint8 *bytes = g_malloc (n);
  GString *text = g_string_sized_new (2 * n);

  fill_random (bytes, n);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

guint64
confsync_random_number (void)
{
  guint64 number;

  fill_random (&number, sizeof number);
  return number;
}

char *
confsync_instance_id_make (void)
{
  g_autofree char *host = g_strndup (g_get_host_name (), HOST_PART_MAX);
  g_autofree char *suffix = confsync_random_hex (ID_SUFFIX_BYTES);

  g_strcanon (host, ID_CHARACTERS, '-');
  return g_strdup_printf ("%s-%s", *host != '\0' ? host : "instance", suffix);
}
