/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * What a validator's answer means: whatever isn't a clear yes is a refusal with a reason.
 */

#include "config.h"

#include "confsync-validator.h"

#include "confsync-error.h"

/* one that answers as it is told */
#define TEST_TYPE_VALIDATOR (test_validator_get_type ())
G_DECLARE_FINAL_TYPE (TestValidator, test_validator, TEST, VALIDATOR, GObject)

struct _TestValidator
{
  GObject parent_instance;
  gboolean answer;
  GError *error; /* (owned) (nullable) */
};

static gboolean
test_validator_validate (ConfsyncValidator *validator, ConfsyncDocument *document, GError **error)
{
  TestValidator *self = TEST_VALIDATOR (validator);

  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  return self->answer;
}

static void
test_validator_validator_init (ConfsyncValidatorInterface *iface)
{
  iface->validate = test_validator_validate;
}

G_DEFINE_TYPE_WITH_CODE (TestValidator, test_validator, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (CONFSYNC_TYPE_VALIDATOR,
                                                test_validator_validator_init))

static void
test_validator_finalize (GObject *object)
{
  g_clear_error (&TEST_VALIDATOR (object)->error);
  G_OBJECT_CLASS (test_validator_parent_class)->finalize (object);
}

static void
test_validator_class_init (TestValidatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_validator_finalize;
}

static void
test_validator_init (TestValidator *self)
{
}

/* What the wrapper makes of an answer; NULL is a yes. Takes @error. */
static char *
ask (gboolean answer, GError *error)
{
  TestValidator *validator = g_object_new (TEST_TYPE_VALIDATOR, NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("{\"zones\":4}", 11);
  g_autoptr (ConfsyncDocument) document = confsync_document_new (text, NULL, NULL);
  g_autoptr (GError) refusal = NULL;

  validator->answer = answer;
  validator->error = error;
  if (confsync_validator_validate (CONFSYNC_VALIDATOR (validator), document, &refusal))
    g_assert_no_error (refusal);
  else
    g_assert_error (refusal, CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED);
  /* who doesn't want to know why gets the same answer */
  g_assert_cmpint (confsync_validator_validate (CONFSYNC_VALIDATOR (validator), document, NULL),
                   ==, refusal == NULL);
  g_assert_finalize_object (validator);
  return refusal != NULL ? g_strdup (refusal->message) : NULL;
}

static void
test_answers (void)
{
  g_autofree char *yes = ask (TRUE, NULL);
  g_autofree char *no = ask (FALSE, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED,
                                                 "/zones: is no list (type)"));

  g_assert_null (yes);
  g_assert_cmpstr (no, ==, "/zones: is no list (type)");
}

static void
test_faults (void)
{
  g_autofree char *other = ask (FALSE, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "no disk"));
  g_autofree char *silent = ask (FALSE, NULL);
  g_autofree char *both = ask (TRUE, g_error_new (CONFSYNC_ERROR, CONFSYNC_ERROR_REFUSED, "no"));

  g_test_summary ("What an implementation does wrong is a refusal that says whose");
  g_assert_cmpstr (other, ==, "TestValidator: no disk");
  g_assert_cmpstr (silent, ==, "TestValidator: no reason given");
  g_assert_cmpstr (both, ==, "no");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/validator/answers", test_answers);
  g_test_add_func ("/validator/faults", test_faults);
  return g_test_run ();
}
