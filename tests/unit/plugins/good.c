/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A plugin as it should be, with two names for one class.
 */

#include <confsync.h>

typedef struct
{
  GObject parent_instance;
} FixtureGood;

typedef struct
{
  GObjectClass parent_class;
} FixtureGoodClass;

GType fixture_good_get_type (void);

G_DEFINE_TYPE_WITH_CODE (FixtureGood,
                         fixture_good,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_TRANSPORT, NULL))

static void
fixture_good_class_init (FixtureGoodClass *klass)
{
}

static void
fixture_good_init (FixtureGood *self)
{
}

static gboolean
register_types (GError **error)
{
  GType type = fixture_good_get_type ();

  return confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "good", type, 0, error) &&
         confsync_registry_add (CONFSYNC_TYPE_TRANSPORT, "also-good", type, 0, error);
}

CONFSYNC_DEFINE_PLUGIN ("good", register_types)
