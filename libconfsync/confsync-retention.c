/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Retention. Minutes and hours are those of the clock on the wall, not counted back from now, so
 * that a version which stays now isn't thinned a second later by a shifted border.
 */

#include "config.h"

#include "confsync-retention-private.h"

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

/* Where the newest one of each slot stays. Slots of different widths never compare equal. */
static gint64
get_slot (gint64 time_s, gint64 now_s)
{
  gint64 age_s = now_s - time_s;

  return age_s < HOUR_S ? 2 * (time_s / MINUTE_S) : 2 * (time_s / HOUR_S) + 1;
}

static guint
thin (const ConfsyncRetained *versions, guint n_versions, gint64 now_s, gboolean *remove)
{
  guint n_last_minute = 0, n_removed = 0;
  gint64 last_slot = G_MININT64;

  for (guint i = n_versions; i-- > 0;)
    {
      gint64 age_s = now_s - versions[i].time_s;

      if (versions[i].lost || versions[i].needed || age_s >= DAY_S)
        continue;
      if (age_s < MINUTE_S)
        remove[i] = ++n_last_minute > CONFSYNC_RETENTION_LAST_MINUTE_MAX;
      else
        {
          gint64 slot = get_slot (versions[i].time_s, now_s);

          remove[i] = slot == last_slot;
          last_slot = slot;
        }
      n_removed += remove[i];
    }
  return n_removed;
}

/* Gives @n_versions where none was acknowledged. */
static guint
find_newest_acknowledged (const ConfsyncRetained *versions, guint n_versions)
{
  for (guint i = n_versions; i-- > 0;)
    if (versions[i].acknowledged)
      return i;
  return n_versions;
}

/* A version that neither number nor age may remove. */
static gboolean
is_spared (const ConfsyncRetained *versions, guint n_versions, guint acknowledged, guint i)
{
  return versions[i].needed || i == acknowledged || i + 1 == n_versions;
}

/* The age of a version counts from when it was kept here. */
static guint
cut_old (const ConfsyncRetained *versions,
         guint n_versions,
         guint acknowledged,
         gint64 oldest_s,
         gboolean *remove)
{
  guint n_removed = 0;

  for (guint i = 0; i < n_versions; i++)
    if (!remove[i] && versions[i].time_s < oldest_s &&
        !is_spared (versions, n_versions, acknowledged, i))
      {
        remove[i] = TRUE;
        n_removed++;
      }
  return n_removed;
}

guint
confsync_retention_select (const ConfsyncRetained *versions,
                           guint n_versions,
                           gint64 now_s,
                           const ConfsyncRetentionLimits *limits,
                           gboolean *remove)
{
  const guint acknowledged = find_newest_acknowledged (versions, n_versions);
  const guint max = limits->max_versions;
  guint n_removed = 0;

  for (guint i = 0; i < n_versions; i++)
    remove[i] = FALSE;

  if (max > 0)
    n_removed = thin (versions, n_versions, now_s, remove);
  /* the newest of all is the newest of its slot, so thinning has spared it */
  if (acknowledged < n_versions && remove[acknowledged])
    {
      remove[acknowledged] = FALSE;
      n_removed--;
    }
  if (limits->max_days > 0)
    n_removed += cut_old (versions, n_versions, acknowledged,
                          now_s - (gint64) limits->max_days * DAY_S, remove);
  for (guint i = 0; max > 0 && i + 1 < n_versions && n_versions - n_removed > max; i++)
    if (!remove[i] && !is_spared (versions, n_versions, acknowledged, i))
      {
        remove[i] = TRUE;
        n_removed++;
      }
  return n_removed;
}
