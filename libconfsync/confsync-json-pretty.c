/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Writes a value the way a person's file is written: in the indentation, the spacing, the order of
 * members and the line ends of an earlier text.
 */

#include "config.h"

#include "confsync-json-writer-private.h"

/* longer runs of white space are no indentation */
#define SPACE_MAX_CHARS 16

typedef struct {
  char text[SPACE_MAX_CHARS];
  guint length;
} Space;

typedef struct {
  Space unit;         /* of indentation */
  Space before_colon, after_colon;
  Space after_comma;  /* where all is on one line */
  gboolean lines;     /* each member and element on its own line */
  gboolean crlf;
  gboolean final_newline;
} Layout;

typedef struct {
  ConfsyncSink sink;
  Layout layout;
} Writer;

static const Layout default_layout = {
  .unit = { "  ", 2 },
  .after_colon = { " ", 1 },
  .lines = TRUE,
  .final_newline = TRUE,
};

static void write_value (Writer *self, ConfsyncCursor value, const ConfsyncCursor *like,
                         guint depth);

static inline gboolean
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
skip_space (const char *p, const char *end)
{
  while (p < end && is_space (*p))
    p++;
  return p;
}

static const char *
skip_string (const char *p, const char *end)
{
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p;
}

/* the white space from @start to @end, if it's short and on one line */
static void
learn_space (Space *self, const char *start, const char *end)
{
  gsize length = (gsize) (end - start);

  self->length = 0;
  if (length > SPACE_MAX_CHARS || memchr (start, '\n', length) != NULL)
    return;
  memcpy (self->text, start, length);
  self->length = (guint) length;
}

/* @start is after the root's opening bracket */
static void
learn_lines (Layout *self, const char *start, const char *end)
{
  const char *content = skip_space (start, end);
  const char *line = content;

  while (line > start && line[-1] != '\n')
    line--;
  self->lines = line > start;
  self->crlf = line > start + 1 && line[-2] == '\r';
  if (self->lines)
    learn_space (&self->unit, line, content);
}

/* the first colon and the first comma tell how the others are spaced */
static void
learn_spacing (Layout *self, const char *p, const char *end)
{
  gboolean colon = FALSE, comma = FALSE;
  const char *after_string = p;

  self->after_comma.length = 0;
  for (; p < end && !(colon && comma); p++)
    {
      if (*p == '"')
        {
          p = skip_string (p, end);
          after_string = p + 1;
        }
      else if (*p == ':' && !colon)
        {
          colon = TRUE;
          learn_space (&self->before_colon, after_string, p);
          learn_space (&self->after_colon, p + 1, skip_space (p + 1, end));
        }
      else if (*p == ',' && !comma)
        {
          comma = TRUE;
          learn_space (&self->after_comma, p + 1, skip_space (p + 1, end));
        }
    }
}

/* @text is JSON. What it can't tell, because it has no members, stays as it is by default. */
static void
learn_layout (Layout *self, const char *text, gsize length)
{
  const char *end = text + length;
  const char *root = skip_space (text, end);
  const char *content = root < end ? skip_space (root + 1, end) : end;

  self->final_newline = length > 0 && end[-1] == '\n';
  if (content >= end || (*root != '{' && *root != '[') || *content == '}' || *content == ']')
    return;
  learn_lines (self, root + 1, end);
  learn_spacing (self, content, end);
}

static void
write_space (Writer *self, const Space *space)
{
  confsync_sink_append (&self->sink, space->text, space->length);
}

static void
write_line_end (Writer *self)
{
  confsync_sink_append (&self->sink, "\r\n" + !self->layout.crlf, self->layout.crlf ? 2 : 1);
}

static void
write_line_start (Writer *self, guint depth)
{
  if (!self->layout.lines)
    return;
  write_line_end (self);
  for (guint i = 0; i < depth; i++)
    write_space (self, &self->layout.unit);
}

/* before each member or element */
static void
write_separator (Writer *self, gboolean first, guint depth)
{
  if (!first)
    {
      confsync_sink_char (&self->sink, ',');
      if (!self->layout.lines)
        write_space (self, &self->layout.after_comma);
    }
  write_line_start (self, depth);
}

static void
write_member (Writer *self, ConfsyncCursor name, const ConfsyncCursor *like, guint depth)
{
  confsync_json_write_scalar (&self->sink, name, CONFSYNC_FORM_COMPACT);
  write_space (self, &self->layout.before_colon);
  confsync_sink_char (&self->sink, ':');
  write_space (self, &self->layout.after_colon);
  write_value (self, confsync_cursor_value (name), like, depth);
}

static gboolean
find_same_name (ConfsyncCursor object, ConfsyncCursor name, ConfsyncCursor *found)
{
  gsize length;
  const char *text = confsync_cursor_text (name, &length);

  return confsync_cursor_find (object, text, length, found);
}

/* the members that @like has too, in its order; returns their number */
static guint
write_known_members (Writer *self, ConfsyncCursor object, ConfsyncCursor like, guint depth)
{
  guint n = confsync_cursor_length (like), written = 0;
  ConfsyncCursor like_name = confsync_cursor_first (like), name;

  for (guint i = 0; i < n; i++)
    {
      ConfsyncCursor like_value = confsync_cursor_value (like_name);

      if (find_same_name (object, like_name, &name))
        {
          write_separator (self, written++ == 0, depth);
          write_member (self, name, &like_value, depth);
        }
      like_name = confsync_cursor_after (like_value);
    }
  return written;
}

static void
write_members (Writer *self, ConfsyncCursor object, const ConfsyncCursor *like, guint depth)
{
  guint n = confsync_cursor_length (object);
  guint written = like != NULL ? write_known_members (self, object, *like, depth) : 0;
  ConfsyncCursor name = confsync_cursor_first (object), unused;

  for (guint i = 0; i < n && written < n; i++)
    {
      if (like == NULL || !find_same_name (*like, name, &unused))
        {
          write_separator (self, written++ == 0, depth);
          write_member (self, name, NULL, depth);
        }
      name = confsync_cursor_next_name (name);
    }
}

static void
write_elements (Writer *self, ConfsyncCursor array, const ConfsyncCursor *like, guint depth)
{
  guint n = confsync_cursor_length (array);
  guint n_like = like != NULL ? confsync_cursor_length (*like) : 0;
  ConfsyncCursor element = confsync_cursor_first (array);
  ConfsyncCursor like_element = like != NULL ? confsync_cursor_first (*like) : element;

  for (guint i = 0; i < n; i++)
    {
      write_separator (self, i == 0, depth);
      write_value (self, element, i < n_like ? &like_element : NULL, depth);
      element = confsync_cursor_after (element);
      if (i < n_like)
        like_element = confsync_cursor_after (like_element);
    }
}

static void
write_value (Writer *self, ConfsyncCursor value, const ConfsyncCursor *like, guint depth)
{
  guint kind = confsync_cursor_kind (value);

  if (like != NULL && confsync_cursor_kind (*like) != kind)
    like = NULL;
  if (!confsync_cursor_is_container (value))
    {
      confsync_json_write_scalar (&self->sink, value, CONFSYNC_FORM_COMPACT);
      return;
    }
  confsync_sink_char (&self->sink, kind == CONFSYNC_JSON_OBJECT ? '{' : '[');
  if (kind == CONFSYNC_JSON_OBJECT)
    write_members (self, value, like, depth + 1);
  else
    write_elements (self, value, like, depth + 1);
  if (confsync_cursor_length (value) > 0)
    write_line_start (self, depth);
  confsync_sink_char (&self->sink, kind == CONFSYNC_JSON_OBJECT ? '}' : ']');
}

/**
 * confsync_json_to_pretty:
 * @self: a value
 * @like: (nullable): a value whose text to resemble
 *
 * Writes the value for people. With @like, the text that this was read from is the model:
 * indentation (spaces, tabs, or all on one line), spacing of colons and commas, line ends, final
 * newline; members that it has in the same place come in its order, the others after them in the
 * order of @self. Without one, or where it wasn't read from a text: two spaces, and a final
 * newline. A double stays a double: `1.0` doesn't become `1`.
 *
 * Returns: (transfer full): UTF-8 text
 *
 * Since: 1.0
 */
GBytes *
confsync_json_to_pretty (ConfsyncJson *self, ConfsyncJson *like)
{
  Writer writer = { .layout = default_layout };
  ConfsyncCursor value, like_value;
  gsize length;
  const char *text;

  g_return_val_if_fail (self != NULL, NULL);

  value = confsync_json_get_cursor (self);
  like_value = confsync_json_get_cursor (like != NULL ? like : self);
  if (like != NULL && like_value.tape->text != NULL)
    {
      text = g_bytes_get_data (like_value.tape->text, &length);
      learn_layout (&writer.layout, text, length);
    }
  confsync_sink_init_memory (&writer.sink, 1024);
  write_value (&writer, value, like != NULL ? &like_value : NULL, 0);
  if (writer.layout.final_newline)
    write_line_end (&writer);
  return confsync_sink_end_memory (&writer.sink);
}
