/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Explanations, as values.
 */

#include "config.h"

#include "confsync-explanation-private.h"

G_DEFINE_BOXED_TYPE (ConfsyncExplanation, confsync_explanation, confsync_explanation_ref,
                     confsync_explanation_unref)

ConfsyncExplanation *
confsync_explanation_new (const char *pointer)
{
  ConfsyncExplanation *self = g_atomic_rc_box_new0 (ConfsyncExplanation);

  self->pointer = g_strdup (pointer);
  return self;
}

/**
 * confsync_explanation_ref:
 * @self: an explanation
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same explanation
 *
 * Since: 1.0
 */
ConfsyncExplanation *
confsync_explanation_ref (ConfsyncExplanation *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
explanation_clear (ConfsyncExplanation *self)
{
  g_free (self->pointer);
  g_clear_pointer (&self->version, confsync_version_unref);
  g_clear_pointer (&self->value, confsync_json_unref);
  g_clear_pointer (&self->previous, confsync_version_unref);
  g_clear_pointer (&self->before, confsync_json_unref);
}

/**
 * confsync_explanation_unref:
 * @self: (transfer full): an explanation
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_explanation_unref (ConfsyncExplanation *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) explanation_clear);
}

/**
 * confsync_explanation_get_pointer:
 * @self: an explanation
 *
 * Gets what was asked for.
 *
 * Returns: the JSON Pointer
 *
 * Since: 1.0
 */
const char *
confsync_explanation_get_pointer (ConfsyncExplanation *self)
{
  return self->pointer;
}

/**
 * confsync_explanation_get_version:
 * @self: an explanation
 *
 * Gets the version that last changed the value: its stamp has the author and the time. Where
 * [method@Explanation.is_exact] is false the change was made with it or before it, and maybe by
 * somebody else.
 *
 * Returns: (transfer none): the version
 *
 * Since: 1.0
 */
ConfsyncVersion *
confsync_explanation_get_version (ConfsyncExplanation *self)
{
  return self->version;
}

/**
 * confsync_explanation_get_value:
 * @self: an explanation
 *
 * Gets what has stood there since.
 *
 * Returns: (transfer none) (nullable): the value as it is now; %NULL for nothing: it was taken out
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_explanation_get_value (ConfsyncExplanation *self)
{
  return self->value;
}

/**
 * confsync_explanation_get_previous_version:
 * @self: an explanation
 *
 * Gets the newest kept version that the change was made from.
 *
 * Returns: (transfer none) (nullable): that version; %NULL where none is kept, or there never was
 *   one
 *
 * Since: 1.0
 */
ConfsyncVersion *
confsync_explanation_get_previous_version (ConfsyncExplanation *self)
{
  return self->previous;
}

/**
 * confsync_explanation_get_previous_value:
 * @self: an explanation
 *
 * Gets what stood there before, in [method@Explanation.get_previous_version].
 *
 * Returns: (transfer none) (nullable): the value; %NULL for nothing, and where that version is
 *
 * Since: 1.0
 */
ConfsyncJson *
confsync_explanation_get_previous_value (ConfsyncExplanation *self)
{
  return self->before;
}

/**
 * confsync_explanation_is_exact:
 * @self: an explanation
 *
 * Tells whether all that lies between both versions is known. It isn't where versions between them
 * were thinned or never came here, where a file of one is damaged, and where the record of one is
 * lost: the change was made at or before the version then. A change there and back, of which no
 * version is left, shows in neither case.
 *
 * Returns: whether exactly that version changed it
 *
 * Since: 1.0
 */
gboolean
confsync_explanation_is_exact (ConfsyncExplanation *self)
{
  return self->exact;
}
