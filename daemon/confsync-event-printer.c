/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Chooses stream, form and colour of an event. A stream that broke (its reader went away) is
 * written to no more; the program goes on, since syncing doesn't depend on a reader. The journal
 * gets records with fields in place of lines.
 */

#include "config.h"

#include "confsync-event-printer.h"

#include "confsync-audit-record-private.h"
#include "confsync-event-json-private.h"
#include "confsync-event-text.h"
#include "confsync-log-line-private.h"

/* as the library's own records */
#define JOURNAL_DOMAIN "confsync"

typedef struct {
  FILE *file;
  gboolean color;
  gboolean broken;
  gboolean journal; /* it is systemd's journal */
} Stream;

struct _ConfsyncEventPrinter
{
  GObject parent_instance;

  Stream out, err;
  ConfsyncLevel level; /* the least that is printed */
  gboolean json;
  char *instance; /* (nullable) before it is decided */
};

G_DEFINE_FINAL_TYPE (ConfsyncEventPrinter, confsync_event_printer, G_TYPE_OBJECT)

static void
confsync_event_printer_finalize (GObject *object)
{
  g_free (CONFSYNC_EVENT_PRINTER (object)->instance);
  G_OBJECT_CLASS (confsync_event_printer_parent_class)->finalize (object);
}

static void
confsync_event_printer_class_init (ConfsyncEventPrinterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = confsync_event_printer_finalize;
}

static void
confsync_event_printer_init (ConfsyncEventPrinter *self)
{
  self->level = CONFSYNC_LEVEL_INFO;
}

static void
put_line (Stream *stream, const char *line)
{
  if (stream->broken)
    return;
  stream->broken = fputs (line, stream->file) == EOF || fputc ('\n', stream->file) == EOF ||
                   fflush (stream->file) == EOF;
}

/* Whether the journal took it. */
static gboolean
put_record (ConfsyncEventPrinter *self, ConfsyncLevel level, const char *kind, GVariant *details)
{
  g_autofree char *message = confsync_log_event (kind, details);
  g_autoptr (GVariant) record =
      confsync_audit_record_new (level, kind, details, self->instance, NULL);
  g_autoptr (GArray) fields =
      confsync_audit_record_to_fields (level, JOURNAL_DOMAIN, kind, message, record);

  return g_log_writer_journald (G_LOG_LEVEL_INFO, (const GLogField *) fields->data, fields->len,
                                NULL) == G_LOG_WRITER_HANDLED;
}

ConfsyncEventPrinter *
confsync_event_printer_new (FILE *out, FILE *err)
{
  ConfsyncEventPrinter *self = g_object_new (CONFSYNC_TYPE_EVENT_PRINTER, NULL);

  self->out.file = out;
  self->err.file = err;
  self->out.journal = g_log_writer_is_journald (fileno (out));
  self->err.journal = g_log_writer_is_journald (fileno (err));
  return self;
}

void
confsync_event_printer_set_color (ConfsyncEventPrinter *self, ConfsyncColor color)
{
  self->out.color = confsync_color_is_wanted (self->out.file, color);
  self->err.color = confsync_color_is_wanted (self->err.file, color);
}

void
confsync_event_printer_set_json (ConfsyncEventPrinter *self, gboolean json)
{
  self->json = json;
}

/* Whose events they are, for records of the journal. */
void
confsync_event_printer_set_instance (ConfsyncEventPrinter *self, const char *id)
{
  if (g_strcmp0 (self->instance, id) == 0)
    return;
  g_free (self->instance);
  self->instance = g_strdup (id);
}

/* Sets the least level that is printed. */
void
confsync_event_printer_set_level (ConfsyncEventPrinter *self, ConfsyncLevel level)
{
  self->level = level;
}

/*
 * confsync_event_printer_print:
 * @details: (nullable): a{sv}; a floating one is taken
 */
void
confsync_event_printer_print (ConfsyncEventPrinter *self,
                              ConfsyncLevel level,
                              const char *kind,
                              GVariant *details)
{
  Stream *stream = level >= CONFSYNC_LEVEL_WARNING ? &self->err : &self->out;
  const gint64 now_us = g_get_real_time ();
  g_autoptr (GVariant) held = details != NULL
                                  ? g_variant_ref_sink (details)
                                  : g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autofree char *line = NULL;

  if (level < self->level ||
      (stream->journal && !self->json && put_record (self, level, kind, held)))
    return;

  line = self->json ? confsync_event_json (now_us, level, kind, held)
                    : confsync_event_text (now_us, level, kind, held, stream->color);
  put_line (stream, line);
}

/* Prints a line of the program's own. */
void
confsync_event_printer_notice (ConfsyncEventPrinter *self, ConfsyncLevel level, const char *message)
{
  g_auto (GVariantDict) details = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *valid = g_utf8_make_valid (message, -1);

  g_variant_dict_insert (&details, "message", "s", valid);
  confsync_event_printer_print (self, level, CONFSYNC_EVENT_NOTICE, g_variant_dict_end (&details));
}

/* Prints that something could not be done. */
void
confsync_event_printer_failed (ConfsyncEventPrinter *self,
                               ConfsyncLevel level,
                               const char *what,
                               const char *reason)
{
  g_auto (GVariantDict) details = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *valid_what = g_utf8_make_valid (what, -1);
  g_autofree char *valid_reason = g_utf8_make_valid (reason, -1);

  g_variant_dict_insert (&details, "what", "s", valid_what);
  g_variant_dict_insert (&details, "reason", "s", valid_reason);
  confsync_event_printer_print (self, level, CONFSYNC_EVENT_FAILED, g_variant_dict_end (&details));
}
