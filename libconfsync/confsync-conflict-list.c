/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lists of open conflicts. They are made of the same things on every instance, in the same way, so
 * that the same revision comes with the same list wherever it is made.
 */

#include "config.h"

#include "confsync-conflict-list-private.h"

#include <string.h>

#include "confsync-error.h"
#include "confsync-revision-private.h"
#include "confsync-stamp-private.h"

/* What an actor and its time take in a stamp's text. */
#define ENTRY_BYTES 40

/* (nullable) for no revision, and where nothing is there */
static ConfsyncJson *
value_of (ConfsyncRevision *revision, const char *pointer)
{
  ConfsyncDocument *document =
    revision != NULL ? confsync_revision_get_document (revision) : NULL;

  return document != NULL
           ? confsync_json_lookup (confsync_document_get_json (document), pointer, NULL)
           : NULL;
}

/* Whether the value that stands is still the one that @document has. */
static gboolean
stands_in (ConfsyncOpenConflict *conflict, ConfsyncDocument *document)
{
  ConfsyncJson *ours = confsync_open_conflict_get_ours (conflict);
  g_autoptr (ConfsyncJson) value =
    confsync_json_lookup (confsync_document_get_json (document),
                          confsync_open_conflict_get_pointer (conflict), NULL);

  return value == NULL || ours == NULL ? value == ours : confsync_json_equal (value, ours);
}

static GPtrArray *
list_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) confsync_open_conflict_unref);
}

/* An empty list is none. */
static GPtrArray *
list_end (GPtrArray *list)
{
  if (list->len > 0)
    return list;
  g_ptr_array_unref (list);
  return NULL;
}

ConfsyncOpenConflict *
confsync_conflict_list_find (GPtrArray *list, const char *id)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    if (g_str_equal (confsync_open_conflict_get_id (list->pdata[i]), id))
      return list->pdata[i];
  return NULL;
}

GPtrArray *
confsync_conflict_list_inherit (GPtrArray *from, ConfsyncDocument *document, const char *without)
{
  GPtrArray *list;

  if (from == NULL)
    return NULL;
  list = list_new ();
  for (guint i = 0; i < from->len; i++)
    if (g_strcmp0 (confsync_open_conflict_get_id (from->pdata[i]), without) != 0 &&
        stands_in (from->pdata[i], document))
      g_ptr_array_add (list, confsync_open_conflict_ref (from->pdata[i]));
  return list_end (list);
}

static gboolean
includes (ConfsyncRevision *revision, ConfsyncStamp *stamp)
{
  ConfsyncOrder order = confsync_stamp_compare (stamp, confsync_revision_get_stamp (revision));

  return order == CONFSYNC_ORDER_BEFORE || order == CONFSYNC_ORDER_EQUAL;
}

/* Somebody saw both sides of it, and decided. */
static gboolean
has_settled (ConfsyncRevision *revision, ConfsyncOpenConflict *conflict)
{
  return includes (revision, confsync_open_conflict_get_ours_stamp (conflict)) &&
         includes (revision, confsync_open_conflict_get_theirs_stamp (conflict)) &&
         confsync_conflict_list_find (confsync_revision_get_conflicts (revision),
                                      confsync_open_conflict_get_id (conflict)) == NULL;
}

static int
compare_conflicts (gconstpointer a, gconstpointer b)
{
  ConfsyncOpenConflict *x = *(ConfsyncOpenConflict **) a, *y = *(ConfsyncOpenConflict **) b;
  gint64 since_x = confsync_open_conflict_get_since (x);
  gint64 since_y = confsync_open_conflict_get_since (y);

  if (since_x != since_y)
    return since_x > since_y ? 1 : -1;
  return strcmp (confsync_open_conflict_get_id (x), confsync_open_conflict_get_id (y));
}

static gsize
size_of_value (ConfsyncJson *value)
{
  g_autoptr (GBytes) text = value != NULL ? confsync_json_to_compact (value) : NULL;

  return text != NULL ? g_bytes_get_size (text) : 0;
}

static gsize
size_of_stamp (ConfsyncStamp *stamp)
{
  return (gsize) confsync_vector_get_length (confsync_stamp_get_vector (stamp)) * ENTRY_BYTES;
}

static gsize
size_of (ConfsyncOpenConflict *conflict)
{
  return size_of_stamp (confsync_open_conflict_get_ours_stamp (conflict)) +
         size_of_stamp (confsync_open_conflict_get_theirs_stamp (conflict)) +
         strlen (confsync_open_conflict_get_pointer (conflict)) +
         size_of_value (confsync_open_conflict_get_base (conflict)) +
         size_of_value (confsync_open_conflict_get_ours (conflict)) +
         size_of_value (confsync_open_conflict_get_theirs (conflict));
}

/* The oldest stay. */
static void
list_bound (GPtrArray *list)
{
  gsize bytes = 0;

  g_ptr_array_sort (list, compare_conflicts);
  for (guint i = 0; i < list->len;)
    {
      gsize size = size_of (list->pdata[i]);

      if (i < CONFSYNC_CONFLICT_LIST_MAX && bytes + size <= CONFSYNC_CONFLICT_LIST_MAX_BYTES)
        {
          bytes += size;
          i++;
        }
      else
        g_ptr_array_remove_index (list, i);
    }
}

/* Of two that have one id, that with the newer sides. */
static void
put (GPtrArray *list, ConfsyncOpenConflict *conflict)
{
  for (guint i = 0; i < list->len; i++)
    {
      ConfsyncOpenConflict *there = list->pdata[i];

      if (!g_str_equal (confsync_open_conflict_get_id (there),
                        confsync_open_conflict_get_id (conflict)))
        continue;
      if (confsync_stamp_compare_total (confsync_open_conflict_get_theirs_stamp (conflict),
                                        confsync_open_conflict_get_theirs_stamp (there)) > 0)
        {
          g_ptr_array_remove_index (list, i);
          break;
        }
      return;
    }
  g_ptr_array_add (list, confsync_open_conflict_ref (conflict));
}

/* Those of @from that are open in @document too, which was made of it and @other. */
static void
take_open (GPtrArray *list,
           ConfsyncRevision *from,
           ConfsyncRevision *other,
           ConfsyncDocument *document)
{
  GPtrArray *conflicts = confsync_revision_get_conflicts (from);

  for (guint i = 0; conflicts != NULL && i < conflicts->len; i++)
    if (!has_settled (other, conflicts->pdata[i]) && stands_in (conflicts->pdata[i], document))
      put (list, conflicts->pdata[i]);
}

GPtrArray *
confsync_conflict_list_join (ConfsyncRevision *a, ConfsyncRevision *b, ConfsyncDocument *document)
{
  GPtrArray *list;

  if (confsync_revision_get_conflicts (a) == NULL && confsync_revision_get_conflicts (b) == NULL)
    return NULL;
  list = list_new ();
  take_open (list, a, b, document);
  take_open (list, b, a, document);
  list_bound (list);
  return list_end (list);
}

/* The one at @pointer which has a side that @winner or @loser was made on. */
static ConfsyncOpenConflict *
find_earlier (GPtrArray *list,
              const char *pointer,
              ConfsyncRevision *winner,
              ConfsyncRevision *loser)
{
  for (guint i = 0; i < list->len; i++)
    {
      ConfsyncOpenConflict *conflict = list->pdata[i];
      ConfsyncStamp *ours = confsync_open_conflict_get_ours_stamp (conflict);
      ConfsyncStamp *theirs = confsync_open_conflict_get_theirs_stamp (conflict);

      if (g_str_equal (confsync_open_conflict_get_pointer (conflict), pointer) &&
          (includes (winner, ours) || includes (winner, theirs)) &&
          (includes (loser, ours) || includes (loser, theirs)))
        return conflict;
    }
  return NULL;
}

GPtrArray *
confsync_conflict_list_add (GPtrArray *list,
                            const char *pointer,
                            ConfsyncRevision *base,
                            ConfsyncRevision *winner,
                            ConfsyncRevision *loser,
                            const char *reason,
                            gboolean *added)
{
  g_autoptr (GPtrArray) old = list;
  GPtrArray *result = list_new ();
  ConfsyncOpenConflict *earlier = old != NULL ? find_earlier (old, pointer, winner, loser) : NULL;
  g_autoptr (ConfsyncJson) was = value_of (base, pointer);
  g_autoptr (ConfsyncJson) ours = value_of (winner, pointer), theirs = value_of (loser, pointer);
  ConfsyncStamp *ours_stamp = confsync_revision_get_stamp (winner);
  ConfsyncStamp *theirs_stamp = confsync_revision_get_stamp (loser);
  g_autofree char *id =
    earlier != NULL ? g_strdup (confsync_open_conflict_get_id (earlier))
                    : confsync_open_conflict_make_id (pointer, confsync_revision_get_key (winner),
                                                      confsync_revision_get_key (loser));
  gint64 since = earlier != NULL ? confsync_open_conflict_get_since (earlier)
                                 : MAX (confsync_stamp_get_time (ours_stamp),
                                        confsync_stamp_get_time (theirs_stamp));
  g_autoptr (ConfsyncOpenConflict) conflict = confsync_open_conflict_new (
    id, pointer, was, ours, theirs, ours_stamp, theirs_stamp, since, reason);

  for (guint i = 0; old != NULL && i < old->len; i++)
    if (old->pdata[i] != earlier)
      g_ptr_array_add (result, confsync_open_conflict_ref (old->pdata[i]));
  g_ptr_array_add (result, confsync_open_conflict_ref (conflict));
  list_bound (result);
  *added = confsync_conflict_list_find (result, id) != NULL;
  return list_end (result);
}

void
confsync_conflict_list_build (GPtrArray *list, ConfsyncJsonBuilder *builder)
{
  confsync_json_builder_begin_array (builder);
  for (guint i = 0; list != NULL && i < list->len; i++)
    confsync_open_conflict_build (list->pdata[i], builder);
  confsync_json_builder_close (builder);
}

gboolean
confsync_conflict_list_read (ConfsyncJson *json, GPtrArray **list, GError **error)
{
  g_autoptr (GPtrArray) result = list_new ();
  gsize bytes = 0;

  if (confsync_json_get_kind (json) != CONFSYNC_JSON_ARRAY ||
      confsync_json_get_length (json) > CONFSYNC_CONFLICT_LIST_MAX)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "the “conflicts” are no list of at most %d", CONFSYNC_CONFLICT_LIST_MAX);
      return FALSE;
    }
  for (guint i = 0; i < confsync_json_get_length (json); i++)
    {
      g_autoptr (ConfsyncJson) item = confsync_json_get_element (json, i);
      ConfsyncOpenConflict *conflict = confsync_open_conflict_new_from_json (item, error);

      if (conflict == NULL)
        return FALSE;
      g_ptr_array_add (result, conflict);
      bytes += size_of (conflict);
    }
  if (bytes > CONFSYNC_CONFLICT_LIST_MAX_BYTES)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "the “conflicts” have more than %d bytes", CONFSYNC_CONFLICT_LIST_MAX_BYTES);
      return FALSE;
    }
  *list = list_end (g_steal_pointer (&result));
  return TRUE;
}
