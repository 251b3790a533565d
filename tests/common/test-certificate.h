/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Certificates of every kind, also such as nobody should trust, made anew for each test.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what is zero or NULL is as for a good certificate that signed itself */
typedef struct
{
  const char *host;   /* a name or an IP address that it is for; another one where NULL */
  const char *issuer; /* the name of the one that signs it, made before */
  gboolean authority; /* it may sign others */
  int begin_days;     /* from now, as end_days */
  int end_days;
} TestCertificate;

/* Makes NAME.crt and NAME.key (0600) in @folder. */
void test_certificate_make (const char *folder, const char *name, const TestCertificate *spec);

G_END_DECLS
