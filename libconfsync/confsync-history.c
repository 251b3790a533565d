/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The versions of a configuration. The files are the truth; the index only adds to it. No name
 * reaches the file system that doesn't have the form of a version's name.
 */

#include "config.h"

#include "confsync-history-inside-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "confsync-durable-file-private.h"
#include "confsync-error.h"
#include "confsync-revision-private.h"
#include "confsync-stamp-private.h"
#include "confsync-version-name-private.h"
#include "confsync-version-private.h"

ConfsyncHistory *
confsync_history_new (const char *base_dir, const ConfsyncFileReport *report)
{
  ConfsyncHistory *self = g_new0 (ConfsyncHistory, 1);

  self->base_dir = g_strdup (base_dir);
  self->path = g_build_filename (base_dir, VERSIONS_DIR, NULL);
  self->report = report;
  self->index = confsync_history_index_new (report);
  self->dirfd = -1;
  self->versions = g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_version_unref);
  return self;
}

void
confsync_history_free (ConfsyncHistory *self)
{
  g_free (self->base_dir);
  g_free (self->path);
  confsync_history_index_free (self->index);
  confsync_fd_close (self->dirfd);
  g_ptr_array_unref (self->versions);
  g_clear_pointer (&self->needed, g_hash_table_unref);
  g_free (self);
}

void
confsync_history_set_needed (ConfsyncHistory *self, GHashTable *needed)
{
  g_clear_pointer (&self->needed, g_hash_table_unref);
  self->needed = needed;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  ConfsyncVersion *const *version_a = a;
  ConfsyncVersion *const *version_b = b;

  return strcmp (confsync_version_get_name (*version_a), confsync_version_get_name (*version_b));
}

/* Fills the list with the files that there are, and what the index knows of each. */
static gboolean
scan (ConfsyncHistory *self, GError **error)
{
  int fd = confsync_file_openat (self->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  g_autoptr (GHashTable) known = NULL;
  struct dirent *entry;

  if (dir == NULL)
    {
      confsync_file_fail_at (error, errno, "list it", self->dirfd, ".");
      confsync_fd_close (fd);
      return FALSE;
    }
  known = confsync_history_index_read (self->index, self->dirfd);
  g_ptr_array_set_size (self->versions, 0);
  while ((entry = readdir (dir)) != NULL)
    if (confsync_version_name_is_valid (entry->d_name))
      {
        ConfsyncVersion *version = g_hash_table_lookup (known, entry->d_name);

        g_ptr_array_add (self->versions,
                         version != NULL ? confsync_version_ref (version)
                                         : confsync_version_new (entry->d_name, NULL, NULL,
                                                                 CONFSYNC_CAUSE_UNKNOWN, FALSE));
      }
  closedir (dir);
  g_ptr_array_sort (self->versions, compare_names);
  return TRUE;
}

/* A directory that somebody removed, or moved away, keeps its descriptor. */
static gboolean
is_open (ConfsyncHistory *self)
{
  struct stat held, there;

  return self->dirfd >= 0 && fstat (self->dirfd, &held) == 0 && lstat (self->path, &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

static gboolean
ensure_open (ConfsyncHistory *self, gboolean create, GError **error)
{
  if (is_open (self))
    return TRUE;

  confsync_fd_close (self->dirfd);
  g_ptr_array_set_size (self->versions, 0);
  self->dirfd = confsync_file_open_base (self->base_dir, VERSIONS_DIR, create, error);
  if (self->dirfd < 0)
    return FALSE;
  confsync_durable_sweep (self->dirfd);
  if (scan (self, error))
    return TRUE;

  confsync_fd_close (self->dirfd);
  self->dirfd = -1;
  return FALSE;
}

/* Nothing kept yet is no failure to read. */
static gboolean
ensure_open_or_empty (ConfsyncHistory *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (ensure_open (self, FALSE, &local) ||
      g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static ConfsyncVersion *
get_newest (ConfsyncHistory *self)
{
  return self->versions->len > 0 ? self->versions->pdata[self->versions->len - 1] : NULL;
}

gboolean
confsync_history_is_same (ConfsyncVersion *version, ConfsyncRevision *revision)
{
  ConfsyncStamp *stamp = confsync_version_get_stamp (version);
  const char *hash = confsync_version_get_hash (version);
  g_autofree char *key = NULL;

  if (stamp == NULL || hash == NULL)
    return FALSE;
  key = confsync_stamp_make_key (stamp, hash);
  return g_str_equal (key, confsync_revision_get_key (revision));
}

const char *
confsync_history_content_hash (ConfsyncRevision *revision)
{
  return confsync_document_get_hash (confsync_revision_get_document (revision));
}

/* The same revision may come with other local members. */
static gboolean
holds (ConfsyncVersion *version, ConfsyncRevision *revision)
{
  return version != NULL && confsync_history_is_same (version, revision) &&
         g_strcmp0 (confsync_version_get_file_hash (version),
                    confsync_history_content_hash (revision)) == 0;
}

/* Puts another record in the place of an existing version's. */
static gboolean
update (ConfsyncHistory *self,
        guint index,
        ConfsyncCause cause,
        gboolean acknowledged,
        GError **error)
{
  ConfsyncVersion *old = self->versions->pdata[index], *version;
  ConfsyncVersionFacts facts;

  confsync_version_get_facts (old, &facts);
  facts.cause = cause;
  facts.acknowledged = acknowledged;
  version = confsync_version_new_of (&facts);
  self->versions->pdata[index] = version;
  confsync_version_unref (old);
  return confsync_history_index_add (self->index, self->dirfd, version, self->versions, error);
}

static gboolean
is_needed (ConfsyncHistory *self, ConfsyncVersion *version)
{
  const char *hash = confsync_version_get_hash (version);

  return self->needed != NULL && hash != NULL && g_hash_table_contains (self->needed, hash);
}

static void
apply_retention (ConfsyncHistory *self, gint64 now_us, const ConfsyncRetentionLimits *limits)
{
  guint n = self->versions->len;
  g_autofree ConfsyncRetained *retained = g_new (ConfsyncRetained, n);
  g_autofree gboolean *remove = g_new (gboolean, n);

  for (guint i = 0; i < n; i++)
    {
      ConfsyncVersion *version = self->versions->pdata[i];

      retained[i].time_s = confsync_version_name_get_time (confsync_version_get_name (version));
      retained[i].lost = confsync_version_get_cause (version) == CONFSYNC_CAUSE_LOST;
      retained[i].acknowledged = confsync_version_is_acknowledged (version);
      retained[i].needed = is_needed (self, version);
    }
  if (confsync_retention_select (retained, n, now_us / G_USEC_PER_SEC, limits, remove) == 0)
    return;

  for (guint i = n; i-- > 0;)
    if (remove[i])
      {
        /* one that can't be removed is seen and tried again at the next start */
        unlinkat (self->dirfd, confsync_version_get_name (self->versions->pdata[i]), 0);
        g_ptr_array_remove_index (self->versions, i);
      }
}

/* Gaps in the sequence tell what was here and was removed. Where the newest ones lost their
 * records, each of them counts for one. */
static guint64
next_sequence (ConfsyncHistory *self)
{
  guint64 next = 1;

  for (guint i = self->versions->len; i-- > 0; next++)
    {
      const guint64 known = confsync_version_get_sequence (self->versions->pdata[i]);

      if (known > 0)
        return known + next;
    }
  return next;
}

/* @revision is nullable: of which it is */
static ConfsyncVersion *
write_version (ConfsyncHistory *self,
               ConfsyncDocument *document,
               ConfsyncRevision *revision,
               ConfsyncCause cause,
               gint64 now_us,
               GError **error)
{
  ConfsyncJson *json = confsync_document_get_json (document);
  ConfsyncVersion *newest = get_newest (self);
  const char *newest_name = newest != NULL ? confsync_version_get_name (newest) : NULL;
  g_autofree char *name = confsync_version_name_next (newest_name, now_us / G_USEC_PER_SEC);
  g_autoptr (GBytes) text = confsync_json_to_pretty (json, NULL);
  ConfsyncVersionFacts facts;

  if (name == NULL)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_FAILED,
                   "%s/" VERSIONS_DIR ": no name can follow %s; move that file away",
                   self->base_dir, newest_name);
      return NULL;
    }
  if (!confsync_durable_write (self->dirfd, name, text, 0600, error))
    return NULL;
  facts = (ConfsyncVersionFacts){
    .name = name,
    .stamp = revision != NULL ? confsync_revision_get_stamp (revision) : NULL,
    .hash = revision != NULL ? confsync_revision_get_hash (revision) : NULL,
    .file_hash = confsync_document_get_hash (document),
    .cause = cause,
    .sequence = next_sequence (self),
    .size = g_bytes_get_size (text),
  };
  return confsync_version_new_of (&facts);
}

/* Takes @version. */
static void
add (ConfsyncHistory *self,
     ConfsyncVersion *version,
     gint64 now_us,
     const ConfsyncRetentionLimits *limits)
{
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (self->versions, version);
  if (!confsync_history_index_add (self->index, self->dirfd, version, self->versions, &error))
    confsync_file_report_notice (self->report, "%s; the version is kept, its cause only for now",
                                 error->message);
  apply_retention (self, now_us, limits);
}

gboolean
confsync_history_keep_passed (ConfsyncHistory *self,
                              ConfsyncDocument *document,
                              gint64 now_us,
                              const ConfsyncRetentionLimits *limits,
                              GError **error)
{
  ConfsyncVersion *version =
    ensure_open (self, TRUE, error)
      ? write_version (self, document, NULL, CONFSYNC_CAUSE_EDIT, now_us, error) : NULL;

  if (version != NULL)
    add (self, version, now_us, limits);
  return version != NULL;
}

char *
confsync_history_keep (ConfsyncHistory *self,
                       ConfsyncRevision *revision,
                       ConfsyncCause cause,
                       gint64 now_us,
                       const ConfsyncRetentionLimits *limits,
                       GError **error)
{
  ConfsyncVersion *newest, *version;

  if (!ensure_open (self, TRUE, error))
    return NULL;

  newest = get_newest (self);
  if (holds (newest, revision))
    {
      /* kept before it lost: from now on it is not thinned */
      if (cause == CONFSYNC_CAUSE_LOST && confsync_version_get_cause (newest) != cause &&
          !update (self, self->versions->len - 1, cause, confsync_version_is_acknowledged (newest),
                   error))
        return NULL;
      return g_strdup (confsync_version_get_name (get_newest (self)));
    }

  version = write_version (self, confsync_revision_get_document (revision), revision, cause,
                           now_us, error);
  if (version == NULL)
    return NULL;
  add (self, version, now_us, limits);
  return g_strdup (confsync_version_get_name (get_newest (self)));
}

static void
note_size (ConfsyncHistory *self, guint index, guint64 size)
{
  ConfsyncVersion *version = self->versions->pdata[index];
  ConfsyncVersionFacts facts;

  confsync_version_get_facts (version, &facts);
  if (facts.size == size)
    return;
  facts.size = size;
  self->versions->pdata[index] = confsync_version_new_of (&facts);
  confsync_version_unref (version);
}

/* Somebody may have removed files by hand, or damaged them. */
static void
look_at_files (ConfsyncHistory *self)
{
  struct stat info;

  for (guint i = self->versions->len; i-- > 0;)
    {
      const char *name = confsync_version_get_name (self->versions->pdata[i]);

      if (fstatat (self->dirfd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
        note_size (self, i, (guint64) info.st_size);
      else if (errno == ENOENT)
        g_ptr_array_remove_index (self->versions, i);
    }
}

GPtrArray *
confsync_history_list (ConfsyncHistory *self, GError **error)
{
  GPtrArray *list;

  if (!ensure_open_or_empty (self, error))
    return NULL;

  look_at_files (self);
  list = g_ptr_array_new_full (self->versions->len, (GDestroyNotify) confsync_version_unref);
  for (guint i = self->versions->len; i-- > 0;)
    g_ptr_array_add (list, confsync_version_ref (self->versions->pdata[i]));
  return list;
}

static ConfsyncDocument *
read_version (ConfsyncHistory *self,
              const char *name,
              const ConfsyncJsonLimits *limits,
              GError **error)
{
  g_auto (ConfsyncFd) fd = confsync_file_open (self->dirfd, name, O_NOFOLLOW, error);
  g_autofree char *path = confsync_file_path_at (self->dirfd, name);
  g_autoptr (GBytes) text = NULL;

  if (fd < 0)
    return NULL;
  text = confsync_file_read (fd, path, confsync_file_max_bytes (limits), NULL, error);
  return text != NULL ? confsync_file_parse (text, path, limits, error) : NULL;
}

gboolean
confsync_history_find_index (ConfsyncHistory *self, const char *name, guint *index)
{
  for (guint i = self->versions->len; i-- > 0;)
    if (g_str_equal (confsync_version_get_name (self->versions->pdata[i]), name))
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

ConfsyncVersion *
confsync_history_find (ConfsyncHistory *self, const char *name)
{
  guint index;

  return confsync_history_find_index (self, name, &index) ? self->versions->pdata[index] : NULL;
}

/* Whether it is what was kept under that name, as far as there is a record. JSON has no checksum,
 * so a flipped bit may well leave JSON. */
static gboolean
check_content (ConfsyncHistory *self,
               const char *name,
               ConfsyncDocument *document,
               GError **error)
{
  ConfsyncVersion *version = confsync_history_find (self, name);
  const char *expected = version != NULL ? confsync_version_get_file_hash (version) : NULL;
  g_autofree char *path = NULL;

  if (expected == NULL || g_str_equal (confsync_document_get_hash (document), expected))
    return TRUE;

  path = confsync_file_path_at (self->dirfd, name);
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_DOCUMENT,
               "%s: this is not what was kept under that name; it is damaged, or was edited (its "
               "hash is %.12s, not %.12s)",
               path, confsync_document_get_hash (document), expected);
  return FALSE;
}

ConfsyncDocument *
confsync_history_get (ConfsyncHistory *self,
                      const char *name,
                      const ConfsyncJsonLimits *limits,
                      GError **error)
{
  g_autoptr (ConfsyncDocument) document = NULL;
  g_autoptr (GError) local = NULL;

  if (!confsync_version_name_is_valid (name))
    {
      g_autofree char *shown = g_strescape (name, NULL);

      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                   "“%s” is no name of a version, such as config_20240101120000.json", shown);
      return NULL;
    }
  document =
    ensure_open (self, FALSE, &local) ? read_version (self, name, limits, &local) : NULL;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_NOT_FOUND,
                 "%s/" VERSIONS_DIR ": no version %s is kept", self->base_dir, name);
  else if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return document != NULL && check_content (self, name, document, error)
           ? g_steal_pointer (&document)
           : NULL;
}

gboolean
confsync_history_acknowledge (ConfsyncHistory *self, ConfsyncRevision *revision, GError **error)
{
  if (!ensure_open_or_empty (self, error))
    return FALSE;

  for (guint i = self->versions->len; i-- > 0;)
    {
      ConfsyncVersion *version = self->versions->pdata[i];

      if (confsync_history_is_same (version, revision))
        return confsync_version_is_acknowledged (version) ||
               update (self, i, confsync_version_get_cause (version), TRUE, error);
    }
  return TRUE;
}

/* The hash of what lies in the file, read where no record says it. NULL where it can't be. */
static const char *
find_file_hash (ConfsyncHistory *self, guint index)
{
  ConfsyncVersion *version = self->versions->pdata[index];
  static const ConfsyncJsonLimits no_limits = { G_MAXSIZE, G_MAXUINT, G_MAXUINT };
  ConfsyncVersionFacts facts;

  if (confsync_version_get_file_hash (version) == NULL)
    {
      const char *name = confsync_version_get_name (version);
      g_autoptr (ConfsyncDocument) document = read_version (self, name, &no_limits, NULL);

      if (document == NULL)
        return NULL;
      confsync_version_get_facts (version, &facts);
      facts.file_hash = confsync_document_get_hash (document);
      self->versions->pdata[index] = confsync_version_new_of (&facts);
      confsync_version_unref (version);
    }
  return confsync_version_get_file_hash (self->versions->pdata[index]);
}

gboolean
confsync_history_knows (ConfsyncHistory *self, const char *hash)
{
  if (!ensure_open_or_empty (self, NULL))
    return FALSE;

  for (guint i = self->versions->len; i-- > 0;)
    {
      ConfsyncStamp *stamp = confsync_version_get_stamp (self->versions->pdata[i]);

      if ((stamp == NULL || !confsync_stamp_is_aside (stamp)) &&
          g_strcmp0 (find_file_hash (self, i), hash) == 0)
        return TRUE;
    }
  return FALSE;
}
