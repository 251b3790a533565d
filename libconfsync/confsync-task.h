/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * For implementations in any language: how the task of a call is ended with a failure. What it is
 * ended with otherwise is in the header of each interface.
 */

#pragma once

#include "confsync-error.h"

G_BEGIN_DECLS

CONFSYNC_AVAILABLE_IN_1_0
void confsync_task_return_failure (GTask *task, ConfsyncError code, const char *message);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_task_break_off (GTask *task, const GError *error);

G_END_DECLS
