/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin that wants the name of another one.
 */

#include <confsync.h>

typedef struct
{
  GObject parent_instance;
} FixtureTaken;

typedef struct
{
  GObjectClass parent_class;
} FixtureTakenClass;

GType fixture_taken_get_type (void);

G_DEFINE_TYPE_WITH_CODE (FixtureTaken,
                         fixture_taken,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT, NULL))

static void
fixture_taken_class_init (FixtureTakenClass *klass)
{
}

static void
fixture_taken_init (FixtureTaken *self)
{
}

static gboolean
register_types (GError **error)
{
  return confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "good", fixture_taken_get_type (), 0,
                                error);
}

CONFSYNC_DEFINE_PLUGIN ("taken", register_types)
