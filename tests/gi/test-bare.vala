// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// That Vala can use what vapigen makes: values, errors, nodes of json-glib, a resolver of one's own
// and a running manager.

class Ours : Object, Confsync.Resolver {
  public void resolve (Confsync.Conflict conflict) {
    conflict.take_local ();
  }
}

class Forgetful : Object, Confsync.Resolver {
  public void resolve (Confsync.Conflict conflict) {
    conflict.add_overruled ("/a");
    conflict.take_remote ();
  }

  public bool needs_base () {
    return false;
  }
}

Confsync.Document document (string text) throws Error {
  return new Confsync.Document (new Bytes (text.data), null);
}

void test_values () throws Error {
  var json = document ("{\"b\": [1, \"x\"], \"a\": null}").get_json ();
  var node = document ("{\"n\": 3}").dup_value ("/n");

  assert (json.lookup ("/b/1").dup_string () == "x");
  assert (node.get_int () == 3);
  assert (new Confsync.Json.from_node (node).get_kind () == Confsync.JsonKind.INTEGER);
  assert (new Ours ().needs_base ());
  assert (!new Forgetful ().needs_base ());
}

void test_errors () {
  try {
    document ("[]");
    assert_not_reached ();
  } catch (Confsync.Error.INVALID_DOCUMENT error) {
  } catch (Error error) {
    assert_not_reached ();
  }
}

async void run_manager () throws Error {
  var manager = (Confsync.Manager) Object.@new (typeof (Confsync.Manager),
    store: new Confsync.MemoryStore (), resolver: new Ours ());
  uint seen = 0;

  manager.changed.connect (() => seen++);
  yield manager.start_async (null);
  yield manager.set_document_async (document ("{\"a\": 1}"), Confsync.EditFlags.NONE, null);
  yield manager.set_value_async ("/a", document ("{\"n\": 3}").dup_value ("/n"), null);
  assert (manager.get_value ("/a").get_int () == 3);
  yield manager.stop_async (null);
  assert (seen == 2);
}

void test_manager () throws Error {
  var loop = new MainLoop ();
  Error? failure = null;

  run_manager.begin ((object, result) => {
    try {
      run_manager.end (result);
    } catch (Error error) {
      failure = error;
    }
    loop.quit ();
  });
  loop.run ();
  if (failure != null)
    throw failure;
}

int main () {
  print ("1..3\n");
  try {
    test_values ();
    print ("ok 1 values\n");
    test_errors ();
    print ("ok 2 errors\n");
    test_manager ();
    print ("ok 3 manager\n");
  } catch (Error error) {
    print ("Bail out! %s\n", error.message);
    return 1;
  }
  return 0;
}
