/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The tests' own clock: what the simulator stands on.
 */

#include "virtual-clock.h"

typedef struct
{
  ConfsyncVirtualClock *clock;
  GString *trace;
} Fixture;

typedef struct
{
  Fixture *fixture;
  const char *label;
  guint again_ms; /* 0: not again */
} Step;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->clock = virtual_clock_new (1000);
  fixture->trace = g_string_new (NULL);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->clock);
  g_string_free (fixture->trace, TRUE);
}

static gboolean
step_cb (gpointer user_data)
{
  Step *step = user_data;
  ConfsyncClock *clock = CONFSYNC_CLOCK (step->fixture->clock);

  g_string_append_printf (step->fixture->trace, "%s%" G_GINT64_FORMAT " ", step->label,
                          confsync_clock_get_monotonic (clock) / 1000);
  if (step->again_ms > 0)
    {
      g_autoptr (GSource) source =
        confsync_clock_add_once (clock, step->again_ms, step_cb, step, NULL);

      step->again_ms = 0;
    }
  return G_SOURCE_REMOVE;
}

static GSource *
add (Fixture *fixture, guint delay_ms, Step *step)
{
  step->fixture = fixture;
  return confsync_clock_add_once (CONFSYNC_CLOCK (fixture->clock), delay_ms, step_cb, step, NULL);
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  Step steps[] = { { .label = "a" }, { .label = "b" }, { .label = "c" }, { .label = "d" } };
  g_autoptr (GSource) a = add (fixture, 20, &steps[0]);
  g_autoptr (GSource) b = add (fixture, 10, &steps[1]);
  g_autoptr (GSource) c = add (fixture, 20, &steps[2]);
  g_autoptr (GSource) d = add (fixture, 0, &steps[3]);

  g_test_summary ("By time, then by creation; nothing runs before its time");

  virtual_clock_advance (fixture->clock, 9);
  g_assert_cmpstr (fixture->trace->str, ==, "d0 ");
  virtual_clock_advance (fixture->clock, 100);
  g_assert_cmpstr (fixture->trace->str, ==, "d0 b10 a20 c20 ");
}

static void
test_chain (Fixture *fixture, gconstpointer data)
{
  Step first = { .label = "a", .again_ms = 5 };
  Step other = { .label = "b" };
  g_autoptr (GSource) a = add (fixture, 10, &first);
  g_autoptr (GSource) b = add (fixture, 17, &other);

  g_test_summary ("A source made while time moves on runs in its turn");

  virtual_clock_advance (fixture->clock, 100);
  g_assert_cmpstr (fixture->trace->str, ==, "a10 a15 b17 ");
}

static void
test_destroyed (Fixture *fixture, gconstpointer data)
{
  Step step = { .label = "a" };
  g_autoptr (GSource) source = add (fixture, 10, &step);

  g_test_summary ("A destroyed source doesn't run");

  g_source_destroy (source);
  virtual_clock_advance (fixture->clock, 100);
  g_assert_cmpstr (fixture->trace->str, ==, "");
}

static void
test_time (Fixture *fixture, gconstpointer data)
{
  ConfsyncClock *clock = CONFSYNC_CLOCK (fixture->clock);

  g_test_summary ("Both times move; only the time of day jumps");

  virtual_clock_advance (fixture->clock, 3);
  g_assert_cmpint (confsync_clock_get_time (clock), ==, 4000);
  g_assert_cmpint (confsync_clock_get_monotonic (clock), ==, 3000);
  virtual_clock_jump (fixture->clock, -2);
  g_assert_cmpint (confsync_clock_get_time (clock), ==, 2000);
  g_assert_cmpint (confsync_clock_get_monotonic (clock), ==, 3000);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/virtual-clock/order", test_order);
  ADD ("/virtual-clock/chain", test_chain);
  ADD ("/virtual-clock/destroyed", test_destroyed);
  ADD ("/virtual-clock/time", test_time);
  return g_test_run ();
}
