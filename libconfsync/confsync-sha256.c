/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * SHA-256 (FIPS 180-4) with the SHA extensions of x86, found out about at run time; GChecksum
 * everywhere else.
 */

#include "config.h"

#include "confsync-sha256-private.h"

#include <string.h>

#include "confsync-double-private.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAVE_SHA_EXTENSIONS 1
#include <cpuid.h>
#include <immintrin.h>
#else
#define HAVE_SHA_EXTENSIONS 0
#endif

#define BLOCK CONFSYNC_SHA256_BLOCK_BYTES

/* the length in bits ends the last block */
#define LENGTH_BYTES 8
/* digits that one number holds */
#define HEX_PART_LENGTH 16

static const guint32 initial_state[8] = {
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

#if HAVE_SHA_EXTENSIONS

static const guint32 round_constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static gboolean
detect_extensions (void)
{
  unsigned int eax, ebx, ecx, edx;

  if (!__builtin_cpu_supports ("sse4.1") || !__builtin_cpu_supports ("ssse3"))
    return FALSE;
  return __get_cpuid_count (7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_SHA) != 0;
}

/* the next four words of the schedule from the last sixteen */
__attribute__ ((target ("sha,sse4.1,ssse3"))) static inline __m128i
schedule (__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
  __m128i sum = _mm_add_epi32 (_mm_sha256msg1_epu32 (w0, w1), _mm_alignr_epi8 (w3, w2, 4));

  return _mm_sha256msg2_epu32 (sum, w3);
}

/* The instructions hold the state as the words a, b, e, f and c, d, g, h. Each pass of the loop is
 * four rounds. */
__attribute__ ((target ("sha,sse4.1,ssse3"))) static void
compress (guint32 state[8], const guint8 *data, gsize n_blocks)
{
  const __m128i swap = _mm_set_epi64x (0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i dcba = _mm_loadu_si128 ((const void *) state);
  __m128i hgfe = _mm_loadu_si128 ((const void *) (state + 4));
  __m128i cdab = _mm_shuffle_epi32 (dcba, 0xb1), efgh = _mm_shuffle_epi32 (hgfe, 0x1b);
  __m128i abef = _mm_alignr_epi8 (cdab, efgh, 8), cdgh = _mm_blend_epi16 (efgh, cdab, 0xf0);

  for (; n_blocks > 0; n_blocks--, data += BLOCK)
    {
      const __m128i abef_before = abef, cdgh_before = cdgh;
      __m128i w[4];

      for (int i = 0; i < 4; i++)
        w[i] = _mm_shuffle_epi8 (_mm_loadu_si128 ((const void *) (data + i * 16)), swap);
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++)
        {
          __m128i sum = _mm_add_epi32 (
            w[i % 4], _mm_loadu_si128 ((const void *) (round_constants + i * 4)));

          cdgh = _mm_sha256rnds2_epu32 (cdgh, abef, sum);
          abef = _mm_sha256rnds2_epu32 (abef, cdgh, _mm_shuffle_epi32 (sum, 0x0e));
          if (i < 12)
            w[i % 4] = schedule (w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
        }
      abef = _mm_add_epi32 (abef, abef_before);
      cdgh = _mm_add_epi32 (cdgh, cdgh_before);
    }
  cdab = _mm_shuffle_epi32 (abef, 0x1b);
  efgh = _mm_shuffle_epi32 (cdgh, 0xb1);
  _mm_storeu_si128 ((void *) state, _mm_blend_epi16 (cdab, efgh, 0xf0));
  _mm_storeu_si128 ((void *) (state + 4), _mm_alignr_epi8 (efgh, cdab, 8));
}

#else

static gboolean
detect_extensions (void)
{
  return FALSE;
}

static void
compress (guint32 state[8], const guint8 *data, gsize n_blocks)
{
  g_assert_not_reached ();
}

#endif

static gboolean
has_extensions (void)
{
  static gsize answer = 0;

  if (g_once_init_enter (&answer))
    g_once_init_leave (&answer, detect_extensions () ? 2 : 1);
  return answer == 2;
}

void
confsync_sha256_init (ConfsyncSha256 *self, gboolean accelerated)
{
  self->fallback = accelerated && has_extensions () ? NULL : g_checksum_new (G_CHECKSUM_SHA256);
  self->bytes = 0;
  memcpy (self->state, initial_state, sizeof initial_state);
}

static void
update_blocks (ConfsyncSha256 *self, const guint8 *data, gsize size)
{
  gsize pending = self->bytes % BLOCK;
  gsize fill = MIN (size, BLOCK - pending);

  self->bytes += size;
  if (pending > 0)
    {
      memcpy (self->pending + pending, data, fill);
      if (pending + fill < BLOCK)
        return;
      compress (self->state, self->pending, 1);
      data += fill;
      size -= fill;
    }
  compress (self->state, data, size / BLOCK);
  memcpy (self->pending, data + size / BLOCK * BLOCK, size % BLOCK);
}

void
confsync_sha256_update (ConfsyncSha256 *self, gconstpointer data, gsize size)
{
  if (self->fallback != NULL)
    g_checksum_update (self->fallback, data, (gssize) size);
  else if (size > 0)
    update_blocks (self, data, size);
}

static void
pad (ConfsyncSha256 *self)
{
  static const guint8 padding[BLOCK] = { 0x80 };
  const guint64 bits = GUINT64_TO_BE (self->bytes * 8);
  gsize pending = self->bytes % BLOCK;
  gsize n = pending < BLOCK - LENGTH_BYTES ? BLOCK - LENGTH_BYTES - pending
                                           : 2 * BLOCK - LENGTH_BYTES - pending;

  update_blocks (self, padding, n);
  update_blocks (self, (const guint8 *) &bits, sizeof bits);
}

char *
confsync_sha256_end (ConfsyncSha256 *self)
{
  char *hex;

  if (self->fallback != NULL)
    {
      g_autoptr (GChecksum) checksum = g_steal_pointer (&self->fallback);

      return g_strdup (g_checksum_get_string (checksum));
    }
  pad (self);
  hex = g_malloc (8 * G_N_ELEMENTS (self->state) + 1);
  for (guint i = 0; i < G_N_ELEMENTS (self->state); i++)
    confsync_hex_write (self->state[i], 8, hex + 8 * i);
  hex[8 * G_N_ELEMENTS (self->state)] = '\0';
  return hex;
}

gboolean
confsync_sha256_is_text (const char *text, gsize length)
{
  guint64 part;

  if (length != CONFSYNC_SHA256_TEXT_LENGTH)
    return FALSE;
  for (gsize i = 0; i < length; i += HEX_PART_LENGTH)
    if (!confsync_hex_read (text + i, &part))
      return FALSE;
  return TRUE;
}
