/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync pair`: two instances get to know each other's certificates, by a code that a person
 * carries from one to the other.
 */

#include "config.h"

#include <confsync.h>
#include <glib/gi18n.h>
#include <string.h>

#include "confsync-command.h"
#include "confsync-identity.h"
#include "confsync-pair-code.h"
#include "confsync-pair-host.h"
#include "confsync-pairing.h"
#include "confsync-pin-list.h"
#include "confsync-tools.h"
#include "confsync-units.h"

#define PORT 8766

static const ConfsyncOption options[] = {
  CONFSYNC_TOOL_ARGUMENT ("url", "URL"),
  CONFSYNC_TOOL_ARGUMENT ("code", "CODE"),
  { .name = "listen",
    .letter = 'l',
    .type = CONFSYNC_OPTION_BOOLEAN,
    .arguments_only = TRUE,
    .summary = N_ ("make a code, and wait for the other one") },
  { .name = "timeout",
    .type = CONFSYNC_OPTION_DURATION,
    .initial = "5m",
    .argument = "TIME",
    .arguments_only = TRUE,
    .summary = N_ ("how long to wait for it") },
  { .name = "instance-id",
    .type = CONFSYNC_OPTION_STRING,
    .argument = "ID",
    .summary = N_ ("who we are (the machine's name)") },
  CONFSYNC_TOOL_SETTINGS,
  CONFSYNC_TOOL_COLOR,
  { NULL },
};

/* what both ends need */
typedef struct {
  ConfsyncSettings *settings; /* (owned) */
  ConfsyncIdentity identity;
  GTlsCertificate *certificate; /* (owned) */
  char *name;
} Self;

static void
clear_self (Self *self)
{
  g_clear_pointer (&self->settings, confsync_settings_free);
  confsync_identity_clear (&self->identity);
  g_clear_object (&self->certificate);
  g_free (self->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Self, clear_self)

/* Reads who we are; who is nobody yet gets a certificate. */
static gboolean
load_self (Self *self, ConfsyncTool *tool, GError **error)
{
  self->settings = confsync_settings_load (tool->options, error);
  if (self->settings == NULL)
    return FALSE;

  confsync_identity_find (&self->identity, tool->options, self->settings);
  if (!confsync_identity_exists (&self->identity))
    {
      g_autofree char *name = confsync_identity_dup_name (tool->options, self->settings, NULL);

      if (!confsync_settings_make_folder (self->settings, error) ||
          !confsync_identity_make (&self->identity, name, 0, error))
        return FALSE;
    }
  self->certificate = confsync_identity_load (&self->identity, error);
  if (self->certificate != NULL)
    self->name =
      confsync_identity_dup_name (tool->options, self->settings, self->certificate);
  return self->certificate != NULL;
}

static gboolean
has_colon (const char *host)
{
  return strchr (host, ':') != NULL;
}

/* How the two are used from now on; where one of them could listen is this one's guess. */
static void
say_next (const char *dialled)
{
  if (dialled == NULL)
    confsync_tool_say (_ ("next: confsync run FILE --listen wss://0.0.0.0:8765"));
  else if (has_colon (dialled))
    confsync_tool_say (_ ("next: confsync run FILE --peer wss://[%s]:8765"), dialled);
  else
    confsync_tool_say (_ ("next: confsync run FILE --peer wss://%s:8765"), dialled);
}

/* Trusts the other one from now on. What others wrote meanwhile stays, so it is read anew.
 * @dialled: (nullable): the host where it is */
static gboolean
remember (Self *self,
          ConfsyncTool *tool,
          ConfsyncPairingPeer *peer,
          const char *dialled,
          GError **error)
{
  g_autoptr (ConfsyncSettings) settings = confsync_settings_load (tool->options, error);

  if (settings == NULL ||
      !confsync_pin_list_add (settings, peer->fingerprint, peer->name, error))
    return FALSE;
  confsync_identity_note (&self->identity, settings);
  if (!confsync_settings_save (settings, error))
    return FALSE;
  confsync_output_print (tool->output, _ ("paired with %s, %s\n"), peer->name, peer->fingerprint);
  confsync_tool_say (_ ("%s is written; an instance reads it at its start"),
                     confsync_settings_get_path (settings));
  say_next (dialled);
  return TRUE;
}

/* Takes HOST[:PORT], or a URL, of which host and port are taken. */
static GNetworkAddress *
parse_place (const char *text, GError **error)
{
  const char *scheme = strstr (text, "://");
  g_autofree char *host = NULL;
  g_autoptr (GSocketConnectable) address = NULL;

  if (scheme != NULL)
    text = scheme + strlen ("://");
  host = g_strndup (text, strcspn (text, "/"));
  address = g_network_address_parse (host, PORT, NULL);
  if (address == NULL || *host == '\0')
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
                   _ ("“%s” is no HOST[:PORT]"), text);
      return NULL;
    }
  return G_NETWORK_ADDRESS (g_steal_pointer (&address));
}

typedef struct {
  GMainLoop *loop;
  GAsyncResult *result; /* (owned) (nullable) */
} Waiting;

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->result = g_object_ref (result);
  g_main_loop_quit (waiting->loop);
}

static ConfsyncPairingPeer *
exchange (Self *self, GSocketConnection *connection, const char *code, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  const ConfsyncPairingSide side = { self->certificate, code, self->name };
  Waiting waiting = { loop, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  confsync_pairing_run_async (connection, CONFSYNC_PAIRING_DIALLER, &side, done_cb, &waiting);
  g_main_loop_run (loop);
  result = waiting.result;
  return confsync_pairing_run_finish (result, error);
}

/* What GIO says of it leaves open what to do. */
static void
explain_refusal (GError **error)
{
  if (error == NULL || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return;
  g_clear_error (error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED,
               _ ("nobody waits there; does “confsync pair --listen” still run?"));
}

static int
dial (Self *self, ConfsyncTool *tool, const char *url, const char *code, GError **error)
{
  g_autoptr (GNetworkAddress) place = parse_place (url, error);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (ConfsyncPairingPeer) peer = NULL;

  if (place == NULL)
    return CONFSYNC_EXIT_USAGE;
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, 10);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (place), NULL, error);
  if (connection != NULL)
    peer = exchange (self, connection, code, error);
  if (peer == NULL)
    {
      explain_refusal (error);
      g_prefix_error (error, "%s:%u: ", g_network_address_get_hostname (place),
                      g_network_address_get_port (place));
      return CONFSYNC_EXIT_FAILED;
    }
  return remember (self, tool, peer, g_network_address_get_hostname (place), error)
           ? CONFSYNC_EXIT_DONE
           : CONFSYNC_EXIT_FAILED;
}

static void
print_command (ConfsyncTool *tool, const char *host, guint16 port, const char *code)
{
  const gboolean bracket = has_colon (host);

  confsync_output_print (tool->output, "confsync pair %s%s%s:%u %s\n", bracket ? "[" : "", host,
                         bracket ? "]" : "", port, code);
}

static int
listen_for (Self *self, ConfsyncTool *tool, const char *url, GError **error)
{
  g_autofree char *text = confsync_pair_code_make ();
  g_autofree char *code = confsync_pair_code_parse (text);
  g_autoptr (GNetworkAddress) place = NULL;
  g_autoptr (ConfsyncPairHost) host = NULL;
  g_autoptr (ConfsyncPairingPeer) peer = NULL;
  const ConfsyncPairingSide side = { self->certificate, code, self->name };
  const guint timeout_ms = confsync_options_get_duration (tool->options, "timeout");
  g_autofree char *timeout = confsync_units_duration ((gint64) timeout_ms * 1000);
  const char *name;

  if (url != NULL && (place = parse_place (url, error)) == NULL)
    return CONFSYNC_EXIT_USAGE;
  name = place != NULL ? g_network_address_get_hostname (place) : NULL;
  host = confsync_pair_host_new (name, place != NULL ? g_network_address_get_port (place) : PORT,
                                 &side, error);
  if (host == NULL)
    return CONFSYNC_EXIT_FAILED;

  print_command (tool, name != NULL ? name : g_get_host_name (),
                 confsync_pair_host_get_port (host), text);
  /* nobody can read the code */
  if (confsync_output_is_gone (tool->output))
    return CONFSYNC_EXIT_FAILED;
  confsync_tool_say (name != NULL
                       ? _ ("type that on the other machine, within %s; it is good for once")
                       : _ ("type that on the other machine, within %s; it is good for once\n"
                            "(this machine's address does as well as its name)"),
                     timeout);
  peer = confsync_pair_host_wait (host, timeout_ms, error);
  return peer != NULL && remember (self, tool, peer, NULL, error) ? CONFSYNC_EXIT_DONE
                                                                  : CONFSYNC_EXIT_FAILED;
}

static gboolean
check_use (ConfsyncTool *tool, char **code, GError **error)
{
  const char *url = confsync_options_get_string (tool->options, "url");
  const char *text = confsync_options_get_string (tool->options, "code");

  if (confsync_tool_has (tool, "listen"))
    {
      if (text == NULL)
        return TRUE;
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("--listen makes the code itself"));
      return FALSE;
    }
  if (url == NULL || text == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                   _ ("run “confsync pair --listen” on one machine, and here what it prints"));
      return FALSE;
    }
  *code = confsync_pair_code_parse (text);
  if (*code == NULL)
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION,
                 _ ("that is no code: it has 20 letters and digits, in groups of four"));
  return *code != NULL;
}

static int
run (ConfsyncTool *tool, GError **error)
{
  const char *url = confsync_options_get_string (tool->options, "url");
  g_autofree char *code = NULL;
  g_auto (Self) self = { NULL };

  if (!check_use (tool, &code, error))
    return CONFSYNC_EXIT_USAGE;
  if (!load_self (&self, tool, error))
    return CONFSYNC_EXIT_FAILED;
  return code != NULL ? dial (&self, tool, url, code, error)
                      : listen_for (&self, tool, url, error);
}

const ConfsyncToolKind confsync_pair_tool = {
  .name = "pair",
  .usage = "--listen [HOST[:PORT]] | URL CODE",
  .purpose = N_ ("Lets two instances trust each other's certificates: --listen prints what is to\n"
                 "be typed on the other machine, with a code that proves to either that it talks\n"
                 "to the other. Certificates are made where there are none; then the settings of\n"
                 "both name them. Five wrong codes end it."),
  .example = "confsync pair --listen",
  .options = options,
  .run = run,
};
