/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Records of the audit, as a dictionary, a line and a journal's fields. What comes from others is
 * cut to a length and escaped here.
 */

#include "config.h"

#include "confsync-audit-record-private.h"

#include <string.h>

#include "confsync-event-json-private.h"
#include "confsync-log-line-private.h"

#define FIELD_PREFIX "CONFSYNC_"
/* journald takes no longer names */
#define FIELD_NAME_MAX_CHARS 64

static const struct
{
  const char *kind;
  const char *id; /* stays what it is for ever: programs look for it */
} ids[] = {
  { CONFSYNC_EVENT_ADOPTED, "dd1e7560900648e0afd7420cc515e903" },
  { CONFSYNC_EVENT_APPLIED, "163d9de251b5412d81f75a88363f6626" },
  { CONFSYNC_EVENT_AUDIT_GAP, "6fe828639ac446c386086a107dd9ccd0" },
  { CONFSYNC_EVENT_BEHIND, "c617385823044045a8233500ab151a2c" },
  { CONFSYNC_EVENT_BLOCKED, "ea59230f5aa94544acf2fce070d4e363" },
  { CONFSYNC_EVENT_CHANGED, "d15f0ee87ddd40c391977349d5783b0f" },
  { CONFSYNC_EVENT_CLOCK, "93dc473bba8548bcae143c4194e2783e" },
  { CONFSYNC_EVENT_CONFLICT, "c28499f2e35641589ce38284739b4d35" },
  { CONFSYNC_EVENT_EPOCH, "36f681d5d5f94ab6b371ed417d88b850" },
  { CONFSYNC_EVENT_INVALID, "5756689f6205464fa8c5093566a591ab" },
  { CONFSYNC_EVENT_JOINING, "d44a2c975e9a4c4ea31faa56a1781669" },
  { CONFSYNC_EVENT_LISTENING, "70570ac29c7b447da563f73cd893261a" },
  { CONFSYNC_EVENT_LOCAL_EDIT, "4e28b7918dad4199a15d646f11500b56" },
  { CONFSYNC_EVENT_LOST, "0784d1ab25a7400cb9aa8cfa326ac954" },
  { CONFSYNC_EVENT_MERGED, "ec0cacf90acf4723bd8fe0e3c64d45cd" },
  { CONFSYNC_EVENT_PEER_DOWN, "7dc1961f0a094efe846f15682798a74f" },
  { CONFSYNC_EVENT_PEER_UP, "ac4034fca786478280a50e474050e7dd" },
  { CONFSYNC_EVENT_PLUGIN, "3fba98e1abb64de98f6ddf57b87b4996" },
  { CONFSYNC_EVENT_REFUSED, "0e354783297a488ca514e50581467181" },
  { CONFSYNC_EVENT_RESTORED, "b36bcbb6dd534d2e83be3ac3e745ee6f" },
  { CONFSYNC_EVENT_ROLLBACK, "d797b3b991c545aa8ff53ecf5487bcbb" },
  { CONFSYNC_EVENT_SETTLED, "76d9f932e7004220955b79ee55fea974" },
  { CONFSYNC_EVENT_TRIAL, "e07d7d484e11427aa79c0df625d84b4a" },
  { CONFSYNC_EVENT_TRUST, "4e7d663c3e3547d08e945b63f08dea9e" },
  { CONFSYNC_EVENT_UNPROVEN, "385bf0fc3ae64cc6b23fc08fe416a9fc" },
};

/*
 * confsync_audit_find_id:
 *
 * Returns: (nullable): 32 hexadecimal digits; %NULL where the audit has no such events
 */
const char *
confsync_audit_find_id (const char *kind)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    if (g_str_equal (ids[i].kind, kind))
      return ids[i].id;
  return NULL;
}

/* Who is turned away again and again for one reason is told once at a level that people read; the
 * audit has each time. What else is of use only to who looks for a fault is none of its business.
 */
static gboolean
is_wanted (ConfsyncLevel level, const char *kind, GVariant *details)
{
  gboolean refused = FALSE;

  return level > CONFSYNC_LEVEL_DEBUG || g_str_equal (kind, CONFSYNC_EVENT_UNPROVEN) ||
         (g_variant_lookup (details, "refused", "b", &refused) && refused);
}

/* Returns: (transfer full): at most @max bytes of it, and a mark where it was longer */
static char *
cut (const char *text, gsize max)
{
  const gsize length = strlen (text);
  const char *end = text + max;

  if (length <= max)
    return g_strdup (text);
  /* not within a character */
  while (end > text && ((guchar) *end & 0xc0) == 0x80)
    end--;
  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}

static GVariant *
cut_strings (GVariant *value)
{
  g_autofree const char **texts = g_variant_get_strv (value, NULL);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (gsize i = 0; texts[i] != NULL; i++)
    g_variant_builder_add_value (&builder, g_variant_new_take_string (cut (
                                             texts[i], CONFSYNC_AUDIT_POINTER_MAX_BYTES)));
  return g_variant_builder_end (&builder);
}

/* Returns: (transfer floating) */
static GVariant *
cut_value (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_new_take_string (
      cut (g_variant_get_string (value, NULL), CONFSYNC_AUDIT_TEXT_MAX_BYTES));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return cut_strings (value);
  return value;
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", name, g_variant_new_string (text));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names, so that records of one kind are alike. */
static void
add_details (GVariantBuilder *builder, GVariant *details)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, details);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (details, names->pdata[i], NULL);

      g_variant_builder_add (builder, "{sv}", names->pdata[i], cut_value (value));
    }
}

/*
 * confsync_audit_record_new:
 * @details: a{sv}, whose keys belong to @kind
 * @instance: (nullable): the instance id, where it is decided
 * @document: (nullable): the name of the document that it is about; empty for the only one
 *
 * Returns: (transfer full) (nullable): a{sv}; %NULL where the audit doesn't have such an event
 */
GVariant *
confsync_audit_record_new (ConfsyncLevel level,
                           const char *kind,
                           GVariant *details,
                           const char *instance,
                           const char *document)
{
  const char *id = confsync_audit_find_id (kind);
  GVariantBuilder builder;

  if (id == NULL || !is_wanted (level, kind, details))
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "message-id", id);
  add_text (&builder, "instance", instance);
  if (document != NULL && *document != '\0')
    add_text (&builder, "document", document);
  add_details (&builder, details);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/*
 * confsync_audit_record_to_line:
 * @record: as confsync_audit_record_new() gave it
 *
 * Returns: (transfer full): a JSON object and the end of the line
 */
char *
confsync_audit_record_to_line (gint64 time_us,
                               ConfsyncLevel level,
                               const char *kind,
                               GVariant *record)
{
  g_autofree char *json = confsync_event_json (time_us, level, kind, record);

  return g_strconcat (json, "\n", NULL);
}

/*
 * confsync_audit_make_line:
 *
 * Returns: (transfer full) (nullable): the line of a record as confsync_audit_record_new() makes
 *   it, of now; %NULL where the audit doesn't have such an event
 */
char *
confsync_audit_make_line (ConfsyncLevel level,
                          const char *kind,
                          GVariant *details,
                          const char *instance,
                          const char *document)
{
  g_autoptr (GVariant) record =
    confsync_audit_record_new (level, kind, details, instance, document);

  return record != NULL
           ? confsync_audit_record_to_line (g_get_real_time (), level, kind, record)
           : NULL;
}

/* Returns: (transfer full) (nullable): such as CONFSYNC_ROUND_TRIP; %NULL for what can be none */
static char *
make_field_name (const char *detail)
{
  g_autoptr (GString) name = g_string_new (FIELD_PREFIX);

  for (const char *p = detail; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (name, g_ascii_toupper (*p));
    else if (*p == '-')
      g_string_append_c (name, '_');
    else
      return NULL;
  if (*detail == '\0' || name->len > FIELD_NAME_MAX_CHARS)
    return NULL;
  return g_string_free (g_steal_pointer (&name), FALSE);
}

/* GLogField borrows what it points to, so a name and a value are freed with the array. */
static void
field_clear (gpointer data)
{
  GLogField *field = data;

  g_free ((char *) field->key);
  g_free ((char *) field->value);
}

static void
take_field (GArray *fields, char *name, char *value)
{
  const GLogField field = { name, value, -1 };

  g_array_append_val (fields, field);
}

static void
add_field (GArray *fields, const char *name, const char *text)
{
  take_field (fields, g_strdup (name), confsync_log_escape (text));
}

/* A list is one field for each of its texts, as the journal has lists. */
static void
add_detail (GArray *fields, const char *detail, GVariant *value)
{
  g_autofree char *name = make_field_name (detail);
  g_autofree char *printed = NULL;

  if (name == NULL)
    return;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **texts = g_variant_get_strv (value, NULL);

      for (gsize i = 0; texts[i] != NULL; i++)
        add_field (fields, name, texts[i]);
      return;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      add_field (fields, name, g_variant_get_string (value, NULL));
      return;
    }
  printed = g_variant_print (value, FALSE);
  add_field (fields, name, printed);
}

static const char *
priority_of (ConfsyncLevel level)
{
  /* as syslog numbers them */
  static const char *const priorities[] = { "7", "6", "4", "3" };

  return priorities[level];
}

/*
 * confsync_audit_record_to_fields:
 * @message: for people
 * @record: (nullable): as confsync_audit_record_new() gave it
 *
 * Returns: (transfer full): of GLogField
 */
GArray *
confsync_audit_record_to_fields (ConfsyncLevel level,
                                 const char *domain,
                                 const char *kind,
                                 const char *message,
                                 GVariant *record)
{
  GArray *fields = g_array_new (FALSE, FALSE, sizeof (GLogField));
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_array_set_clear_func (fields, field_clear);
  add_field (fields, "PRIORITY", priority_of (level));
  add_field (fields, "GLIB_DOMAIN", domain);
  add_field (fields, "MESSAGE", message);
  add_field (fields, FIELD_PREFIX "EVENT", kind);
  if (record == NULL)
    return fields;

  g_variant_iter_init (&iter, record);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (g_str_equal (name, "message-id"))
      add_field (fields, "MESSAGE_ID", g_variant_get_string (value, NULL));
    else
      add_detail (fields, name, value);
  return fields;
}
