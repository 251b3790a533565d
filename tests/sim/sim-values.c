/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Local values. An edit that is overwritten before anything was at rest may be lost, as any file
 * that is saved twice at once; so all that was written since the last rest will do.
 */

#include "config.h"

#include "sim-values.h"

#include "confsync-json-builder-private.h"

#include <string.h>

typedef struct
{
  guint member;
  ConfsyncJson *value; /* (owned) (nullable): it was taken out */
} Written;

static void
written_clear (Written *written)
{
  g_clear_pointer (&written->value, confsync_json_unref);
}

SimValues *
sim_values_new (ConfsyncLocalMembers *members)
{
  SimValues *self = g_new0 (SimValues, 1);

  self->members = confsync_local_members_ref (members);
  self->settled = g_new0 (guint, confsync_local_members_get_length (members));
  self->written = g_array_new (FALSE, FALSE, sizeof (Written));
  g_array_set_clear_func (self->written, (GDestroyNotify) written_clear);
  return self;
}

static void
append (SimValues *self, guint member, ConfsyncJson *value)
{
  Written written = { member, value != NULL ? confsync_json_ref (value) : NULL };

  g_array_append_val (self->written, written);
}

SimValues *
sim_values_copy (const SimValues *self)
{
  SimValues *copy = sim_values_new (self->members);

  for (guint i = 0; i < self->written->len; i++)
    {
      const Written *written = &g_array_index (self->written, Written, i);

      append (copy, written->member, written->value);
    }
  for (guint i = 0; i < confsync_local_members_get_length (self->members); i++)
    copy->settled[i] = self->settled[i];
  return copy;
}

void
sim_values_free (SimValues *self)
{
  g_array_unref (self->written);
  g_free (self->settled);
  confsync_local_members_unref (self->members);
  g_free (self);
}

static gboolean
equal (ConfsyncJson *a, ConfsyncJson *b)
{
  return a == b || (a != NULL && b != NULL && confsync_json_equal (a, b));
}

void
sim_values_note (SimValues *self, ConfsyncDocument *before, ConfsyncDocument *after)
{
  for (guint i = 0; i < confsync_local_members_get_length (self->members); i++)
    {
      g_autoptr (ConfsyncJson) old =
        before != NULL ? confsync_local_members_get (self->members, before, i) : NULL;
      g_autoptr (ConfsyncJson) new = confsync_local_members_get (self->members, after, i);

      if (!equal (old, new))
        append (self, i, new);
    }
}

/* The place of the newest one like @value that isn't older than what is safe, counted from 1; 0
 * where there is none, unless nothing had to be there. */
static gboolean
find (SimValues *self, guint member, ConfsyncJson *value, guint *place)
{
  *place = 0;
  for (guint i = self->written->len; i > 0 && i >= self->settled[member]; i--)
    {
      const Written *written = &g_array_index (self->written, Written, i - 1);

      if (written->member == member && equal (written->value, value))
        {
          *place = i;
          return TRUE;
        }
    }
  return value == NULL && self->settled[member] == 0;
}

void
sim_values_settle (SimValues *self, ConfsyncDocument *live)
{
  for (guint i = 0; i < confsync_local_members_get_length (self->members); i++)
    {
      g_autoptr (ConfsyncJson) value = confsync_local_members_get (self->members, live, i);
      guint place;

      if (confsync_local_members_has_room (self->members, live, i) &&
          find (self, i, value, &place) && place > 0)
        self->settled[i] = place;
    }
}

const char *
sim_values_find_lost (SimValues *self, ConfsyncDocument *live)
{
  for (guint i = 0; i < confsync_local_members_get_length (self->members); i++)
    {
      g_autoptr (ConfsyncJson) value = confsync_local_members_get (self->members, live, i);
      guint place;

      if (confsync_local_members_has_room (self->members, live, i) &&
          !find (self, i, value, &place))
        return confsync_local_members_get_pointers (self->members)[i];
    }
  return NULL;
}

/* @change (nullable) takes the place of one. */
static ConfsyncJson *
collect (SimValues *self, ConfsyncDocument *live, guint changed, ConfsyncJson *change)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  const char *const *pointers = confsync_local_members_get_pointers (self->members);

  confsync_json_builder_begin_object (builder);
  for (guint i = 0; pointers[i] != NULL; i++)
    {
      g_autoptr (ConfsyncJson) kept = confsync_local_members_get (self->members, live, i);
      ConfsyncJson *value = i == changed ? change : kept;

      if (value == NULL)
        continue;
      confsync_json_builder_name (builder, pointers[i]);
      confsync_json_builder_append (builder, value);
    }
  confsync_json_builder_close (builder);
  return confsync_json_builder_end (builder, NULL);
}

ConfsyncDocument *
sim_values_change (SimValues *self,
                   ConfsyncDocument *live,
                   guint member,
                   gboolean remove,
                   const char *owner,
                   guint number)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ConfsyncJson) value = NULL;
  g_autoptr (ConfsyncJson) values = NULL;

  if (!remove)
    {
      text = number % 2 == 0
               ? g_strdup_printf ("\"" SIM_SECRET "%s-%u\"", owner, number)
               : g_strdup_printf ("{\"key\":[\"" SIM_SECRET "%s-%u\"]}", owner, number);
      bytes = g_bytes_new (text, strlen (text));
      value = confsync_json_parse (bytes, NULL, NULL);
    }
  values = collect (self, live, member, value);
  return confsync_local_members_write (self->members, live, values);
}
