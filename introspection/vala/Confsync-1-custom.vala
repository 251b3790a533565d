// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// What takes or gives a node of json-glib, and what a class may leave out, for Vala; see
// Confsync-1.metadata.

namespace Confsync {
  public class Json {
    public Json.from_node (global::Json.Node node) throws GLib.Error;
    public global::Json.Node to_node () throws GLib.Error;
  }
  public class Document {
    public Document.from_node (global::Json.Node node) throws GLib.Error;
    public unowned global::Json.Node get_root () throws GLib.Error;
    public global::Json.Node dup_value (string pointer) throws GLib.Error;
  }
  public class Manager : GLib.Object {
    public global::Json.Node get_value (string pointer) throws GLib.Error;
    public async bool set_value_async (string pointer, global::Json.Node value, GLib.Cancellable? cancellable) throws GLib.Error;
  }
  public interface Resolver : GLib.Object {
    public virtual bool needs_base ();
  }
}
