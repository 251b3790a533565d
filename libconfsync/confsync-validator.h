/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Who says whether a document may become the configuration: the interface that validator plugins
 * implement.
 */

#pragma once

#include <gio/gio.h>

#include "confsync-document.h"

G_BEGIN_DECLS

#define CONFSYNC_TYPE_VALIDATOR (confsync_validator_get_type ())

CONFSYNC_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (ConfsyncValidator, confsync_validator, CONFSYNC, VALIDATOR, GObject)

/**
 * ConfsyncValidatorInterface:
 * @validate: looks at a document, and sets an error where it must not become the configuration
 *
 * What a validator implements.
 *
 * Since: 1.0
 */
struct _ConfsyncValidatorInterface
{
  GTypeInterface parent_iface;

  gboolean (*validate) (ConfsyncValidator *self, ConfsyncDocument *document, GError **error);

  /*< private >*/
  gpointer _reserved[8];
};

CONFSYNC_AVAILABLE_IN_1_0
gboolean confsync_validator_validate (ConfsyncValidator *self,
                                      ConfsyncDocument *document,
                                      GError **error);

G_END_DECLS
