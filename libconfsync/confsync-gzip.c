/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * gzip with a hard bound on what comes out.
 */

#include "config.h"

#include "confsync-gzip-private.h"

#include "confsync-error.h"

#define PACK_MIN_BYTES 1024
#define PACK_LEVEL 1
#define CHUNK_BYTES (64 * 1024)

/* Runs @converter over all of @bytes; gives up past @max. */
static GByteArray *
convert_all (GConverter *converter, GBytes *bytes, gsize max, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_sized_new (CHUNK_BYTES);
  gsize size, at = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  GConverterResult result = G_CONVERTER_CONVERTED;

  while (result != G_CONVERTER_FINISHED)
    {
      gsize length = out->len, taken = 0, given = 0;

      g_byte_array_set_size (out, length + CHUNK_BYTES);
      result = g_converter_convert (converter, data + at, size - at, out->data + length,
                                    CHUNK_BYTES, G_CONVERTER_INPUT_AT_END, &taken, &given, error);
      if (result == G_CONVERTER_ERROR)
        return NULL;
      at += taken;
      g_byte_array_set_size (out, length + given);
      if (out->len > max)
        {
          g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_TOO_LARGE,
                       "a compressed message of more than %" G_GSIZE_FORMAT " bytes", max);
          return NULL;
        }
    }
  return g_steal_pointer (&out);
}

GBytes *
confsync_gzip_pack (GBytes *text)
{
  g_autoptr (GConverter) converter = NULL;
  GByteArray *packed;

  if (g_bytes_get_size (text) < PACK_MIN_BYTES)
    return NULL;

  converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, PACK_LEVEL));
  packed = convert_all (converter, text, g_bytes_get_size (text), NULL);
  return packed != NULL ? g_byte_array_free_to_bytes (packed) : NULL;
}

gboolean
confsync_gzip_is_packed (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

GBytes *
confsync_gzip_unpack (GBytes *bytes, gsize max, GError **error)
{
  g_autoptr (GConverter) converter =
    G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  GByteArray *text = convert_all (converter, bytes, max, error);

  return text != NULL ? g_byte_array_free_to_bytes (text) : NULL;
}
