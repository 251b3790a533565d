/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Addresses, properties and the numbering of dials.
 */

#include "confsync-loopback-transport.h"

#include "confsync-loopback-channel.h"
#include "confsync-loopback-listener.h"

#define NAME_MAX_BYTES 64

enum {
  PROP_CLOCK = 1,
  PROP_FAULTS,
  PROP_PARTITION,
  N_PROPERTIES
};

struct _ConfsyncLoopbackTransport
{
  GObject parent_instance;

  ConfsyncClock *clock; /* (owned) */
  char *faults;         /* (nullable) */
  guint dialled;        /* links so far */
  LoopbackPartition *partition;
};

static GParamSpec *properties[N_PROPERTIES];

static void transport_iface_init (ConfsyncTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ConfsyncLoopbackTransport,
                               confsync_loopback_transport,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT,
                                                      transport_iface_init))

static void
confsync_loopback_transport_get_property (GObject *object,
                                          guint id,
                                          GValue *value,
                                          GParamSpec *pspec)
{
  ConfsyncLoopbackTransport *self = CONFSYNC_LOOPBACK_TRANSPORT (object);

  switch (id)
    {
    case PROP_CLOCK:
      g_value_set_object (value, self->clock);
      break;
    case PROP_FAULTS:
      g_value_set_string (value, self->faults);
      break;
    case PROP_PARTITION:
      g_value_take_string (value, loopback_partition_dup (self->partition));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_loopback_transport_set_property (GObject *object,
                                          guint id,
                                          const GValue *value,
                                          GParamSpec *pspec)
{
  ConfsyncLoopbackTransport *self = CONFSYNC_LOOPBACK_TRANSPORT (object);

  switch (id)
    {
    case PROP_CLOCK:
      g_clear_object (&self->clock);
      self->clock = g_value_dup_object (value);
      if (self->clock == NULL)
        self->clock = confsync_clock_new_system ();
      break;
    case PROP_FAULTS:
      g_free (self->faults);
      self->faults = g_value_dup_string (value);
      self->dialled = 0;
      break;
    case PROP_PARTITION:
      loopback_partition_set (self->partition, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
confsync_loopback_transport_finalize (GObject *object)
{
  ConfsyncLoopbackTransport *self = CONFSYNC_LOOPBACK_TRANSPORT (object);

  g_clear_object (&self->clock);
  g_free (self->faults);
  loopback_partition_unref (self->partition);

  G_OBJECT_CLASS (confsync_loopback_transport_parent_class)->finalize (object);
}

static void
confsync_loopback_transport_class_init (ConfsyncLoopbackTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = confsync_loopback_transport_get_property;
  object_class->set_property = confsync_loopback_transport_set_property;
  object_class->finalize = confsync_loopback_transport_finalize;

  /**
   * ConfsyncLoopbackTransport:clock:
   *
   * What the delays of listeners and dials to come are measured with; %NULL stands for the
   * system's clock.
   *
   * Since: 1.0
   */
  properties[PROP_CLOCK] =
    g_param_spec_object ("clock", NULL, NULL, CONFSYNC_TYPE_CLOCK,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncLoopbackTransport:faults:
   *
   * The faults of links to be dialled, such as `seed=7 delay=0-20 loss=0.01`; %NULL for none. What
   * is wrong with them shows as the error of the next dial. Setting it numbers the dials anew.
   *
   * Since: 1.0
   */
  properties[PROP_FAULTS] = g_param_spec_string ("faults", NULL, NULL, NULL,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * ConfsyncLoopbackTransport:partition:
   *
   * The names of listeners that nothing reaches and that reach nobody, over all links of which
   * this transport is an end: `hub,kitchen>,attic<`. With `>` only messages towards the listener
   * vanish, with `<` only those from it. %NULL heals.
   *
   * Since: 1.0
   */
  properties[PROP_PARTITION] = g_param_spec_string ("partition", NULL, NULL, NULL,
                                                    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
confsync_loopback_transport_init (ConfsyncLoopbackTransport *self)
{
  self->partition = loopback_partition_new ();
}

static gboolean
is_name (const char *name)
{
  gsize length = strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-");

  return length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0';
}

/* Gives the name, and where asked for the words behind the question mark, NULL where there are
 * none. */
static char *
parse_address (const char *address, char **words, GError **error)
{
  const char *rest = address + strlen (CONFSYNC_LOOPBACK_SCHEME ":");
  g_auto (GStrv) parts = NULL;

  if (!g_str_has_prefix (address, CONFSYNC_LOOPBACK_SCHEME ":"))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
                   "“%s” is no address of the loopback transport, such as loopback:hub", address);
      return NULL;
    }

  parts = g_strsplit (rest, "?", 2);
  if (parts[0] == NULL || !is_name (parts[0]) || (words == NULL && parts[1] != NULL))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
                   "“%s” is no address of the loopback transport: after the colon comes a name of "
                   "letters, digits, dots, “-” and “_”, %d at most, and only where one dials then "
                   "“?” with faults", address, NAME_MAX_BYTES);
      return NULL;
    }
  if (words != NULL)
    *words = g_strdup (parts[1]);
  return g_strdup (parts[0]);
}

static const char *const *
confsync_loopback_transport_get_schemes (ConfsyncTransport *transport)
{
  static const char *const schemes[] = { CONFSYNC_LOOPBACK_SCHEME, NULL };

  return schemes;
}

/* Nobody outside the process can come in, so the flags make no difference. */
static void
confsync_loopback_transport_listen (ConfsyncTransport *transport,
                                    const char *address,
                                    ConfsyncListenFlags flags,
                                    GTask *task)
{
  ConfsyncLoopbackTransport *self = CONFSYNC_LOOPBACK_TRANSPORT (transport);
  g_autoptr (ConfsyncListener) listener = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;

  name = parse_address (address, NULL, &error);
  if (name != NULL)
    listener = confsync_loopback_listener_new (name, self->partition, self->clock, &error);
  if (listener != NULL)
    confsync_transport_return_listener (task, listener);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static ConfsyncChannel *
confsync_loopback_transport_dial (ConfsyncTransport *transport,
                                  const char *address,
                                  GError **error)
{
  ConfsyncLoopbackTransport *self = CONFSYNC_LOOPBACK_TRANSPORT (transport);
  LoopbackFaults faults = { 0 };
  g_autofree char *words = NULL;
  g_autofree char *name = parse_address (address, &words, error);

  if (name == NULL ||
      (self->faults != NULL && !loopback_faults_parse (&faults, self->faults, error)) ||
      (words != NULL && !loopback_faults_parse (&faults, words, error)))
    return NULL;

  return confsync_loopback_channel_dial (
    loopback_link_new (name, self->dialled++, &faults, self->partition), self->clock);
}

static void
transport_iface_init (ConfsyncTransportInterface *iface)
{
  iface->get_schemes = confsync_loopback_transport_get_schemes;
  iface->listen = confsync_loopback_transport_listen;
  iface->dial = confsync_loopback_transport_dial;
}
