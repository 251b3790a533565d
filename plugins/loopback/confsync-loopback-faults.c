/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Parsing of fault words, splitmix64 dice, and the order of arrival. A throw always draws the same
 * count of numbers, so changing one probability leaves the other faults where they were.
 */

#include "confsync-loopback-faults.h"

#define DELAY_MAX_MS 3600000
#define REORDER_MAX_MS 20 /* the least room that an overtaken message is held back in */

typedef gboolean (*ParseValue) (const char *value, LoopbackFaults *faults, gsize offset);

static gboolean
parse_seed (const char *value, LoopbackFaults *faults, gsize offset)
{
  return g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &faults->seed, NULL);
}

static gboolean
parse_delay (const char *value, LoopbackFaults *faults, gsize offset)
{
  g_auto (GStrv) ends = g_strsplit (value, "-", 2);
  const char *last = ends[0] != NULL && ends[1] != NULL ? ends[1] : ends[0];
  guint64 min_ms, max_ms;

  if (last == NULL || !g_ascii_string_to_unsigned (ends[0], 10, 0, DELAY_MAX_MS, &min_ms, NULL) ||
      !g_ascii_string_to_unsigned (last, 10, min_ms, DELAY_MAX_MS, &max_ms, NULL))
    return FALSE;

  faults->delay_min_ms = min_ms;
  faults->delay_max_ms = max_ms;
  return TRUE;
}

static gboolean
parse_probability (const char *value, LoopbackFaults *faults, gsize offset)
{
  char *end;
  double number = g_ascii_strtod (value, &end);

  /* strtod also takes blanks, signs, hexadecimal numbers and names of what is no number */
  if (!g_ascii_isdigit (*value) || strspn (value, "0123456789.eE-") != strlen (value) ||
      *end != '\0' || number > 1)
    return FALSE;

  G_STRUCT_MEMBER (double, faults, offset) = number;
  return TRUE;
}

static const struct
{
  const char *key;
  const char *shape;
  ParseValue parse;
  gsize offset;
} keys[] = {
  { "seed", "seed=NUMBER", parse_seed, 0 },
  { "delay", "delay=MS or delay=MS-MS", parse_delay, 0 },
  { "loss", "loss=0..1", parse_probability, G_STRUCT_OFFSET (LoopbackFaults, loss) },
  { "dup", "dup=0..1", parse_probability, G_STRUCT_OFFSET (LoopbackFaults, duplicate) },
  { "reorder", "reorder=0..1", parse_probability, G_STRUCT_OFFSET (LoopbackFaults, reorder) },
  { "cut", "cut=0..1", parse_probability, G_STRUCT_OFFSET (LoopbackFaults, cut) },
};

static gboolean
parse_word (LoopbackFaults *self, const char *word, GError **error)
{
  const char *equals = strchr (word, '=');
  gsize length = equals != NULL ? (gsize) (equals - word) : strlen (word);
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (equals != NULL && strlen (keys[i].key) == length &&
          strncmp (keys[i].key, word, length) == 0 &&
          keys[i].parse (equals + 1, self, keys[i].offset))
        return TRUE;
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", keys[i].shape);
    }
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_ADDRESS,
               "“%s” is no fault of a loopback link; known are %s", word, known->str);
  return FALSE;
}

gboolean
loopback_faults_parse (LoopbackFaults *self, const char *words, GError **error)
{
  g_auto (GStrv) list = g_strsplit_set (words, " \t\n&", -1);
  LoopbackFaults faults = *self;

  for (guint i = 0; list[i] != NULL; i++)
    if (*list[i] != '\0' && !parse_word (&faults, list[i], error))
      return FALSE;

  *self = faults;
  return TRUE;
}

/* splitmix64 (Steele, Lea, Flood 2014): any state will do, so streams can be numbered */
static guint64
dice_next (LoopbackDice *self)
{
  guint64 bits = self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  bits = (bits ^ (bits >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

static gboolean
dice_hits (LoopbackDice *self, double probability)
{
  return (dice_next (self) >> 11) * 0x1p-53 < probability;
}

/* the bias of the remainder is below 2^-40 for delays */
static guint
dice_between (LoopbackDice *self, guint low, guint high)
{
  return low + dice_next (self) % (high - low + 1);
}

/* Streams of one seed start at scattered states: neighbouring ones would only be each other's
 * throws, shifted by one. */
void
loopback_dice_init (LoopbackDice *self, guint64 seed, guint64 stream)
{
  LoopbackDice seeds = { seed };
  LoopbackDice streams = { ~stream };

  self->state = dice_next (&seeds) ^ dice_next (&streams);
}

LoopbackFate
loopback_dice_throw (LoopbackDice *self, const LoopbackFaults *faults)
{
  LoopbackFate fate;
  guint hold_ms;

  fate.cut = dice_hits (self, faults->cut);
  fate.lost = dice_hits (self, faults->loss);
  fate.duplicated = dice_hits (self, faults->duplicate);
  fate.reordered = dice_hits (self, faults->reorder);
  fate.delay_ms = dice_between (self, faults->delay_min_ms, faults->delay_max_ms);
  fate.copy_delay_ms = dice_between (self, faults->delay_min_ms, faults->delay_max_ms);

  hold_ms = dice_between (self, 1, MAX (REORDER_MAX_MS, faults->delay_max_ms));
  if (fate.reordered)
    fate.delay_ms += hold_ms;
  return fate;
}

gint64
loopback_timetable_place (LoopbackTimetable *self, gint64 due_us, gboolean reordered)
{
  if (!reordered)
    due_us = self->ordered_due_us = MAX (due_us, self->ordered_due_us);
  self->latest_due_us = MAX (due_us, self->latest_due_us);
  return due_us;
}

gint64
loopback_timetable_place_end (LoopbackTimetable *self, gint64 due_us)
{
  return self->latest_due_us = MAX (due_us, self->latest_due_us);
}
