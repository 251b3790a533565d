/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * A version whose file has local members: beside the hash that all instances know it by, that of
 * what lies in the file, which only the store looks at.
 */

#pragma once

#include "confsync-version.h"

G_BEGIN_DECLS

/* @file_hash (nullable): the same as @hash; else not, or only that is known */
ConfsyncVersion *confsync_version_new_laid (const char *name,
                                            ConfsyncStamp *stamp,
                                            const char *hash,
                                            const char *file_hash,
                                            ConfsyncCause cause,
                                            gboolean acknowledged);

/* (nullable): where nothing is recorded */
const char *confsync_version_get_file_hash (ConfsyncVersion *self);

G_END_DECLS
