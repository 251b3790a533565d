/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The index file. It only grows, so that a record costs one small write; lines that nobody needs
 * any more go when they outnumber the others.
 */

#include "config.h"

#include "confsync-history-index-private.h"

#include <fcntl.h>
#include <string.h>

#include "confsync-durable-file-private.h"
#include "confsync-sha256-private.h"
#include "confsync-version-name-private.h"
#include "confsync-version-private.h"

#define INDEX_NAME ".index.jsonl"
#define INDEX_MAX_BYTES (64 * 1024 * 1024)
/* rewritten when it has more lines than twice the versions, and this */
#define SPARE_LINES 64
/* so that one can always be added */
#define SEQUENCE_MAX (G_GINT64_CONSTANT (1) << 53)

struct _ConfsyncHistoryIndex
{
  const ConfsyncFileReport *report;
  guint n_lines;
  gboolean damaged; /* a line can't be added: the last one may be torn */
};

ConfsyncHistoryIndex *
confsync_history_index_new (const ConfsyncFileReport *report)
{
  ConfsyncHistoryIndex *self = g_new0 (ConfsyncHistoryIndex, 1);

  self->report = report;
  return self;
}

void
confsync_history_index_free (ConfsyncHistoryIndex *self)
{
  g_free (self);
}

static void
append_line (GString *out, ConfsyncVersion *version)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (version);
  const char *hash = confsync_version_get_hash (version);
  const char *file_hash = confsync_version_get_file_hash (version);
  const guint64 sequence = confsync_version_get_sequence (version);

  g_string_append_printf (out, "{\"name\":\"%s\"", confsync_version_get_name (version));
  if (hash != NULL)
    g_string_append_printf (out, ",\"hash\":\"%s\"", hash);
  if (g_strcmp0 (file_hash, hash) != 0)
    g_string_append_printf (out, ",\"file_hash\":\"%s\"", file_hash);
  if (stamp != NULL)
    {
      g_autofree char *text = confsync_stamp_to_string (stamp);

      g_string_append_printf (out, ",\"stamp\":%s", text);
    }
  g_string_append_printf (out, ",\"cause\":\"%s\",\"acknowledged\":%s",
                          confsync_cause_to_string (confsync_version_get_cause (version)),
                          confsync_version_is_acknowledged (version) ? "true" : "false");
  if (sequence > 0)
    g_string_append_printf (out, ",\"sequence\":%" G_GUINT64_FORMAT, sequence);
  g_string_append (out, "}\n");
}

static char *
dup_string_member (ConfsyncJson *json, const char *name)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, name);

  return member != NULL ? confsync_json_dup_string (member) : NULL;
}

/* FALSE: it is there, and no hash. What is written is never anything else. */
static gboolean
read_hash (ConfsyncJson *json, const char *name, char **hash)
{
  *hash = dup_string_member (json, name);
  return *hash == NULL || confsync_sha256_is_text (*hash, strlen (*hash));
}

static ConfsyncStamp *
read_stamp (ConfsyncJson *json)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, "stamp");

  return member != NULL ? confsync_stamp_new_from_json (member, NULL) : NULL;
}

static guint64
read_sequence (ConfsyncJson *json)
{
  g_autoptr (ConfsyncJson) member = confsync_json_get_member (json, "sequence");
  const gint64 sequence = member != NULL ? confsync_json_get_integer (member) : 0;

  return sequence > 0 && sequence < SEQUENCE_MAX ? sequence : 0;
}

/* NULL for a line that is none of ours */
static ConfsyncVersion *
read_line (GBytes *line)
{
  g_autoptr (ConfsyncJson) json = confsync_json_parse (line, NULL, NULL);
  g_autofree char *name = json != NULL ? dup_string_member (json, "name") : NULL;
  g_autoptr (ConfsyncJson) acknowledged = NULL;
  g_autoptr (ConfsyncStamp) stamp = NULL;
  g_autofree char *hash = NULL, *file_hash = NULL, *cause = NULL;
  ConfsyncVersionFacts facts = { 0 };

  if (name == NULL || !confsync_version_name_is_valid (name) ||
      !read_hash (json, "hash", &hash) || !read_hash (json, "file_hash", &file_hash))
    return NULL;

  stamp = read_stamp (json);
  cause = dup_string_member (json, "cause");
  acknowledged = confsync_json_get_member (json, "acknowledged");
  facts.name = name;
  facts.stamp = stamp;
  facts.hash = hash;
  facts.file_hash = file_hash;
  facts.cause =
    cause != NULL ? confsync_cause_from_string (cause) : CONFSYNC_CAUSE_UNKNOWN;
  facts.acknowledged = acknowledged != NULL && confsync_json_get_boolean (acknowledged);
  facts.sequence = read_sequence (json);
  return confsync_version_new_of (&facts);
}

static void
read_lines (ConfsyncHistoryIndex *self, GBytes *text, GHashTable *versions)
{
  gsize length, start = 0;
  const char *data = g_bytes_get_data (text, &length);

  while (start < length)
    {
      const char *end = memchr (data + start, '\n', length - start);
      gsize line_length = end != NULL ? (gsize) (end - data) - start : length - start;
      g_autoptr (GBytes) line = g_bytes_new_from_bytes (text, start, line_length);
      ConfsyncVersion *version = end != NULL ? read_line (line) : NULL;

      if (version != NULL)
        g_hash_table_replace (versions, (char *) confsync_version_get_name (version), version);
      else
        self->damaged = TRUE;
      self->n_lines++;
      start += line_length + 1;
    }
}

GHashTable *
confsync_history_index_read (ConfsyncHistoryIndex *self, int dirfd)
{
  GHashTable *versions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                                (GDestroyNotify) confsync_version_unref);
  g_autofree char *path = confsync_file_path_at (dirfd, INDEX_NAME);
  g_autoptr (GError) error = NULL;
  g_auto (ConfsyncFd) fd = confsync_file_open (dirfd, INDEX_NAME, O_NOFOLLOW, &error);
  g_autoptr (GBytes) text =
    fd >= 0 ? confsync_file_read (fd, path, INDEX_MAX_BYTES, NULL, &error) : NULL;

  self->n_lines = 0;
  self->damaged = text == NULL;
  if (text != NULL)
    read_lines (self, text, versions);
  if (text != NULL && self->damaged)
    confsync_file_report_notice (self->report,
                                 "%s: left out a line that isn't whole; the versions are all "
                                 "there, the cause of one of them may be unknown",
                                 path);
  else if (text == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    confsync_file_report_notice (self->report, "%s; it is made anew", error->message);
  return versions;
}

static gboolean
rewrite (ConfsyncHistoryIndex *self, int dirfd, GPtrArray *versions, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < versions->len; i++)
    append_line (out, versions->pdata[i]);
  bytes = g_string_free_to_bytes (g_steal_pointer (&out));
  if (!confsync_durable_write (dirfd, INDEX_NAME, bytes, 0600, error))
    return FALSE;
  self->n_lines = versions->len;
  self->damaged = FALSE;
  return TRUE;
}

gboolean
confsync_history_index_add (ConfsyncHistoryIndex *self,
                            int dirfd,
                            ConfsyncVersion *version,
                            GPtrArray *versions,
                            GError **error)
{
  g_autoptr (GString) out = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->damaged || self->n_lines > 2 * versions->len + SPARE_LINES)
    return rewrite (self, dirfd, versions, error);

  out = g_string_new (NULL);
  append_line (out, version);
  bytes = g_string_free_to_bytes (g_steal_pointer (&out));
  /* what failed may have left a part of a line */
  self->damaged = !confsync_durable_append (dirfd, INDEX_NAME, bytes, 0600, error);
  self->n_lines++;
  return !self->damaged;
}
