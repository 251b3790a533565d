/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Stores with local members, as classes that can be made without arguments, or with a path.
 */

#pragma once

#include <confsync.h>

G_BEGIN_DECLS

#define TEST_TYPE_LOCAL_MEMORY_STORE (test_local_memory_store_get_type ())
G_DECLARE_FINAL_TYPE (TestLocalMemoryStore, test_local_memory_store, TEST, LOCAL_MEMORY_STORE,
                      GObject)

#define TEST_TYPE_LOCAL_FILE_STORE (test_local_file_store_get_type ())
G_DECLARE_FINAL_TYPE (TestLocalFileStore, test_local_file_store, TEST, LOCAL_FILE_STORE, GObject)

G_END_DECLS
