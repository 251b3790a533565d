/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The audit's record of what a command changes about who is trusted: in the file that an instance
 * with these settings would use, and in the journal where that is what standard error is.
 */

#pragma once

#include "confsync-settings.h"

G_BEGIN_DECLS

/* of commands that change who is trusted */
#define CONFSYNC_TOOL_AUDIT                         \
  { .name = "audit-file",                           \
    .type = CONFSYNC_OPTION_PATH,                   \
    .argument = "FILE",                             \
    .summary = N_ ("record it there (as the settings say)") }

typedef struct
{
  const char *outcome;     /* as CONFSYNC_EVENT_TRUST has it */
  const char *fingerprint; /* (nullable) for the shared key */
  const char *name;        /* (nullable) */
  const char *reason;      /* (nullable) */
} ConfsyncTrustChange;

/* Before the change: what can't be recorded isn't done. @settings is nullable. */
gboolean confsync_trust_record_check (ConfsyncTool *tool,
                                      ConfsyncSettings *settings,
                                      GError **error);
/* After it. */
gboolean confsync_trust_record_add (ConfsyncTool *tool,
                                    ConfsyncSettings *settings,
                                    const ConfsyncTrustChange *change,
                                    GError **error);
/* Likewise, where it is our own certificate that is new. */
gboolean confsync_trust_record_add_own (ConfsyncTool *tool,
                                        ConfsyncSettings *settings,
                                        GTlsCertificate *certificate,
                                        const char *name,
                                        GError **error);

G_END_DECLS
