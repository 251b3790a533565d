/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Stamps and their form as JSON:
 *
 *   {"time":1700000000000000,"author":"kitchen-3f9a2c","kind":"edit","epoch":0,"floor":0,
 *    "vector":{"0123456789abcdef":1700000000000000}}
 */

#include "config.h"

#include "confsync-stamp-private.h"

#include <string.h>

#include "confsync-double-private.h"
#include "confsync-error.h"
#include "confsync-mutant-private.h"

#define INSTANCE_ID_MAX_LENGTH 64

/* as text: all but author and vector, and an actor with its time */
#define TEXT_MAX_BYTES 160
#define ENTRY_TEXT_MAX_BYTES (CONFSYNC_ACTOR_TEXT_LENGTH + CONFSYNC_DIGITS_MAX + 4)

/* more are rare */
#define FEW_ACTORS 32

struct _ConfsyncStamp
{
  ConfsyncStampKind kind;
  guint epoch;
  gint64 time;
  ConfsyncVector *vector; /* (owned) */
  char author[];
};

/* in the order of ConfsyncStampKind */
static const char *const kind_names[] = { "edit", "initial", "merged" };

G_DEFINE_BOXED_TYPE (ConfsyncStamp, confsync_stamp, confsync_stamp_ref, confsync_stamp_unref)

static gboolean
is_instance_id (const char *id, gsize length)
{
  if (length == 0 || length > INSTANCE_ID_MAX_LENGTH)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (id[i]) && id[i] != '.' && id[i] != '_' && id[i] != '-')
      return FALSE;
  return TRUE;
}

gboolean
confsync_instance_id_is_valid (const char *id)
{
  return is_instance_id (id, strlen (id));
}

static ConfsyncStamp *
new_take (ConfsyncStampKind kind,
          guint epoch,
          gint64 time,
          const char *author,
          gsize author_length,
          ConfsyncVector *vector)
{
  ConfsyncStamp *self = g_atomic_rc_box_alloc (sizeof *self + author_length + 1);

  self->kind = kind;
  self->epoch = epoch;
  self->time = time;
  self->vector = vector;
  memcpy (self->author, author, author_length);
  self->author[author_length] = '\0';
  return self;
}

ConfsyncStamp *
confsync_stamp_new (ConfsyncStampKind kind,
                    guint epoch,
                    gint64 time,
                    const char *author,
                    ConfsyncVector *vector)
{
  return new_take (kind, epoch, time, author, strlen (author), confsync_vector_ref (vector));
}

/**
 * confsync_stamp_ref:
 * @self: a stamp
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): the same stamp
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_stamp_ref (ConfsyncStamp *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
stamp_clear (ConfsyncStamp *self)
{
  confsync_vector_unref (self->vector);
}

/**
 * confsync_stamp_unref:
 * @self: (transfer full): a stamp
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
confsync_stamp_unref (ConfsyncStamp *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) stamp_clear);
}

/**
 * confsync_stamp_get_time:
 * @self: a stamp
 *
 * Asks when the content was made, by its author's hybrid logical clock: never earlier than any
 * edit that it includes.
 *
 * Returns: microseconds since the Unix epoch
 *
 * Since: 1.0
 */
gint64
confsync_stamp_get_time (ConfsyncStamp *self)
{
  return self->time;
}

/**
 * confsync_stamp_get_author:
 * @self: a stamp
 *
 * Gets the instance id of who made the content.
 *
 * Returns: the instance id of who made the content
 *
 * Since: 1.0
 */
const char *
confsync_stamp_get_author (ConfsyncStamp *self)
{
  return self->author;
}

gboolean
confsync_stamp_is_aside (ConfsyncStamp *self)
{
  const ConfsyncVectorEntry *entries = confsync_vector_get_entries (self->vector);

  for (guint i = 0; i < confsync_vector_get_length (self->vector); i++)
    if (entries[i].time == self->time && entries[i].actor % 2 == 0)
      return TRUE;
  return FALSE;
}

/**
 * confsync_stamp_get_kind:
 * @self: a stamp
 *
 * Gets how the content came about.
 *
 * Returns: how the content came about
 *
 * Since: 1.0
 */
ConfsyncStampKind
confsync_stamp_get_kind (ConfsyncStamp *self)
{
  return self->kind;
}

/**
 * confsync_stamp_get_epoch:
 * @self: a stamp
 *
 * Gets how often an operator had the clocks start anew.
 *
 * Returns: how often an operator had the clocks start anew; 0 at first
 *
 * Since: 1.0
 */
guint
confsync_stamp_get_epoch (ConfsyncStamp *self)
{
  return self->epoch;
}

ConfsyncVector *
confsync_stamp_get_vector (ConfsyncStamp *self)
{
  return self->vector;
}

ConfsyncStamp *
confsync_stamp_with_vector (ConfsyncStamp *self, ConfsyncVector *vector)
{
  return confsync_stamp_new (self->kind, self->epoch, self->time, self->author, vector);
}

/**
 * confsync_stamp_compare:
 * @a: a stamp
 * @b: another one
 *
 * Compares what two contents include. An initial content is never after nor equal to one that was
 * edited; such a pair is concurrent. A later epoch is after every earlier one.
 *
 * Returns: how @a stands to @b
 *
 * Since: 1.0
 */
ConfsyncOrder
confsync_stamp_compare (ConfsyncStamp *a, ConfsyncStamp *b)
{
  ConfsyncOrder order;

  if (a->epoch != b->epoch)
    return a->epoch > b->epoch ? CONFSYNC_ORDER_AFTER : CONFSYNC_ORDER_BEFORE;

  if ((CONFSYNC_MUTANT ("times-first") ||
       (CONFSYNC_MUTANT ("initial-after") &&
        (a->kind == CONFSYNC_STAMP_INITIAL || b->kind == CONFSYNC_STAMP_INITIAL))) &&
      a->time != b->time)
    return a->time > b->time ? CONFSYNC_ORDER_AFTER : CONFSYNC_ORDER_BEFORE;

  order = confsync_vector_compare (a->vector, b->vector);
  if ((a->kind == CONFSYNC_STAMP_INITIAL) != (b->kind == CONFSYNC_STAMP_INITIAL))
    {
      ConfsyncOrder wrong =
        a->kind == CONFSYNC_STAMP_INITIAL ? CONFSYNC_ORDER_AFTER : CONFSYNC_ORDER_BEFORE;

      if (order == wrong || order == CONFSYNC_ORDER_EQUAL)
        return CONFSYNC_ORDER_CONCURRENT;
    }
  return order;
}

/* Most of a message is stamps. */
#define PUT(out, literal) mempcpy (out, literal, strlen (literal))

static char *
put_number (char *out, gint64 value)
{
  return out + confsync_digits_write ((guint64) value, out);
}

static char *
put_vector (char *out, const ConfsyncVector *vector)
{
  const ConfsyncVectorEntry *entries = confsync_vector_get_entries (vector);
  guint n = confsync_vector_get_length (vector);

  out = PUT (out, "{");
  for (guint i = 0; i < n; i++)
    {
      *out = ',';
      out += i > 0;
      *out++ = '"';
      confsync_hex_write (entries[i].actor, CONFSYNC_ACTOR_TEXT_LENGTH, out);
      out = PUT (out + CONFSYNC_ACTOR_TEXT_LENGTH, "\":");
      out = put_number (out, entries[i].time);
    }
  return PUT (out, "}");
}

/* The text that the calls in confsync_stamp_build() make. No part needs an escape: an author has
 * only letters, digits, “.”, “_” and “-”. */
static void
write_text (ConfsyncStamp *self, ConfsyncJsonBuilder *builder)
{
  gsize max = TEXT_MAX_BYTES + strlen (self->author) +
              confsync_vector_get_length (self->vector) * (gsize) ENTRY_TEXT_MAX_BYTES;
  char *start = confsync_json_builder_begin_raw (builder, max), *out = start;

  if (start == NULL)
    return;
  out = put_number (PUT (out, "{\"time\":"), self->time);
  out = PUT (out, ",\"author\":\"");
  out = mempcpy (out, self->author, strlen (self->author));
  out = PUT (out, "\",\"kind\":\"");
  out = mempcpy (out, kind_names[self->kind], strlen (kind_names[self->kind]));
  out = put_number (PUT (out, "\",\"epoch\":"), self->epoch);
  out = put_number (PUT (out, ",\"floor\":"), confsync_vector_get_floor (self->vector));
  out = put_vector (PUT (out, ",\"vector\":"), self->vector);
  out = PUT (out, "}");
  confsync_json_builder_end_raw (builder, (gsize) (out - start));
}

void
confsync_stamp_build (ConfsyncStamp *self, ConfsyncJsonBuilder *builder)
{
  const ConfsyncVectorEntry *entries = confsync_vector_get_entries (self->vector);

  if (builder->as_text)
    {
      write_text (self, builder);
      return;
    }
  confsync_json_builder_begin_object (builder);
  confsync_json_builder_name (builder, "time");
  confsync_json_builder_integer (builder, self->time);
  confsync_json_builder_name (builder, "author");
  confsync_json_builder_string (builder, self->author);
  confsync_json_builder_name (builder, "kind");
  confsync_json_builder_string (builder, kind_names[self->kind]);
  confsync_json_builder_name (builder, "epoch");
  confsync_json_builder_integer (builder, self->epoch);
  confsync_json_builder_name (builder, "floor");
  confsync_json_builder_integer (builder, confsync_vector_get_floor (self->vector));
  confsync_json_builder_name (builder, "vector");
  confsync_json_builder_begin_object (builder);
  for (guint i = 0; i < confsync_vector_get_length (self->vector); i++)
    {
      char name[CONFSYNC_ACTOR_TEXT_LENGTH];

      confsync_hex_write (entries[i].actor, sizeof name, name);
      confsync_json_builder_name_n (builder, name, sizeof name);
      confsync_json_builder_integer (builder, entries[i].time);
    }
  confsync_json_builder_close (builder);
  confsync_json_builder_close (builder);
}

/**
 * confsync_stamp_to_string:
 * @self: a stamp
 *
 * Writes a stamp as JSON; equal stamps give equal text.
 *
 * Returns: (transfer full): a JSON object in one line of ASCII
 *
 * Since: 1.0
 */
char *
confsync_stamp_to_string (ConfsyncStamp *self)
{
  g_autoptr (ConfsyncJsonBuilder) builder = confsync_json_builder_new (NULL);
  g_autoptr (ConfsyncJson) json = NULL;
  g_autoptr (GBytes) text = NULL;

  confsync_stamp_build (self, builder);
  json = confsync_json_builder_end (builder, NULL);
  text = confsync_json_to_compact (json);
  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

/**
 * confsync_stamp_new_from_string:
 * @text: what confsync_stamp_to_string() gave
 * @error: return location for an error, or %NULL
 *
 * Reads a stamp back.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_JSON or %CONFSYNC_ERROR_INVALID_MESSAGE.
 *
 * Returns: (transfer full): the stamp
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_stamp_new_from_string (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (ConfsyncJson) json = confsync_json_parse (bytes, NULL, error);

  return json != NULL ? confsync_stamp_new_from_json (json, error) : NULL;
}

static gboolean
read_integer (
  ConfsyncCursor object, const char *name, gint64 max, gint64 *value, GError **error)
{
  ConfsyncCursor member;
  const ConfsyncCell *cell =
    confsync_cursor_get_member (object, name, &member) ? confsync_cursor_cell (member) : NULL;

  if (cell == NULL || cell->kind != CONFSYNC_JSON_INTEGER || cell->integer < 0 ||
      cell->integer > max)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "a stamp's “%s” is no integer from 0 to %" G_GINT64_FORMAT, name, max);
      return FALSE;
    }
  *value = cell->integer;
  return TRUE;
}

/* (nullable) for what is no string; no NUL ends it */
static const char *
get_text (ConfsyncCursor object, const char *name, gsize *length)
{
  ConfsyncCursor member;

  if (!confsync_cursor_get_member (object, name, &member) ||
      confsync_cursor_kind (member) != CONFSYNC_JSON_STRING)
    return NULL;
  return confsync_cursor_text (member, length);
}

static gboolean
read_kind (ConfsyncCursor object, ConfsyncStampKind *kind, GError **error)
{
  gsize length;
  const char *name = get_text (object, "kind", &length);

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (kind_names); i++)
    if (length == strlen (kind_names[i]) && memcmp (name, kind_names[i], length) == 0)
      {
        *kind = i;
        return TRUE;
      }
  g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
               "a stamp's “kind” is none of edit, initial, merged");
  return FALSE;
}

G_STATIC_ASSERT (CONFSYNC_ACTOR_TEXT_LENGTH == 16);

static gboolean
read_entry (ConfsyncCursor name, ConfsyncVectorEntry *entry)
{
  const ConfsyncCell *value = confsync_cursor_cell (confsync_cursor_value (name));
  gsize length;
  const char *text = confsync_cursor_text (name, &length);

  if (length != CONFSYNC_ACTOR_TEXT_LENGTH || value->kind != CONFSYNC_JSON_INTEGER ||
      !confsync_hex_read (text, &entry->actor))
    return FALSE;
  entry->time = value->integer;
  return entry->time > 0 && entry->time <= CONFSYNC_STAMP_TIME_MAX;
}

static ConfsyncVector *
read_vector (ConfsyncCursor object, gint64 floor, GError **error)
{
  ConfsyncVectorEntry few[FEW_ACTORS];
  g_autofree ConfsyncVectorEntry *many = NULL;
  ConfsyncVectorEntry *entries = few;
  ConfsyncCursor member, name;
  guint n;

  if (!confsync_cursor_get_member (object, "vector", &member) ||
      confsync_cursor_kind (member) != CONFSYNC_JSON_OBJECT ||
      confsync_cursor_length (member) > CONFSYNC_STAMP_MAX_ACTORS)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "a stamp's “vector” is no object of at most %d actors",
                   CONFSYNC_STAMP_MAX_ACTORS);
      return NULL;
    }

  n = confsync_cursor_length (member);
  if (n > FEW_ACTORS)
    entries = many = g_new (ConfsyncVectorEntry, n);
  name = confsync_cursor_first (member);
  for (guint i = 0; i < n; i++, name = confsync_cursor_next_name (name))
    {
      if (!read_entry (name, &entries[i]))
        {
          g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                       "a stamp's “vector” maps actors of 16 hexadecimal digits to times "
                       "before the year 2200");
          return NULL;
        }
    }
  return confsync_vector_new (floor, entries, n);
}

ConfsyncStamp *
confsync_stamp_read (ConfsyncCursor value, GError **error)
{
  ConfsyncVector *vector;
  ConfsyncStampKind kind;
  const char *author;
  gsize author_length;
  gint64 time, epoch, floor;

  if (confsync_cursor_kind (value) != CONFSYNC_JSON_OBJECT)
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE, "a stamp is no object");
      return NULL;
    }
  if (!read_integer (value, "time", CONFSYNC_STAMP_TIME_MAX, &time, error) ||
      !read_integer (value, "epoch", G_MAXINT32, &epoch, error) ||
      !read_integer (value, "floor", CONFSYNC_STAMP_TIME_MAX, &floor, error) ||
      !read_kind (value, &kind, error))
    return NULL;

  author = get_text (value, "author", &author_length);
  if (author == NULL || !is_instance_id (author, author_length))
    {
      g_set_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_MESSAGE,
                   "a stamp's “author” is no instance id: 1 to 64 letters, digits, “.”, “_”, “-”");
      return NULL;
    }

  vector = read_vector (value, floor, error);
  if (vector == NULL)
    return NULL;
  return new_take (kind, (guint) epoch, time, author, author_length, vector);
}

/**
 * confsync_stamp_new_from_json:
 * @json: a JSON value
 * @error: return location for an error, or %NULL
 *
 * Reads a stamp that came from elsewhere, and checks every part of it.
 *
 * Fails with %CONFSYNC_ERROR_INVALID_MESSAGE, which names the part.
 *
 * Returns: (transfer full): the stamp
 *
 * Since: 1.0
 */
ConfsyncStamp *
confsync_stamp_new_from_json (ConfsyncJson *json, GError **error)
{
  return confsync_stamp_read (confsync_json_get_cursor (json), error);
}
