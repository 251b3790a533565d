# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# Stores, resolvers, transports, watchers and links written in Python. What is mended here is what
# PyGObject leaves to the author of a class: an exception in a virtual function, which would leave
# the engine waiting, and a subclass that changes its parent.
"""The interfaces of Confsync as Python classes implement them."""

import functools
import sys
import traceback

from gi.repository import Gio, GLib

from ..module import get_introspection_module
from ..overrides import override

Confsync = get_introspection_module('Confsync')


def new_error(code, message):
    """An exception that others know by its code: Confsync.new_error(Confsync.Error.NOT_FOUND, '…')
    """
    return GLib.Error.new_literal(Confsync.error_quark(), message, code)


def to_error(error, what):
    """The GLib.Error that tells of an exception. What Python raises for what isn't there, and what
    the system refuses, is known by a code; anything else is a fault of the class."""
    if isinstance(error, GLib.Error):
        return error
    if isinstance(error, OSError) and error.errno:
        return GLib.Error.new_literal(Gio.io_error_quark(), str(error),
                                      Gio.io_error_from_errno(error.errno))
    if isinstance(error, LookupError):
        return new_error(Confsync.Error.NOT_FOUND, f'{what}: there is no {error}')
    return new_error(Confsync.Error.PLUGIN, f'{what}: {type(error).__name__}: {error}')


def report(error, what):
    """Tells the author of a class where an exception came from that is no answer."""
    if not isinstance(error, (GLib.Error, OSError, LookupError)):
        print(f'{what} failed:', file=sys.stderr)
        traceback.print_exception(error)


def _find_task(arguments):
    return next((one for one in arguments if isinstance(one, Gio.Task)), None)


def ends_task(function, what):
    """For functions that are given a task: an exception ends it."""
    @functools.wraps(function)
    def wrapper(self, *arguments):
        try:
            return function(self, *arguments)
        except Exception as error:
            report(error, what)
            Confsync.task_break_off(_find_task(arguments), to_error(error, what))
    return wrapper


def declines(function, what):
    """For resolvers: an exception declines."""
    @functools.wraps(function)
    def wrapper(self, conflict):
        try:
            return function(self, conflict)
        except Exception as error:
            report(error, what)
            conflict.decline(to_error(error, what).message)
    return wrapper


def raises(function, what):
    """For functions that may fail: whatever is raised arrives as an error."""
    @functools.wraps(function)
    def wrapper(self, *arguments):
        try:
            return function(self, *arguments)
        except Exception as error:
            report(error, what)
            raise to_error(error, what) from error
    return wrapper


def refuses(function, what):
    """For validators: an exception is a refusal, and nothing said is none. The message of a
    ValueError is the reason; anything else is a fault of the class."""
    @functools.wraps(function)
    def wrapper(self, document):
        try:
            answer = function(self, document)
        except ValueError as error:
            raise new_error(Confsync.Error.REFUSED, str(error)) from error
        except Exception as error:
            report(error, what)
            raise new_error(Confsync.Error.REFUSED, to_error(error, what).message) from error
        if isinstance(answer, str):
            raise new_error(Confsync.Error.REFUSED, answer)
        return answer is None or bool(answer)
    return wrapper


def gives_reason(callback):
    """For handlers of Manager::validate: an exception is a reason, too."""
    what = f'a handler of validate, {callback!r},'

    @functools.wraps(callback)
    def wrapper(*arguments):
        try:
            reason = callback(*arguments)
        except ValueError as error:
            return str(error)
        except Exception as error:
            report(error, what)
            return to_error(error, what).message
        return None if reason is None else str(reason)
    return wrapper


def closes(function, what):
    """For links: an exception is the end of the link."""
    @functools.wraps(function)
    def wrapper(self, *arguments):
        try:
            return function(self, *arguments)
        except Exception as error:
            report(error, what)
            self.emit_closed(to_error(error, what))
    return wrapper


def _guard(cls, guards):
    for name, guard in guards.items():
        function = cls.__dict__.get(name)
        if function is not None:
            setattr(cls, name, guard(function, f'{cls.__name__}.{name}'))


def _implement(interface, cls, guards):
    """Prepares a class before PyGObject makes a type of it. A subclass that overrides a function
    without naming the interface again would overwrite its parent's."""
    _guard(cls, guards)
    if interface not in cls.__bases__ and any(name in cls.__dict__ for name in guards):
        cls.__bases__ = (*cls.__bases__, interface)


class Store(Confsync.Store):
    __module__ = 'gi.overrides.Confsync'

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _implement(Store, cls, dict.fromkeys(
            ('do_load', 'do_save', 'do_save_version', 'do_list_versions', 'do_get_version',
             'do_acknowledge', 'do_load_state', 'do_save_state'), ends_task))


Store = override(Store)


class Resolver(Confsync.Resolver):
    __module__ = 'gi.overrides.Confsync'

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _implement(Resolver, cls, {'do_resolve': declines})


Resolver = override(Resolver)


class Transport(Confsync.Transport):
    __module__ = 'gi.overrides.Confsync'

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _implement(Transport, cls, {'do_get_schemes': raises, 'do_listen': ends_task,
                                    'do_dial': raises})


Transport = override(Transport)


class Watcher(Confsync.Watcher):
    __module__ = 'gi.overrides.Confsync'

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _implement(Watcher, cls, {'do_start': raises})


Watcher = override(Watcher)


class Validator(Confsync.Validator):
    __module__ = 'gi.overrides.Confsync'

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _implement(Validator, cls, {'do_validate': refuses})


Validator = override(Validator)


class Manager(Confsync.Manager):
    __module__ = 'gi.overrides.Confsync'

    def connect(self, signal, callback, *arguments):
        """As of any object; see gives_reason()."""
        if signal == 'validate':
            callback = gives_reason(callback)
        return super().connect(signal, callback, *arguments)

    def connect_after(self, signal, callback, *arguments):
        if signal == 'validate':
            callback = gives_reason(callback)
        return super().connect_after(signal, callback, *arguments)


Manager = override(Manager)


class Channel(Confsync.Channel):
    __module__ = 'gi.overrides.Confsync'

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _guard(cls, {'do_send': closes, 'do_close': closes})

    def emit_closed(self, error=None):
        """As in C; any exception will do."""
        if error is None:
            self.emit_ended()
        else:
            super().emit_closed(to_error(error, type(self).__name__))


Channel = override(Channel)

__all__ = ['Channel', 'Manager', 'Resolver', 'Store', 'Transport', 'Validator', 'Watcher',
           'new_error']
