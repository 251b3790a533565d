/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * 100 random bits, as 20 characters of Crockford's base 32: no I, L, O or U, so that none is taken
 * for another. Why so many: whoever plays the listener gets a proof made with the code, and may try
 * codes on it at leisure; 2^100 tries are out of anybody's reach, where 2^40 take a day.
 */

#include "config.h"

#include "confsync-pair-code.h"

#include <gnutls/crypto.h>
#include <string.h>

#define CODE_CHARS 20
#define GROUP_CHARS 4

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

char *
confsync_pair_code_make (void)
{
  guint8 random[CODE_CHARS];
  GString *code = g_string_new (NULL);

  if (gnutls_rnd (GNUTLS_RND_KEY, random, sizeof random) < 0)
    g_error ("the system gives no random numbers");
  for (guint i = 0; i < CODE_CHARS; i++)
    {
      if (i > 0 && i % GROUP_CHARS == 0)
        g_string_append_c (code, '-');
      g_string_append_c (code, alphabet[random[i] % (sizeof alphabet - 1)]);
    }
  return g_string_free (code, FALSE);
}

static char
plain_char (char c)
{
  c = g_ascii_toupper (c);
  return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
}

char *
confsync_pair_code_parse (const char *text)
{
  g_autoptr (GString) code = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    if (*p != '-' && *p != ' ')
      {
        if (strchr (alphabet, plain_char (*p)) == NULL)
          return NULL;
        g_string_append_c (code, plain_char (*p));
      }
  return code->len == CODE_CHARS ? g_string_free (g_steal_pointer (&code), FALSE) : NULL;
}
