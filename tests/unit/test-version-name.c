/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Names of versions sort by age, whatever the clock does.
 */

#include "config.h"

#include "confsync-version-name-private.h"

/* 2024-01-01 12:00:00 UTC */
#define NOON_S G_GINT64_CONSTANT (1704110400)

static void
assert_next (const char *newest, gint64 now_s, const char *expected)
{
  g_autofree char *name = confsync_version_name_next (newest, now_s);

  g_assert_cmpstr (name, ==, expected);
  if (name == NULL)
    return;
  g_assert_true (confsync_version_name_is_valid (name));
  if (newest != NULL)
    g_assert_cmpstr (name, >, newest);
}

static void
test_next (void)
{
  assert_next (NULL, NOON_S, "config_20240101120000.json");
  assert_next ("config_20240101115959_007.json", NOON_S, "config_20240101120000.json");
  assert_next ("config_20240101120000.json", NOON_S, "config_20240101120000_001.json");
  assert_next ("config_20240101120000_009.json", NOON_S, "config_20240101120000_010.json");
}

static void
test_clock_went_back (void)
{
  assert_next ("config_20250101000000.json", NOON_S, "config_20250101000000_001.json");
  assert_next ("config_20250101000000_041.json", NOON_S, "config_20250101000000_042.json");
}

static void
test_many_in_a_second (void)
{
  g_test_summary ("Six digits sort behind three; then the next second is taken");
  assert_next ("config_20240101120000_998.json", NOON_S, "config_20240101120000_999.json");
  assert_next ("config_20240101120000_999.json", NOON_S, "config_20240101120000_999001.json");
  assert_next ("config_20240101120000_9999.json", NOON_S, "config_20240101120000_999901.json");
  assert_next ("config_20240101120000_999001.json", NOON_S, "config_20240101120000_999002.json");
  assert_next ("config_20240101120000_999999.json", NOON_S, "config_20240101120001.json");
}

static void
test_nothing_can_follow (void)
{
  assert_next ("config_99999999999999_999999.json", NOON_S, NULL);
}

static void
test_valid (void)
{
  static const char *const invalid[] = {
    "",
    "config_.json",
    "config_2024010112000.json",
    "config_202401011200000.json",
    "config_20240101120000",
    "config_20240101120000.json ",
    "config_20240101120000.json.tmp",
    "config_20240101120000_.json",
    "config_20240101120000_01.json",
    "config_20240101120000_0000001.json",
    "../config_20240101120000.json",
    "x/config_20240101120000.json",
    "config_20240101120000/../../x.json",
    "config_20240101120000_00a.json",
    "Config_20240101120000.json",
    ".index.jsonl",
    "%2e%2e%2fconfig_20240101120000.json",
    "config_20240101120000%2ejson",
    "config_20240101120000.json%00",
    "config_20240101120000_00.json",
    "config_20240101120000_0001000.json",
    "config_٢٠٢٤٠١٠١١٢٠٠٠٠.json",
    "config_20240101120000.json\n",
    "config_20240101120000\x01.json",
  };
  g_autofree char *many = g_strnfill (300, '0');
  g_autofree char *of_300 = g_strconcat ("config_", many, ".json", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    g_assert_false (confsync_version_name_is_valid (invalid[i]));
  g_assert_false (confsync_version_name_is_valid (many));
  g_assert_false (confsync_version_name_is_valid (of_300));
  g_assert_true (confsync_version_name_is_valid ("config_20240101120000.json"));
  g_assert_true (confsync_version_name_is_valid ("config_20240101120000_001.json"));
  g_assert_true (confsync_version_name_is_valid ("config_20240101120000_999999.json"));
}

static void
test_time (void)
{
  g_assert_cmpint (confsync_version_name_get_time ("config_20240101120000_017.json"), ==, NOON_S);
  g_assert_cmpint (confsync_version_name_get_time ("config_20241341120000.json"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/version-name/next", test_next);
  g_test_add_func ("/version-name/clock-went-back", test_clock_went_back);
  g_test_add_func ("/version-name/many-in-a-second", test_many_in_a_second);
  g_test_add_func ("/version-name/nothing-can-follow", test_nothing_can_follow);
  g_test_add_func ("/version-name/valid", test_valid);
  g_test_add_func ("/version-name/time", test_time);
  return g_test_run ();
}
