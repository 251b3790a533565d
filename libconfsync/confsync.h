/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one header that applications and plugins include.
 */

#pragma once

#include "confsync-error.h"
#include "confsync-file-watcher.h"
#include "confsync-version.h"
#include "confsync-watcher.h"
