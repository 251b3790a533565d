/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * An array whose elements name themselves by an id member, read so that they are found by it. What
 * is made of several such arrays is not known here.
 */

#pragma once

#include "confsync-tape-private.h"

G_BEGIN_DECLS

typedef struct _ConfsyncElement ConfsyncElement;

struct _ConfsyncElement
{
  ConfsyncCursor element;
  ConfsyncCursor id;
  guint number; /* in its array */
  /* for who compares arrays */
  const ConfsyncElement *base; /* (nullable) */
  ConfsyncElement *other;      /* (nullable): on the other side */
  gboolean kept;               /* of those without other: it's in the result */
};

typedef struct
{
  ConfsyncElement *entries; /* (owned): in document order */
  ConfsyncElement **by_id;  /* (owned): sorted */
  guint n;
} ConfsyncElements;

/* The members that may be the id; the first that all arrays have counts. */
#define CONFSYNC_ID_NAMES 3
extern const char *const confsync_id_names[CONFSYNC_ID_NAMES];

/* @array (nullable): none has no elements. %FALSE where an element lacks the id, or two have the
 * same; what was read is to be cleared then, too. */
gboolean confsync_elements_read (ConfsyncElements *self,
                                 const ConfsyncCursor *array,
                                 const char *id_name);
void confsync_elements_clear (ConfsyncElements *self);
ConfsyncElement *confsync_elements_find (const ConfsyncElements *self, ConfsyncCursor id);
int confsync_element_compare_ids (ConfsyncCursor a, ConfsyncCursor b);

G_END_DECLS
