/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Where a node may be reached and what it may reach: every kind of address with every set of terms,
 * against a table that is written here once more.
 */

#include "../../plugins/websocket/confsync-websocket-exposure.h"

#include <string.h>

#define LOOPBACK CONFSYNC_WEBSOCKET_REACH_LOOPBACK
#define PRIVATE CONFSYNC_WEBSOCKET_REACH_PRIVATE
#define ANY CONFSYNC_WEBSOCKET_REACH_ANY
#define PUBLIC CONFSYNC_WEBSOCKET_REACH_PUBLIC

static const struct
{
  const char *text;
  ConfsyncWebsocketReach reach;
} addresses[] = {
  { "127.0.0.1", LOOPBACK },         { "127.255.255.255", LOOPBACK },
  { "126.255.255.255", PUBLIC },     { "128.0.0.0", PUBLIC },
  { "10.0.0.0", PRIVATE },           { "10.255.255.255", PRIVATE },
  { "9.255.255.255", PUBLIC },       { "11.0.0.0", PUBLIC },
  { "172.16.0.0", PRIVATE },         { "172.31.255.255", PRIVATE },
  { "172.15.255.255", PUBLIC },      { "172.32.0.0", PUBLIC },
  { "192.168.0.0", PRIVATE },        { "192.168.255.255", PRIVATE },
  { "192.167.255.255", PUBLIC },     { "192.169.0.0", PUBLIC },
  { "169.254.0.0", PRIVATE },        { "169.254.255.255", PRIVATE },
  { "169.253.255.255", PUBLIC },     { "169.255.0.0", PUBLIC },
  { "0.0.0.0", ANY },                { "0.0.0.1", PUBLIC },
  { "100.64.0.1", PUBLIC },          { "224.0.0.1", PUBLIC },
  { "255.255.255.255", PUBLIC },     { "93.184.216.34", PUBLIC },
  { "::1", LOOPBACK },               { "::2", PUBLIC },
  { "::", ANY },                     { "::127.0.0.1", PUBLIC },
  { "fc00::", PRIVATE },             { "fdff:ffff::1", PRIVATE },
  { "fbff::1", PUBLIC },             { "fe00::1", PUBLIC },
  { "fe80::1", PRIVATE },            { "febf:ffff::1", PRIVATE },
  { "fe7f::1", PUBLIC },             { "fec0::1", PUBLIC },
  { "ff02::1", PUBLIC },             { "2001:db8::1", PUBLIC },
  { "64:ff9b::10.0.0.1", PUBLIC },   { "2002:a00:1::1", PUBLIC },
  { "::ffff:127.0.0.1", LOOPBACK },  { "::ffff:10.0.0.1", PRIVATE },
  { "::ffff:192.168.1.1", PRIVATE }, { "::ffff:169.254.1.1", PRIVATE },
  { "::ffff:0.0.0.0", ANY },         { "::ffff:93.184.216.34", PUBLIC },
  { "::fffe:10.0.0.1", PUBLIC },
};

static void
test_reach (void)
{
  g_test_summary ("Each range ends where it ends; mapped IPv4 is what it is");
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (addresses[i].text);

      g_assert_nonnull (address);
      g_test_message ("%s", addresses[i].text);
      g_assert_cmpint (confsync_websocket_reach_of (address), ==, addresses[i].reach);
    }
}

/* what stands in the reason; NULL: it starts */
static const struct
{
  ConfsyncWebsocketReach reach;
  gboolean tls, open, allow_public;
  const char *listener;
  const char *dial;
} table[] = {
  { LOOPBACK, FALSE, FALSE, FALSE, NULL, NULL },
  { LOOPBACK, FALSE, FALSE, TRUE, NULL, NULL },
  { LOOPBACK, FALSE, TRUE, FALSE, NULL, NULL },
  { LOOPBACK, FALSE, TRUE, TRUE, NULL, NULL },
  { LOOPBACK, TRUE, FALSE, FALSE, NULL, NULL },
  { LOOPBACK, TRUE, FALSE, TRUE, NULL, NULL },
  { LOOPBACK, TRUE, TRUE, FALSE, NULL, NULL },
  { LOOPBACK, TRUE, TRUE, TRUE, NULL, NULL },
  { PRIVATE, FALSE, FALSE, FALSE, "nothing says who", NULL },
  { PRIVATE, FALSE, FALSE, TRUE, "nothing says who", NULL },
  { PRIVATE, FALSE, TRUE, FALSE, NULL, NULL },
  { PRIVATE, FALSE, TRUE, TRUE, NULL, NULL },
  { PRIVATE, TRUE, FALSE, FALSE, "nothing says who", NULL },
  { PRIVATE, TRUE, FALSE, TRUE, "nothing says who", NULL },
  { PRIVATE, TRUE, TRUE, FALSE, NULL, NULL },
  { PRIVATE, TRUE, TRUE, TRUE, NULL, NULL },
  { ANY, FALSE, FALSE, FALSE, "nothing says who", NULL },
  { ANY, FALSE, FALSE, TRUE, "nothing says who", NULL },
  { ANY, FALSE, TRUE, FALSE, NULL, NULL },
  { ANY, FALSE, TRUE, TRUE, NULL, NULL },
  { ANY, TRUE, FALSE, FALSE, "nothing says who", NULL },
  { ANY, TRUE, FALSE, TRUE, "nothing says who", NULL },
  { ANY, TRUE, TRUE, FALSE, NULL, NULL },
  { ANY, TRUE, TRUE, TRUE, NULL, NULL },
  { PUBLIC, FALSE, FALSE, FALSE, "set allow-public", "set allow-public" },
  { PUBLIC, FALSE, FALSE, TRUE, "needs TLS", "needs TLS" },
  { PUBLIC, FALSE, TRUE, FALSE, "set allow-public", "set allow-public" },
  { PUBLIC, FALSE, TRUE, TRUE, "needs TLS", "needs TLS" },
  { PUBLIC, TRUE, FALSE, FALSE, "set allow-public", "set allow-public" },
  { PUBLIC, TRUE, FALSE, TRUE, "nothing says who", NULL },
  { PUBLIC, TRUE, TRUE, FALSE, "set allow-public", "set allow-public" },
  { PUBLIC, TRUE, TRUE, TRUE, NULL, NULL },
};

static void
assert_says (const char *reason, const char *part)
{
  if (part == NULL)
    g_assert_null (reason);
  else
    g_assert_nonnull (reason != NULL ? strstr (reason, part) : NULL);
}

static void
test_matrix (void)
{
  g_test_summary ("Which addresses may be listened on and dialled, on which terms");
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const ConfsyncWebsocketTerms terms = { .tls = table[i].tls,
                                             .open = table[i].open,
                                             .allow_public = table[i].allow_public };

      g_test_message ("line %" G_GSIZE_FORMAT, i);
      assert_says (confsync_websocket_exposure_judge_listener (table[i].reach, &terms),
                   table[i].listener);
      assert_says (confsync_websocket_exposure_judge_dial (table[i].reach, &terms),
                   table[i].dial);
    }
}

static void
test_guests (void)
{
  g_test_summary ("Who comes in over a public address, on either end, is judged as one on a public "
                  "listener");
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    for (ConfsyncWebsocketReach other = LOOPBACK; other <= table[i].reach; other++)
      {
        const ConfsyncWebsocketTerms terms = { .tls = table[i].tls,
                                               .open = table[i].open,
                                               .allow_public = table[i].allow_public };
        const gboolean refused = table[i].listener != NULL;
        const char *there = confsync_websocket_exposure_judge_guest (table[i].reach, other, &terms);
        const char *here = confsync_websocket_exposure_judge_guest (other, table[i].reach, &terms);

        g_assert_cmpint (there != NULL, ==, refused);
        g_assert_cmpint (here != NULL, ==, refused);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/websocket-exposure/reach", test_reach);
  g_test_add_func ("/websocket-exposure/matrix", test_matrix);
  g_test_add_func ("/websocket-exposure/guests", test_guests);

  return g_test_run ();
}
