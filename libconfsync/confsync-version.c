/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Kept versions, and the names of the causes.
 */

#include "config.h"

#include "confsync-version-private.h"

struct _ConfsyncVersion
{
  char *name;           /* (owned) */
  ConfsyncStamp *stamp; /* (owned) (nullable) */
  char *hash;           /* (owned) (nullable) */
  char *file_hash;      /* (owned) (nullable): where it is another one */
  ConfsyncCause cause;
  gboolean acknowledged;
  guint64 sequence;
  guint64 size;
};

/* in the order of ConfsyncCause; these names stand in index files */
static const char *const cause_names[] = { "unknown",  "edit",    "remote", "merge",
                                           "rollback", "initial", "lost" };

G_DEFINE_BOXED_TYPE (ConfsyncVersion, confsync_version, confsync_version_ref,
                     confsync_version_unref)

/**
 * confsync_cause_to_string:
 * @cause: a cause
 *
 * Gets its name, such as `edit`.
 *
 * Returns: its name, such as `edit`
 *
 * Since: 1.0
 */
const char *
confsync_cause_to_string (ConfsyncCause cause)
{
  g_return_val_if_fail (cause < G_N_ELEMENTS (cause_names), NULL);

  return cause_names[cause];
}

/**
 * confsync_cause_from_string:
 * @name: a cause's name
 *
 * Gets the cause.
 *
 * Returns: the cause; %CONFSYNC_CAUSE_UNKNOWN for a name that is none
 *
 * Since: 1.0
 */
ConfsyncCause
confsync_cause_from_string (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (cause_names); i++)
    if (g_str_equal (name, cause_names[i]))
      return i;
  return CONFSYNC_CAUSE_UNKNOWN;
}

/**
 * confsync_version_new:
 * @name: the name that the store knows it by
 * @stamp: (nullable): its stamp, where it is recorded
 * @hash: (nullable): the SHA-256 of its canonical form, where it is recorded
 * @cause: why it was kept
 * @acknowledged: whether any other instance said that it holds it
 *
 * Makes a record of a version.
 *
 * Returns: (transfer full): the record of a version
 *
 * Since: 1.0
 */
ConfsyncVersion *
confsync_version_new (const char *name,
                      ConfsyncStamp *stamp,
                      const char *hash,
                      ConfsyncCause cause,
                      gboolean acknowledged)
{
  const ConfsyncVersionFacts facts = {
    .name = name, .stamp = stamp, .hash = hash, .cause = cause, .acknowledged = acknowledged,
  };

  return confsync_version_new_of (&facts);
}

ConfsyncVersion *
confsync_version_new_of (const ConfsyncVersionFacts *facts)
{
  ConfsyncVersion *self = g_atomic_rc_box_new0 (ConfsyncVersion);

  self->name = g_strdup (facts->name);
  self->stamp = facts->stamp != NULL ? confsync_stamp_ref (facts->stamp) : NULL;
  self->hash = g_strdup (facts->hash);
  if (facts->file_hash != NULL && g_strcmp0 (facts->file_hash, facts->hash) != 0)
    self->file_hash = g_strdup (facts->file_hash);
  self->cause = facts->cause;
  self->acknowledged = facts->acknowledged;
  self->sequence = facts->sequence;
  self->size = facts->size;
  return self;
}

void
confsync_version_get_facts (ConfsyncVersion *self, ConfsyncVersionFacts *facts)
{
  *facts = (ConfsyncVersionFacts){
    .name = self->name,
    .stamp = self->stamp,
    .hash = self->hash,
    .file_hash = self->file_hash,
    .cause = self->cause,
    .acknowledged = self->acknowledged,
    .sequence = self->sequence,
    .size = self->size,
  };
}

guint64
confsync_version_get_sequence (ConfsyncVersion *self)
{
  return self->sequence;
}

const char *
confsync_version_get_file_hash (ConfsyncVersion *self)
{
  return self->file_hash != NULL ? self->file_hash : self->hash;
}

/**
 * confsync_version_ref:
 * @self: a version
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same version
 *
 * Since: 1.0
 */
ConfsyncVersion *
confsync_version_ref (ConfsyncVersion *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
version_clear (ConfsyncVersion *self)
{
  g_free (self->name);
  g_clear_pointer (&self->stamp, confsync_stamp_unref);
  g_free (self->hash);
  g_free (self->file_hash);
}

/**
 * confsync_version_unref:
 * @self: (transfer full): a version
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_version_unref (ConfsyncVersion *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) version_clear);
}

/**
 * confsync_version_get_name:
 * @self: a version
 *
 * Gets the name that the store knows it by, such as `config_20240101120000.json`.
 *
 * Returns: the name that the store knows it by, such as `config_20240101120000.json`
 *
 * Since: 1.0
 */
const char *
confsync_version_get_name (ConfsyncVersion *self)
{
  return self->name;
}

/**
 * confsync_version_get_stamp:
 * @self: a version
 *
 * Gets its stamp, where it is recorded.
 *
 * Returns: (transfer none) (nullable): its stamp, where it is recorded
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_version_get_stamp (ConfsyncVersion *self)
{
  return self->stamp;
}

/**
 * confsync_version_get_hash:
 * @self: a version
 *
 * Gets the SHA-256 of its canonical form, where it is recorded.
 *
 * Returns: (nullable): the SHA-256 of its canonical form, where it is recorded
 *
 * Since: 1.0
 */
const char *
confsync_version_get_hash (ConfsyncVersion *self)
{
  return self->hash;
}

/**
 * confsync_version_get_cause:
 * @self: a version
 *
 * Gets why it was kept.
 *
 * Returns: why it was kept
 *
 * Since: 1.0
 */
ConfsyncCause
confsync_version_get_cause (ConfsyncVersion *self)
{
  return self->cause;
}

/**
 * confsync_version_is_acknowledged:
 * @self: a version
 *
 * Tells whether any other instance said that it holds it.
 *
 * Returns: whether any other instance said that it holds it
 *
 * Since: 1.0
 */
gboolean
confsync_version_is_acknowledged (ConfsyncVersion *self)
{
  return self->acknowledged;
}

/**
 * confsync_version_get_size:
 * @self: a version
 *
 * Gets how large its file is.
 *
 * Returns: in bytes; 0 where it isn't known
 *
 * Since: 1.0
 */
guint64
confsync_version_get_size (ConfsyncVersion *self)
{
  return self->size;
}
