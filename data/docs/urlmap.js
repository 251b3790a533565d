// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Where the names of other libraries lead.
baseURLs = [
  ['GLib', 'https://docs.gtk.org/glib/'],
  ['GObject', 'https://docs.gtk.org/gobject/'],
  ['Gio', 'https://docs.gtk.org/gio/'],
  ['Json', 'https://gnome.pages.gitlab.gnome.org/json-glib/'],
]
