/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A store of the class under test, an editor that changes what it holds behind its back, and calls.
 */

#pragma once

#include "contract-private.h"

G_BEGIN_DECLS

typedef struct
{
  const ContractRow *row;
  char *dir;
  ConfsyncStore *store;
} StoreFixture;

/* one call under way */
typedef struct
{
  GAsyncResult *result;
  guint n_called;
  GString *order; /* (nullable): gets one letter a callback */
  char letter;
} StoreCall;

void store_set_up (StoreFixture *fixture, gconstpointer data);
void store_tear_down (StoreFixture *fixture, gconstpointer data);

/* Another one of the same class, at the same place. */
ConfsyncStore *store_make (StoreFixture *fixture);

/* Whether the class allows for such a test; else the test is skipped. */
gboolean store_can_edit (StoreFixture *fixture);
gboolean store_can_limit (StoreFixture *fixture);

/* Somebody else changes what the store holds; NULL removes it. */
void store_edit (StoreFixture *fixture, const char *text);

/* For one call; its data is a StoreCall. */
void store_called_cb (GObject *source, GAsyncResult *result, gpointer user_data);
gboolean store_is_called (gpointer data);

/* Gives the result (transfer full); the callback must have come later, and once. */
GAsyncResult *store_await (StoreCall *call);

/* Calls that are waited for, and have to do well unless they give an error. */
ConfsyncDocument *store_load (StoreFixture *fixture, ConfsyncStamp **stamp);
ConfsyncDocument *store_save (StoreFixture *fixture,
                              const char *text,
                              gint64 time,
                              const char *expected);
char *store_save_version (StoreFixture *fixture,
                          const char *text,
                          gint64 time,
                          ConfsyncCause cause);
GPtrArray *store_list_versions (StoreFixture *fixture);
ConfsyncDocument *store_get_version (StoreFixture *fixture, const char *name, GError **error);
void store_acknowledge (StoreFixture *fixture, const char *text, gint64 time);
ConfsyncDocument *store_load_state (StoreFixture *fixture, GError **error);
void store_save_state (StoreFixture *fixture, const char *text);

G_END_DECLS
