/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * `confsync run FILE`: one document, in the foreground.
 */

#pragma once

#include "confsync-run-options.h"

G_BEGIN_DECLS

int confsync_run_main (int argc, char **argv);

G_END_DECLS
