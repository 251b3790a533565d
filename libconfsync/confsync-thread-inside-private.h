/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The inside of a thread's handle, shared by the files that it is written in: the object, and its
 * requests.
 */

#pragma once

#include "confsync-engine-private.h"
#include "confsync-thread.h"

G_BEGIN_DECLS

struct _ConfsyncThread
{
  GObject parent_instance;

  ConfsyncManager *manager; /* (owned) (nullable) until it is handed over */
  guint max_pending;
  ConfsyncEngine *engine; /* (owned) */
};

G_END_DECLS
