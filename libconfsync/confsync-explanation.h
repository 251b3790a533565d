/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who last changed a value of the configuration, as far as the kept versions tell.
 */

#pragma once

#include "confsync-json.h"
#include "confsync-version.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_EXPLANATION (confsync_explanation_get_type ())

/**
 * ConfsyncExplanation:
 *
 * Which version last changed a value, what stood there before, and what since. Immutable; may be
 * shared between threads.
 *
 * Since: 1.0
 */
typedef struct _ConfsyncExplanation ConfsyncExplanation;

CONFSYNC_AVAILABLE_IN_1_0
GType confsync_explanation_get_type (void);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncExplanation *confsync_explanation_ref (ConfsyncExplanation *self);

CONFSYNC_AVAILABLE_IN_1_0
void confsync_explanation_unref (ConfsyncExplanation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncExplanation, confsync_explanation_unref)

CONFSYNC_AVAILABLE_IN_1_0
const char *confsync_explanation_get_pointer (ConfsyncExplanation *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncVersion *confsync_explanation_get_version (ConfsyncExplanation *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_explanation_get_value (ConfsyncExplanation *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncVersion *confsync_explanation_get_previous_version (ConfsyncExplanation *self);

CONFSYNC_AVAILABLE_IN_1_0
ConfsyncJson *confsync_explanation_get_previous_value (ConfsyncExplanation *self);

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_explanation_is_exact (ConfsyncExplanation *self);

G_END_DECLS
