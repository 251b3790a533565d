# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Who may come in, whom we trust, and what is recorded: from the environment, and else from an
# add-on's options, by the names that `confsync run` has for them. No error has a secret in it.
"""The options of a node that are about security."""

from . import settings
from .library import Confsync, GLib

FLAGS = ('allow_unauthenticated', 'allow_legacy_peers', 'allow_local_users', 'allow_public',
         'rate_limit_whitelist_local')
NUMBERS = ('rate_limit_requests_per_minute', 'rate_limit_block_duration')
# short names that the environment knows as well
ALIASES = {'rate_limit_requests_per_minute': 'rate_limit'}


class Options:
    """Values by name, the environment's first; each comes with the place that an error names."""

    def __init__(self, addon_options):
        self._given = dict(addon_options)

    def find(self, name):
        for each in (name, ALIASES.get(name)):
            variable, value = settings.find(each.upper()) if each else (None, None)
            if value is not None:
                return variable, value
        value = self._given.get(name)
        return f'options: {name}', None if value == '' else value

    def text(self, name):
        place, value = self.find(name)
        if value is not None and not isinstance(value, str):
            raise ValueError(f'{place}: it is no text')
        return value

    def flag(self, name):
        place, value = self.find(name)
        if value is None or isinstance(value, bool):
            return value
        if str(value).lower() not in settings.TRUE + settings.FALSE:
            raise ValueError(f'{place}: say true or false')
        return str(value).lower() in settings.TRUE

    def number(self, name, least, most):
        place, value = self.find(name)
        if value is None:
            return None
        text = str(value)
        if isinstance(value, bool) or not text.isascii() or not text.isdigit() or \
                not least <= int(text) <= most:
            raise ValueError(f'{place}: it is not a number from {least} to {most}')
        return int(text)

    def texts(self, name):
        place, value = self.find(name)
        if isinstance(value, str):
            value = [text.strip() for text in value.split(',') if text.strip()]
        if value is not None and not all(isinstance(text, str) for text in value):
            raise ValueError(f'{place}: it is not a list of texts')
        return value or []


def name_place(options, name, error):
    error.message = f'{options.find(name)[0]}: {error.message}'
    return error


def give_key(node, options):
    """The key that all instances share: what the system has for us is stronger than an add-on."""
    node.load_key()
    if node.has_key():
        return
    name = 'sync_key' if options.text('sync_key') is not None else 'key_file'
    value = options.text(name)
    if value is None:
        return
    if name == 'sync_key' and options.text('key_file') is not None:
        raise ValueError('options: key_file and sync_key both give a key; keep one of them')
    try:
        (node.set_key if name == 'sync_key' else node.load_key_file)(value)
    except GLib.Error as error:
        raise name_place(options, name, error) from None


def load_tls(options):
    """Who we are and whom we trust on wss://."""
    tls = Confsync.Tls.new()
    certificate, key = options.text('tls_certificate'), options.text('tls_private_key')
    if (certificate is None) != (key is None):
        raise ValueError('tls_certificate and tls_private_key go together')
    if certificate is not None:
        tls.load_identity(certificate, key)
    if options.text('tls_ca') is not None:
        tls.load_ca(options.text('tls_ca'))
    for pin in options.texts('tls_pin'):
        try:
            tls.add_pin(pin)
        except GLib.Error as error:
            raise name_place(options, 'tls_pin', error) from None
    return tls


def apply(node, addon_options):
    """Has a node heed them; ValueError and GLib.Error name what can't be."""
    options = Options(addon_options)
    for name in FLAGS:
        value = options.flag(name)
        if value is not None:
            node.set_property(name.replace('_', '-'), value)
    for name in NUMBERS:
        spec = node.find_property(name.replace('_', '-'))
        value = options.number(name, spec.minimum, spec.maximum)
        if value is not None:
            node.set_property(spec.name, value)
    node.set_property('tls', load_tls(options))
    give_key(node, options)
    if options.text('audit_file') is not None:
        node.set_audit_file(options.text('audit_file'))
