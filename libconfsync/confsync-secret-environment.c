/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Takes secrets out of the environment. The command compiles this file too: it takes them at its
 * start, into a copy of its own.
 */

#include "config.h"

#include "confsync-secret-environment-private.h"

#include "confsync-secret-private.h"

static const char *const names[] = { "CONFSYNC_KEY", "CONFSYNC_SYNC_KEY" };

static GMutex mutex;
static char *taken[G_N_ELEMENTS (names)]; /* (owned) (nullable), under the mutex */

static void
take (guint i, gboolean alone)
{
  char *value = (char *) g_getenv (names[i]);

  if (value != NULL && *value != '\0')
    {
      confsync_secret_free (taken[i]);
      taken[i] = g_strdup (value);
      /* where it stands, /proc/PID/environ shows it for as long as the process lives */
      explicit_bzero (value, strlen (value));
    }
  if (alone)
    g_unsetenv (names[i]);
}

void
confsync_secret_environment_take (gboolean alone)
{
  g_mutex_lock (&mutex);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    take (i, alone);
  g_mutex_unlock (&mutex);
}

GStrv
confsync_secret_environment_dup (void)
{
  GStrv environment = g_get_environ ();

  g_mutex_lock (&mutex);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (taken[i] != NULL)
      environment = g_environ_setenv (environment, names[i], taken[i], TRUE);
  g_mutex_unlock (&mutex);
  return environment;
}

void
confsync_secret_environment_free (GStrv environment)
{
  for (guint i = 0; environment != NULL && i < G_N_ELEMENTS (names); i++)
    {
      char *value = (char *) g_environ_getenv (environment, names[i]);

      if (value != NULL)
        explicit_bzero (value, strlen (value));
    }
  g_strfreev (environment);
}
