/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * How explanations are made.
 */

#pragma once

#include "confsync-explanation.h"

G_BEGIN_DECLS

struct _ConfsyncExplanation
{
  char *pointer;
  ConfsyncVersion *version;  /* (owned) */
  ConfsyncJson *value;       /* (owned) (nullable): nothing */
  ConfsyncVersion *previous; /* (owned) (nullable): none is known */
  ConfsyncJson *before;      /* (owned) (nullable): nothing */
  gboolean exact;
};

/* Empty, to be filled. */
ConfsyncExplanation *confsync_explanation_new (const char *pointer);

G_END_DECLS
