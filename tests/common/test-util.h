/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What tests need again and again: to wait for something, with a deadline, and a directory of
 * their own.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* for whatever takes no time unless it fails */
#define TEST_DEADLINE_MS 10000

typedef gboolean (*TestPredicate) (gpointer data);

gboolean test_wait_until (TestPredicate predicate, gpointer data, guint timeout_ms);

char *test_temp_dir (void);
void test_remove_tree (const char *path);

void test_write_file (const char *path, const char *text);
void test_replace_file (const char *path, const char *text);
void test_run (const char *const *argv);

/* What this process has used so far: how busy the machine is otherwise doesn't count. */
double test_processor_seconds (void);

G_END_DECLS
