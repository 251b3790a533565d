/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * GRegex takes a limit of steps in front of an expression. It counts what backtracks, begins anew
 * at each place of the text that a match is tried from, and one step may read the whole text: so
 * `\s+$` takes minutes on a megabyte of blanks under any limit. Therefore
 *
 * - an expression is always tried at the beginning only; one that may match anywhere gets something
 *   in front that skips, step by step, so that all places count together;
 * - the limit is the smaller the longer the text is: limit * length is bounded.
 *
 * A text is first tried with a small limit, and, where that wasn't enough, with greater ones, which
 * cost so much that a document can't have many such texts.
 *
 * No just-in-time compilation: it counts otherwise, and so would give other answers elsewhere.
 */

#include "confsync-schema-pattern.h"

#include "confsync-schema-ecma.h"

#include <gio/gio.h>
#include <string.h>

/* limits, as powers of two */
#define MIN_LIMIT 4
#define MAX_LIMIT 20

/* each where the one before wasn't enough */
static const struct
{
  guint work;      /* limit * length, as a power of two */
  guint max_limit; /* as a power of two */
  guint cost;      /* in steps of the walk */
} tries[] = {
  { 16, 9, 32 },           /* some 4 us at worst */
  { 21, 14, 1 << 13 },     /* 2 ms */
  { 27, MAX_LIMIT, 1 << 19 } /* 100 ms */
};

/* a step more for each so many bytes */
#define COST_BYTES 128

struct _ConfsyncSchemaPattern
{
  char *body; /* (owned): for GRegex */
  GRegexCompileFlags flags;
  GRegex *regexes[MAX_LIMIT + 1]; /* (atomic): by limit, made when needed */
};

static GRegex *
compile (ConfsyncSchemaPattern *self, guint limit, GError **error)
{
  g_autofree char *text = g_strdup_printf ("(*LIMIT_MATCH=%u)%s", 1u << limit, self->body);

  return g_regex_new (text, self->flags, 0, error);
}

/* on its own, too: "a)(b" must not become good by what is put around it */
static gboolean
is_whole (const char *expression, GRegexCompileFlags flags, GError **error)
{
  g_autoptr (GRegex) regex = g_regex_new (expression, flags, 0, error);

  return regex != NULL;
}

/* GLib's message repeats the expression, which is not as it stands in the schema */
static void
set_reason (GError **error, const GError *cause)
{
  static const char before[] = " at char ";
  const char *place = g_strrstr (cause->message, before);
  const char *reason = place != NULL ? strstr (place, ": ") : NULL;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       reason != NULL ? reason + 2 : cause->message);
}

ConfsyncSchemaPattern *
confsync_schema_pattern_new (const char *expression, ConfsyncSchemaSyntax syntax, GError **error)
{
  g_autoptr (ConfsyncSchemaPattern) self = g_new0 (ConfsyncSchemaPattern, 1);
  g_autoptr (GError) local_error = NULL;
  g_autofree char *translated = NULL;
  gboolean anchored = TRUE;

  self->flags = G_REGEX_ANCHORED;
  if (syntax == CONFSYNC_SCHEMA_SYNTAX_ECMA)
    {
      translated = confsync_schema_ecma_translate (expression, &anchored, error);
      if (translated == NULL)
        return NULL;
      self->flags |= G_REGEX_DOLLAR_ENDONLY;
      expression = translated;
    }
  self->body = g_strdup_printf ("%s(?:%s)", anchored ? "" : "(?s:.)*?", expression);
  if (is_whole (expression, self->flags, &local_error))
    self->regexes[MIN_LIMIT] = compile (self, MIN_LIMIT, &local_error);
  if (self->regexes[MIN_LIMIT] == NULL)
    {
      set_reason (error, local_error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
confsync_schema_pattern_free (ConfsyncSchemaPattern *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->regexes); i++)
    g_clear_pointer (&self->regexes[i], g_regex_unref);
  g_free (self->body);
  g_free (self);
}

/* with a limit that fits the text; %NULL where the limit makes what compiled before fail */
static GRegex *
get_regex (ConfsyncSchemaPattern *self, guint limit)
{
  GRegex *regex = g_atomic_pointer_get (&self->regexes[limit]);

  if (regex != NULL)
    return regex;
  regex = compile (self, limit, NULL);
  if (regex != NULL && !g_atomic_pointer_compare_and_exchange (&self->regexes[limit], NULL, regex))
    {
      g_regex_unref (regex);
      regex = g_atomic_pointer_get (&self->regexes[limit]);
    }
  return regex;
}

static gboolean
try (ConfsyncSchemaPattern *self, const char *text, gsize length, guint work, guint max_limit,
     gboolean *matches)
{
  guint bits = g_bit_storage (length);
  guint limit = work > bits ? CLAMP (work - bits, MIN_LIMIT, max_limit) : MIN_LIMIT;
  GRegex *regex = get_regex (self, limit);
  g_autoptr (GError) error = NULL;

  if (regex == NULL || length > G_MAXINT)
    return FALSE;
  *matches = g_regex_match_full (regex, text, (gssize) length, 0, 0, NULL, &error);
  return error == NULL;
}

gboolean
confsync_schema_pattern_match (ConfsyncSchemaPattern *self, const char *text, gsize length,
                               gboolean *matches, guint64 *cost)
{
  *cost += length / COST_BYTES;
  for (guint i = 0; i < G_N_ELEMENTS (tries); i++)
    {
      *cost += tries[i].cost;
      if (try (self, text, length, tries[i].work, tries[i].max_limit, matches))
        return TRUE;
    }
  return FALSE;
}
