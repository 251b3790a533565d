/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The tape: an immutable JSON value in one array of 16-byte cells in document order. A container's
 * cell comes before those of its content; a member is a name's cell followed by its value's.
 * For each object `index` lists the cells of its names sorted by UTF-16 code units: that one order
 * finds duplicates, is the canonical order, and makes lookup a binary search. No hash table is
 * involved, so no choice of names is slower than another.
 *
 * A cursor is a place on a tape; it borrows the tape. Code that walks tapes may recurse: no tape is
 * deeper than CONFSYNC_TAPE_MAX_DEPTH.
 */

#pragma once

#include "confsync-json.h"

#include <string.h>

G_BEGIN_DECLS

#define CONFSYNC_TAPE_MAX_DEPTH 1024

/* the kinds of cells: those of ConfsyncJsonKind, and this one */
#define CONFSYNC_CELL_NAME (CONFSYNC_JSON_OBJECT + 1)

typedef struct {
  guint8 kind;
  guint8 in_pool;    /* strings: 0 in the text that was read, 1 in the pool */
  guint16 height;    /* levels of containers: 0 for a scalar, 1 for {} */
  union {
    guint32 end;     /* containers: the first cell after the content */
    guint32 prefix;  /* names: the first four bytes, in an order that compares as UTF-16 does */
  };
  union {
    gint64 integer;  /* also booleans */
    double number;
    struct {
      guint32 offset;
      guint32 length;
    } string;
    struct {
      guint32 count;
      guint32 index; /* objects: where the sorted names begin in the tape's index */
    } container;
  };
} ConfsyncCell;

G_STATIC_ASSERT (sizeof (ConfsyncCell) == 16);

typedef struct {
  const char *strings[2]; /* by ConfsyncCell.in_pool */
  const ConfsyncCell *cells;
  const guint32 *index;
  guint32 n_cells;
  gboolean in_block;      /* a small tape: cells, index and pool lie behind it, and aren't freed */
  GBytes *text;           /* (owned) (nullable): the text that was read */
  char *pool;             /* (owned): strings that don't stand in the text as they are */
} ConfsyncTape;

typedef struct {
  ConfsyncCell *cells;
  guint32 *index;
  char *pool;
  guint32 n_cells, n_index;
  gsize pool_size;
  GBytes *text; /* (borrowed) (nullable) */
} ConfsyncTapeParts;

typedef struct {
  const ConfsyncTape *tape;
  guint32 at;
} ConfsyncCursor;

/* takes the three blocks, whose sizes and @text, which is nullable, are in @parts */
ConfsyncTape *confsync_tape_new (const ConfsyncTapeParts *parts);
/* one block with copies of them: for small ones */
ConfsyncTape *confsync_tape_new_copy (const ConfsyncTapeParts *parts);
/* as confsync_json_parse(), for those who need no ConfsyncJson */
ConfsyncTape *confsync_tape_parse (GBytes *text, const ConfsyncJsonLimits *limits, GError **error);
ConfsyncTape *confsync_tape_ref (ConfsyncTape *self);
void confsync_tape_unref (ConfsyncTape *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfsyncTape, confsync_tape_unref)

/* a value on its own: shares @cursor's tape */
ConfsyncJson *confsync_json_new_at (ConfsyncCursor cursor);
/* takes @tape */
ConfsyncJson *confsync_json_new_take (ConfsyncTape *tape);
ConfsyncCursor confsync_json_get_cursor (const ConfsyncJson *self);

/* compare as UTF-16 code units and as code points (which is the order of the bytes) */
int confsync_name_compare (const char *a, gsize a_length, const char *b, gsize b_length);
int confsync_name_compare_bytes (const char *a, gsize a_length, const char *b, gsize b_length);
guint32 confsync_name_prefix_of_any (const char *name, gsize length);

/* compares the names at two cells of names, on any tapes */
int confsync_cursor_compare_names (ConfsyncCursor a, ConfsyncCursor b);
/* finds the cell of the name of a member of the object at @object */
gboolean confsync_cursor_find (ConfsyncCursor object, const char *name, gsize length,
                               ConfsyncCursor *found);
gboolean confsync_cursor_equal (ConfsyncCursor a, ConfsyncCursor b);

static inline guint32
confsync_name_prefix (const char *name, gsize length)
{
  guint32 word;

  if (length < sizeof word)
    return confsync_name_prefix_of_any (name, length);
  memcpy (&word, name, sizeof word);
  /* ASCII has the same order in all forms */
  return (word & 0x80808080) == 0 ? GUINT32_FROM_BE (word)
                                  : confsync_name_prefix_of_any (name, length);
}

static inline const ConfsyncCell *
confsync_cursor_cell (ConfsyncCursor self)
{
  return &self.tape->cells[self.at];
}

static inline guint
confsync_cursor_kind (ConfsyncCursor self)
{
  return confsync_cursor_cell (self)->kind;
}

static inline gboolean
confsync_cursor_is_container (ConfsyncCursor self)
{
  guint kind = confsync_cursor_kind (self);

  return kind == CONFSYNC_JSON_ARRAY || kind == CONFSYNC_JSON_OBJECT;
}

/* members or elements; 0 for a scalar */
static inline guint
confsync_cursor_length (ConfsyncCursor self)
{
  return confsync_cursor_is_container (self) ? confsync_cursor_cell (self)->container.count : 0;
}

static inline ConfsyncCursor
confsync_cursor_at (ConfsyncCursor self, guint32 at)
{
  return (ConfsyncCursor){ self.tape, at };
}

/* the first element of an array, or the first name of an object, that isn't empty */
static inline ConfsyncCursor
confsync_cursor_first (ConfsyncCursor self)
{
  return confsync_cursor_at (self, self.at + 1);
}

/* the value whose name is here */
static inline ConfsyncCursor
confsync_cursor_value (ConfsyncCursor name)
{
  return confsync_cursor_at (name, name.at + 1);
}

/* what comes after this value: the next element, or the next name */
static inline ConfsyncCursor
confsync_cursor_after (ConfsyncCursor self)
{
  return confsync_cursor_at (self, confsync_cursor_is_container (self)
                                     ? confsync_cursor_cell (self)->end : self.at + 1);
}

/* the value of the member of that name, where @object is an object that has it */
static inline gboolean
confsync_cursor_get_member (ConfsyncCursor object, const char *name, ConfsyncCursor *value)
{
  if (confsync_cursor_kind (object) != CONFSYNC_JSON_OBJECT ||
      !confsync_cursor_find (object, name, strlen (name), value))
    return FALSE;
  *value = confsync_cursor_value (*value);
  return TRUE;
}

/* the next name of the object after the member whose name is here */
static inline ConfsyncCursor
confsync_cursor_next_name (ConfsyncCursor name)
{
  return confsync_cursor_after (confsync_cursor_value (name));
}

/* the @i-th name in canonical order */
static inline ConfsyncCursor
confsync_cursor_sorted_name (ConfsyncCursor object, guint i)
{
  guint32 first = confsync_cursor_cell (object)->container.index;

  return confsync_cursor_at (object, object.tape->index[first + i]);
}

/* the bytes of a string or a name; no NUL ends them */
static inline const char *
confsync_cursor_text (ConfsyncCursor self, gsize *length)
{
  const ConfsyncCell *cell = confsync_cursor_cell (self);

  *length = cell->string.length;
  return self.tape->strings[cell->in_pool] + cell->string.offset;
}

/* a copy of a string, which has no NUL inside */
static inline char *
confsync_cursor_dup_string (ConfsyncCursor string)
{
  gsize length;
  const char *text = confsync_cursor_text (string, &length);
  char *copy = g_malloc (length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

G_END_DECLS
