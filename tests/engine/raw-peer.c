/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Messages by hand.
 */

#include "raw-peer.h"

static ConfsyncTransport *
make_transport (World *world)
{
  g_autoptr (GError) error = NULL;
  GType type = confsync_registry_find (CONFSYNC_TYPE_TRANSPORT, "loopback", &error);

  g_assert_no_error (error);
  return g_object_new (type, "clock", world->clock, NULL);
}

TestEnd *
raw_dial (World *world, const char *address)
{
  g_autoptr (ConfsyncTransport) transport = make_transport (world);
  TestEnd *end = test_end_dial (transport, address);

  world_pass (world, 0);
  g_assert_cmpuint (end->opened, ==, 1);
  return end;
}

TestPort *
raw_listen (World *world, const char *address)
{
  g_autoptr (ConfsyncTransport) transport = make_transport (world);

  return test_port_new (transport, address);
}

void
raw_send (World *world, TestEnd *end, const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');

  test_end_send (end, quoted);
  world_pass (world, 0);
}

void
raw_hello (World *world, TestEnd *end, const char *id, const char *session)
{
  g_autofree char *text = g_strdup_printf (
    "{'type':'hello','timestamp':1.5,'instance_id':'%s','config_hash':null,'protocol':1,"
    "'session':'%s','nonce':'00','capabilities':['patch'],'leaf':false,'later':{}}",
    id, session);

  raw_send (world, end, text);
}

void
raw_answer (World *world, TestEnd *end)
{
  raw_send (world, end,
            "{'type':'heartbeat','timestamp':1.5,'instance_id':'raw','config_hash':null,"
            "'digest':'','probe':false}");
}

static ConfsyncJson *
parse (GBytes *message)
{
  g_autoptr (GError) error = NULL;
  ConfsyncJson *json = confsync_json_parse (message, NULL, &error);

  g_assert_no_error (error);
  return json;
}

static gboolean
is_type (ConfsyncJson *message, const char *type)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (message, "type");
  g_autofree char *name = confsync_json_dup_string (member);

  return g_str_equal (name, type);
}

guint
raw_count (TestEnd *end, const char *type)
{
  guint n = 0;

  for (guint i = 0; i < end->messages->len; i++)
    {
      g_autoptr (ConfsyncJson) message = parse (end->messages->pdata[i]);

      n += is_type (message, type);
    }
  return n;
}

ConfsyncJson *
raw_find (TestEnd *end, const char *type)
{
  for (guint i = end->messages->len; i-- > 0;)
    {
      g_autoptr (ConfsyncJson) message = parse (end->messages->pdata[i]);

      if (is_type (message, type))
        return g_steal_pointer (&message);
    }
  return NULL;
}

char *
raw_get (TestEnd *end, const char *type, const char *pointer)
{
  g_autoptr (ConfsyncJson) message = raw_find (end, type);
  g_autoptr (ConfsyncJson) value = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (message);
  value = confsync_json_lookup (message, pointer, &error);
  g_assert_no_error (error);
  return confsync_json_dup_string (value);
}

TestEnd *
raw_link (World *world, const char *address, const char *id, const char *session)
{
  TestEnd *end = raw_dial (world, address);

  raw_hello (world, end, id, session);
  g_assert_cmpuint (raw_count (end, "hello"), ==, 1);
  g_assert_cmpuint (raw_count (end, "heads"), ==, 1);
  raw_answer (world, end);
  return end;
}
