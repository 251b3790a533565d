/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Lays out cells in columns as wide as their widest one, by the columns of a terminal and not by
 * bytes or characters. Cells may come from anywhere: they are made harmless, and stay on one line.
 */

#include "config.h"

#include "confsync-table.h"

#include "confsync-units.h"

#define GAP "  "

typedef struct {
  char *text; /* (owned): harmless */
  const char *style; /* (nullable) */
  guint width;
} Cell;

typedef struct {
  guint width;
  gboolean right;
} Column;

struct _ConfsyncTable {
  Column *columns; /* (owned) */
  guint n_columns;
  GArray *cells; /* of Cell, row by row */
};

static void
clear_cell (gpointer cell)
{
  g_free (((Cell *) cell)->text);
}

ConfsyncTable *
confsync_table_new (guint n_columns)
{
  ConfsyncTable *self = g_new0 (ConfsyncTable, 1);

  self->n_columns = n_columns;
  self->columns = g_new0 (Column, n_columns);
  self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  g_array_set_clear_func (self->cells, clear_cell);
  return self;
}

void
confsync_table_free (ConfsyncTable *self)
{
  g_free (self->columns);
  g_array_unref (self->cells);
  g_free (self);
}

/* For columns of numbers. */
void
confsync_table_align_right (ConfsyncTable *self, guint column)
{
  self->columns[column].right = TRUE;
}

/*
 * confsync_table_add:
 * @style: (nullable): of the cell, such as %CONFSYNC_STYLE_GREEN
 * @text: (nullable): from anywhere; %NULL and the empty text are shown as a dash
 *
 * Adds the next cell; a row is full when each column has one.
 */
void
confsync_table_add (ConfsyncTable *self, const char *style, const char *text)
{
  Column *column = &self->columns[self->cells->len % self->n_columns];
  Cell cell = { .style = style };

  cell.text = confsync_units_escape (text != NULL && *text != '\0' ? text : "-");
  cell.width = confsync_units_width (cell.text);
  column->width = MAX (column->width, cell.width);
  g_array_append_val (self->cells, cell);
}

/*
 * confsync_table_add_titles:
 * @titles: as many as there are columns
 */
void
confsync_table_add_titles (ConfsyncTable *self, const char *const *titles)
{
  for (guint i = 0; i < self->n_columns; i++)
    confsync_table_add (self, CONFSYNC_STYLE_BOLD, titles[i]);
}

static void
print_cell (ConfsyncTable *self, ConfsyncOutput *output, guint index)
{
  const Cell *cell = &g_array_index (self->cells, Cell, index);
  const Column *column = &self->columns[index % self->n_columns];
  const gboolean last = (index + 1) % self->n_columns == 0;
  const int padding = (int) (column->width - cell->width);
  const char *style = cell->style != NULL ? confsync_output_style (output, cell->style) : "";

  confsync_output_print (output, "%*s%s%s%s%*s%s", column->right ? padding : 0, "", style,
                         cell->text, *style != '\0' ? CONFSYNC_STYLE_END : "",
                         column->right || last ? 0 : padding, "", last ? "\n" : GAP);
}

void
confsync_table_print (ConfsyncTable *self, ConfsyncOutput *output)
{
  g_return_if_fail (self->cells->len % self->n_columns == 0);

  for (guint i = 0; i < self->cells->len; i++)
    print_cell (self, output, i);
}
