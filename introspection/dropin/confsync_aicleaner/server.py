# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# A server by itself: it passes each update on to the other clients and holds no configuration. It
# speaks as legacy instances do; confsync's own nodes take it for one. Served by a manager, it is
# the node's listener, and this is only how it looks.
"""ConfigSyncServer."""

import logging

from . import settings
from .logs import printable
from .message import decode, encode
from .wire import Event, Opening, Wire

log = logging.getLogger(__name__)


class ConfigSyncServer:
    """WebSocket server for configuration synchronization, at /sync; /health says how it is.

    It is open to this machine only. Others may come in where the environment's CONFSYNC_BIND names
    an address, and CONFSYNC_ALLOW_UNAUTHENTICATED and CONFSYNC_ALLOW_LEGACY_PEERS are true.
    """

    def __init__(self, port=8765, instance_id=None):
        self.port = port
        self.instance_id = instance_id or settings.make_id('instance_')
        self.running = False
        self.clients = set()
        self._owner = None  # the manager whose node listens for us
        self._planned = False
        self._wire = None

    async def start(self):
        """Listens; a port of 0 is one that is free, and is then in port."""
        if self.running and (self._planned or self._wire.is_current()):
            return
        if self._owner is not None and self._owner.plan is not None:
            self._owner.plan.listen = settings.bind_address(self.port)
            self._planned = self.running = True
            return
        await self._start_wire()
        self.running = True

    async def stop(self):
        """Sends everybody away; calling it again does nothing."""
        self.running = self._planned = False
        self.clients.clear()
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _start_wire(self):
        if self._wire is not None:
            self._wire.finish()
        self.clients.clear()
        self._wire = wire = Wire(settings.clean_id(self.instance_id))
        wire.on_accepted = self._accept
        opening = Opening(self._heard)
        try:
            wire.listen(settings.bind_address(self.port), opening, settings.exposed(),
                        settings.legacy_welcome())
            address = await opening.opened()
        except BaseException:
            self._wire = None
            wire.finish()
            raise
        self.took(address)

    def took(self, address):
        """It listens there: the port is a real one."""
        self.port = int(address.rsplit(':', 1)[1].split('/')[0])
        hint = '' if settings.text('BIND') else ', for this machine only: CONFSYNC_BIND is not set'
        log.info('listening on %s%s', address, hint)

    def _heard(self, event, message, text):
        if event == Event.REFUSED:
            log.warning('turned away %s', printable(text))

    def _accept(self, number, where):
        self.clients.add(number)
        log.info('client %s from %s', number, printable(where))

        def heard(event, message, text):
            if event == Event.RECEIVED:
                self._relay(number, message)
            elif event == Event.CLOSED:
                self.clients.discard(number)
                log.info('client %s left%s', number, f': {printable(text)}' if text else '')
        return heard

    def _relay(self, sender, frame):
        try:
            message = decode(frame)
        except ValueError as error:
            log.warning('client %s sent what is no message: %s', sender, printable(error))
            return
        if message.type != 'config_update' or self._wire is None:
            return
        frame = encode(message)
        for number in list(self.clients):
            if number != sender:
                self._wire.send(number, frame)
