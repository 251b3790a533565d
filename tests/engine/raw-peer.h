/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The other end of a link, with a test in the place of an instance: it says what the test says.
 */

#pragma once

#include "instance.h"
#include "test-channel-end.h"

G_BEGIN_DECLS

/* Dials on a loopback transport of its own. */
TestEnd *raw_dial (World *world, const char *address);
/* Listens likewise. */
TestPort *raw_listen (World *world, const char *address);

/* Sends, and lets it arrive; quotes may be single ones. */
void raw_send (World *world, TestEnd *end, const char *text);
void raw_hello (World *world, TestEnd *end, const char *id, const char *session);
/* Answers the last probe. */
void raw_answer (World *world, TestEnd *end);

guint raw_count (TestEnd *end, const char *type);
/* The last message of a type, or NULL. */
ConfsyncJson *raw_find (TestEnd *end, const char *type);
/* A string of the last message of a type. */
char *raw_get (TestEnd *end, const char *type, const char *pointer);

/* Dials, says hello and answers the probe: a link in use. */
TestEnd *raw_link (World *world, const char *address, const char *id, const char *session);

G_END_DECLS
