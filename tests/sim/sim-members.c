/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What became of members.
 */

#include "config.h"

#include "sim-members.h"

static const char *const names[SIM_MEMBERS] = { "/a", "/b", "/c", "/d", "/flag" };

void
sim_members_clear (SimMembers *self)
{
  for (guint i = 0; i < SIM_MEMBERS; i++)
    for (guint edit = 0; edit < SIM_EDITS_MAX; edit++)
      g_free (self->values[i][edit]);
}

/* What stands there as text; empty where nothing does. */
static char *
value_of (ConfsyncDocument *document, guint member)
{
  g_autoptr (ConfsyncJson) value =
    confsync_json_lookup (confsync_document_get_json (document), names[member], NULL);
  g_autoptr (GBytes) text = value != NULL ? confsync_json_to_canonical (value) : NULL;

  return text != NULL ? g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text))
                      : g_strdup ("");
}

void
sim_members_note (SimMembers *self,
                  guint edit,
                  const SimEdits *knows,
                  ConfsyncDocument *base,
                  ConfsyncDocument *document)
{
  self->knows[edit] = *knows;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      g_autofree char *before = base != NULL ? value_of (base, i) : NULL;
      g_autofree char *after = value_of (document, i);

      if (g_strcmp0 (before, after) == 0)
        continue;
      sim_edits_add (&self->written[i], edit);
      self->values[i][edit] = g_steal_pointer (&after);
    }
}

void
sim_members_blur (SimMembers *self, guint edit, ConfsyncDocument *document)
{
  sim_edits_add (&self->blurred, edit);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      sim_edits_add (&self->written[i], edit);
      g_free (self->values[i][edit]);
      self->values[i][edit] = value_of (document, i);
    }
}

static gboolean
is_superseded (SimMembers *self, guint member, guint edit, const SimEdits *edits)
{
  for (guint later = edit + 1; later < SIM_EDITS_MAX; later++)
    if (sim_edits_has (edits, later) && sim_edits_has (&self->written[member], later) &&
        sim_edits_has (&self->knows[later], edit) && !sim_edits_has (&self->blurred, later))
      return TRUE;
  return FALSE;
}

/* Each of the edits that wrote this value was followed by another one that knew it. What an edit
 * wrote that isn't in it may have got there all the same: a crash takes knowledge away. */
static gboolean
went_back (SimMembers *self, guint member, const SimEdits *edits, const char *value)
{
  gboolean superseded = FALSE;

  for (guint edit = 0; edit < SIM_EDITS_MAX; edit++)
    {
      if (!sim_edits_has (&self->written[member], edit) ||
          !g_str_equal (self->values[member][edit], value))
        continue;
      if (!sim_edits_has (edits, edit) || !is_superseded (self, member, edit, edits))
        return FALSE;
      superseded = TRUE;
    }
  return superseded;
}

/* Whether of any two edits in it that wrote the member, the later one knew the earlier one. Where
 * two didn't, one of them won, perhaps here this one and there that one. */
static gboolean
is_chain (SimMembers *self, guint member, const SimEdits *edits)
{
  int last = -1;

  for (int edit = 0; edit < SIM_EDITS_MAX; edit++)
    {
      if (!sim_edits_has (edits, edit) || !sim_edits_has (&self->written[member], edit))
        continue;
      if (last >= 0 && (!sim_edits_has (&self->knows[edit], last) ||
                        sim_edits_has (&self->blurred, edit)))
        return FALSE;
      last = edit;
    }
  return TRUE;
}

const char *
sim_members_judge (SimMembers *self, const SimEdits *edits, ConfsyncDocument *document)
{
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      g_autofree char *value = value_of (document, i);

      if (is_chain (self, i, edits) && went_back (self, i, edits, value))
        return names[i];
    }
  return NULL;
}
