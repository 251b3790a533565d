/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * Shared keys: their texts and files, and proofs against what Python's hmac module makes of the
 * same (each field with its length in four bytes before it).
 */

#include "config.h"

#include "confsync-key-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confsync-error.h"
#include "confsync-key-file-private.h"
#include "test-util.h"

/* bytes 0 to 31, and 255 down to 224 */
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEY "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0"
#define THIRD_KEY "101112131415161718191a1b1c1d1e1f000102030405060708090a0b0c0d0e0f"

#define DIALLER_PROOF "d9ab2d3d7e93583633a7280c73ca34ffc1727512c9c9e780fda27bbf5eb93f5f"
#define LISTENER_PROOF "956ea3548ee54e923a4998e7ae5439baa27e78c53d92bcadd5157e07dc3cef1f"
#define OTHER_DIALLER_PROOF "5ffd156f5ac0eb7c490d392790fd19bc855ca07fda2c449df0f8176c5a2d8d2a"
#define ODD_PROOF "15750e24de3915c957a5cceacc82a37e00e0de2c29828c2109f8d9236dbbfb68"

static const ConfsyncHandshake handshake = {
  { { "attic", "5e55", "0a0b" }, { "hall", "c0de", "0c0d" } }
};

static ConfsyncKey *
make_key (const char *text)
{
  g_autoptr (GError) error = NULL;
  ConfsyncKey *key = confsync_key_new (text, &error);

  g_assert_no_error (error);
  return key;
}

static void
assert_proof (const char *text,
              const ConfsyncHandshake *known,
              ConfsyncSide side,
              const char *expected)
{
  g_autoptr (ConfsyncKey) key = make_key (text);
  g_autofree char *proof = confsync_key_prove (key, known, side);

  g_assert_cmpstr (proof, ==, expected);
  g_assert_true (confsync_key_accepts (key, known, side, proof));
}

static void
test_vectors (void)
{
  const ConfsyncHandshake odd = { { { "küche-é", "", "" }, { "hall", "c0de", "0c0d" } } };

  g_test_summary ("The same as an independent program makes");
  assert_proof (KEY, &handshake, CONFSYNC_SIDE_DIALLER, DIALLER_PROOF);
  assert_proof (KEY, &handshake, CONFSYNC_SIDE_LISTENER, LISTENER_PROOF);
  assert_proof (OTHER_KEY, &handshake, CONFSYNC_SIDE_DIALLER, OTHER_DIALLER_PROOF);
  assert_proof (KEY, &odd, CONFSYNC_SIDE_DIALLER, ODD_PROOF);
}

static void
refuse_other (ConfsyncKey *key, const ConfsyncHandshake *other)
{
  g_assert_false (confsync_key_accepts (key, other, CONFSYNC_SIDE_DIALLER, DIALLER_PROOF));
}

static void
test_bound (void)
{
  g_autoptr (ConfsyncKey) key = make_key (KEY);
  g_autofree char *bad = g_strdup (DIALLER_PROOF);

  g_test_summary ("A proof is for one side of one link, whole, and changed in no bit");
  for (guint i = 0; i < 2; i++)
    {
      ConfsyncHandshake other = handshake;

      other.parties[i].id = "hal";
      refuse_other (key, &other);
      other = handshake;
      other.parties[i].session = "c0df";
      refuse_other (key, &other);
      other = handshake;
      other.parties[i].nonce = "0c0d0";
      refuse_other (key, &other);
    }
  /* swapped, and with a letter that went from one field to the next */
  refuse_other (key, &(ConfsyncHandshake) { { handshake.parties[1], handshake.parties[0] } });
  refuse_other (key,
                &(ConfsyncHandshake) { { { "attic5", "e55", "0a0b" }, handshake.parties[1] } });
  refuse_other (key,
                &(ConfsyncHandshake) { { { "attic", "5e550", "a0b" }, handshake.parties[1] } });
  /* reflected */
  g_assert_false (confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_DIALLER, LISTENER_PROOF));
  g_assert_false (confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_LISTENER, DIALLER_PROOF));
  for (gsize i = 0; i < strlen (bad); i++)
    {
      bad[i] ^= 1;
      g_assert_false (confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_DIALLER, bad));
      bad[i] ^= 1;
    }
  g_assert_true (confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_DIALLER, bad));
  bad[63] = '\0';
  g_assert_false (confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_DIALLER, bad));
  g_assert_false (confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_DIALLER, ""));
  g_assert_false (
    confsync_key_accepts (key, &handshake, CONFSYNC_SIDE_DIALLER, DIALLER_PROOF "0"));
}

static void
test_two (void)
{
  static const char *const texts[] = {
    KEY "\n" OTHER_KEY "\n",
    KEY "," OTHER_KEY,
    "# ours\n\n  " KEY "\t# the new one\r\n" OTHER_KEY " # the old one",
  };

  g_test_summary ("Two keys: the first one is proven, both are accepted");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (ConfsyncKey) both = make_key (texts[i]);

      assert_proof (texts[i], &handshake, CONFSYNC_SIDE_DIALLER, DIALLER_PROOF);
      g_assert_true (
        confsync_key_accepts (both, &handshake, CONFSYNC_SIDE_DIALLER, OTHER_DIALLER_PROOF));
      g_assert_false (
        confsync_key_accepts (both, &handshake, CONFSYNC_SIDE_DIALLER, LISTENER_PROOF));
    }
}

static void
test_texts (void)
{
  g_autofree char *upper = g_ascii_strup (KEY, -1);
  static const struct
  {
    const char *text;
    const char *said;
  } cases[] = {
    { "", "there is no key in it" },
    { " \n# only a remark: " KEY "\n", "there is no key in it" },
    { "secret", "another length" },
    { KEY "0", "another length" },
    { KEY KEY, "another length" },
    { KEY "\n" KEY, "both keys are the same" },
    { KEY "\n" OTHER_KEY "\n" THIRD_KEY, "more than two keys" },
    { KEY "\nwhat is this", "another length" },
    { "0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "other characters" },
    { "0000000000000000000000000000000000000000000000000000000000000000", "anybody would guess" },
    { "abababababababababababababababababababababababababababababababAB", "anybody would guess" },
  };

  g_test_summary ("What is no key is refused in words that have nothing of it in them");
  assert_proof (upper, &handshake, CONFSYNC_SIDE_DIALLER, DIALLER_PROOF);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (confsync_key_new (cases[i].text, &error));
      g_assert_error (error, CONFSYNC_ERROR, CONFSYNC_ERROR_INVALID_OPTION);
      g_assert_nonnull (strstr (error->message, cases[i].said));
      g_assert_nonnull (strstr (error->message, "confsync keygen --shared"));
      g_assert_null (strstr (error->message, "0102"));
      g_assert_null (strstr (error->message, "secret"));
      g_assert_null (strstr (error->message, "what is this"));
    }
}

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_temp_dir ();
  fixture->path = g_build_filename (fixture->folder, "home.key", NULL);
  test_write_file (fixture->path, KEY "\n");
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  test_remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
assert_refused (const char *path, gboolean credential, const char *said)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (confsync_key_file_read (path, credential, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, said));
  g_assert_nonnull (strstr (error->message, path));
}

static void
assert_read (const char *path, gboolean credential)
{
  g_autoptr (GError) error = NULL;
  g_auto (ConfsyncSecret) text = confsync_key_file_read (path, credential, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, KEY "\n");
}

static void
test_modes (Fixture *fixture, gconstpointer data)
{
  const int good[] = { 0600, 0400 }, bad[] = { 0640, 0604, 0644, 0620, 0602, 0610, 0601, 0666 };

  g_test_summary ("A file that others may touch is refused by its mode; a credential may have an "
                  "access list in the bits of the group");
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_cmpint (g_chmod (fixture->path, good[i]), ==, 0);
      assert_read (fixture->path, FALSE);
      assert_read (fixture->path, TRUE);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *mode = g_strdup_printf ("(mode %04o): chmod 600", bad[i]);

      g_assert_cmpint (g_chmod (fixture->path, bad[i]), ==, 0);
      assert_refused (fixture->path, FALSE, mode);
      if (bad[i] != 0640)
        assert_refused (fixture->path, TRUE, mode);
    }
  g_assert_cmpint (g_chmod (fixture->path, 0440), ==, 0);
  assert_read (fixture->path, TRUE);
}

static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *pipe = g_build_filename (fixture->folder, "pipe", NULL);
  g_autofree char *large = g_strnfill (5000, '#');

  g_test_summary ("No link is followed, no pipe waited for, nothing large or odd read");
  g_assert_cmpint (symlink (fixture->path, link), ==, 0);
  assert_refused (link, FALSE, "is a symlink");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (pipe, FALSE, "is no regular file");
  assert_refused (fixture->folder, FALSE, "is no regular file");
  g_assert_cmpint (g_unlink (link), ==, 0);
  assert_refused (link, FALSE, "can't be read: No such file");
  test_write_file (fixture->path, large);
  assert_refused (fixture->path, FALSE, "more than 4096 bytes");
  g_assert_true (g_file_set_contents (fixture->path, KEY "\0" OTHER_KEY, 129, NULL));
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  assert_refused (fixture->path, FALSE, "it is no text");
}

static void
test_owner (Fixture *fixture, gconstpointer data)
{
  g_test_summary ("A file of another user is refused");
  if (geteuid () != 0)
    {
      g_test_skip ("only root can give a file away");
      return;
    }
  g_assert_cmpint (chown (fixture->path, 65534, 65534), ==, 0);
  assert_refused (fixture->path, FALSE, "belongs to user 65534; it must be yours or root's");
  assert_refused (fixture->path, TRUE, "belongs to user 65534; it must be yours or root's");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/key/vectors", test_vectors);
  g_test_add_func ("/key/bound", test_bound);
  g_test_add_func ("/key/two", test_two);
  g_test_add_func ("/key/texts", test_texts);
  g_test_add ("/key/file/modes", Fixture, NULL, setup, test_modes, teardown);
  g_test_add ("/key/file/kinds", Fixture, NULL, setup, test_kinds, teardown);
  g_test_add ("/key/file/owner", Fixture, NULL, setup, test_owner, teardown);
  return g_test_run ();
}
