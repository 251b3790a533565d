/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The strongest place that options come from: what somebody typed. Read it first.
 */

#pragma once

#include "confsync-options-private.h"

G_BEGIN_DECLS

gboolean confsync_options_read_arguments (ConfsyncOptions *self,
                                          int argc,
                                          char **argv,
                                          gboolean *help,
                                          GError **error);

G_END_DECLS
