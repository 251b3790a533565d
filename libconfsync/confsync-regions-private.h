/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Regions: what pointers make of a document when each place belongs to the longest pointer that
 * leads to it. Region 0 is the root's, the others are numbered as they were added. A region reaches
 * through objects only: elements of an array have no place of their own, they move.
 *
 * Taken apart and put together again, a document is what it was. Who decides what goes in is not
 * known here.
 */

#pragma once

#include "confsync-json.h"

G_BEGIN_DECLS

typedef struct _ConfsyncRegions ConfsyncRegions;

ConfsyncRegions *confsync_regions_new (void);
void confsync_regions_free (ConfsyncRegions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncRegions, confsync_regions_free)

/* %FALSE with CONFSYNC_ERROR_INVALID_POINTER for the root and for what is no pointer, and with
 * CONFSYNC_ERROR_BUSY for what is there already */
gboolean confsync_regions_add (ConfsyncRegions *self, const char *pointer, GError **error);

guint confsync_regions_get_length (ConfsyncRegions *self);
const char *confsync_regions_get_pointer (ConfsyncRegions *self, guint region);

/* The region that a place belongs to; -1 with CONFSYNC_ERROR_INVALID_POINTER */
int confsync_regions_find (ConfsyncRegions *self, const char *pointer, GError **error);

/* %FALSE with CONFSYNC_ERROR_INVALID_POINTER where a region would be inside an array of @root */
gboolean confsync_regions_check (ConfsyncRegions *self, ConfsyncJson *root, GError **error);

/* What @root has in a region, without the regions inside that one (transfer full) (nullable) */
ConfsyncJson *confsync_regions_cut (ConfsyncRegions *self, guint region, ConfsyncJson *root);

/* An object with nothing but that, and the objects that lead there, even to where nothing is */
ConfsyncJson *confsync_regions_frame (ConfsyncRegions *self, guint region, ConfsyncJson *value);

/* One value a region, of which only that of region 0 must be there. Objects that are missing on the
 * way are made. What has a scalar or an array in its way is left out: its number in @dropped, an
 * array of booleans that begins as %FALSE, becomes %TRUE. */
ConfsyncJson *confsync_regions_compose (ConfsyncRegions *self, ConfsyncJson *const *values,
                                        gboolean *dropped);

G_END_DECLS
