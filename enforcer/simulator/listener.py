"""A listening port that can also refuse connections, or swallow them without an answer."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from prepaid.errors.simulator import PortTaken

BACKLOG = 64
PATIENCE_S = 1.0
BREATH_S = 0.1
"""The pause after the system refused to accept: out of files, for example."""


class Listener:
    """One port of the machine; it stays taken whatever it does, until `close`."""

    def __init__(self, host: str, port: int, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        self.host = host
        self.port = port
        """With 0 the first use takes a free one."""
        self._make_protocol = make_protocol
        self._closing = asyncio.Event()
        self._accepting: asyncio.Task[None] | None = None
        self._sockets: list[socket.socket] = []

    async def listen(self) -> None:
        """Every connection gets a protocol of its own."""
        await self.close()
        bound = self._bind()
        bound.listen(BACKLOG)
        self._accepting = asyncio.create_task(self._accept(bound))

    async def refuse(self) -> None:
        """Nothing listens: the system refuses connections."""
        await self.close()
        self._bind()

    async def swallow(self) -> None:
        """A queue of length 0 that is full: the system (Linux) drops every attempt to connect."""
        await self.close()
        self._bind().listen(0)
        for _each in range(2):
            filler = socket.socket()
            self._sockets.append(filler)
            filler.setblocking(False)
            filler.connect_ex((self.host, self.port))

    async def close(self) -> None:
        """Gives the port back. Connections already made stay."""
        if self._accepting is not None:
            await self._stop_accepting(self._accepting)
            self._accepting = None
        while self._sockets:
            self._sockets.pop().close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._closing.clear()
        while not self._closing.is_set():
            try:
                accepted, _address = await loop.sock_accept(listening)
                if self._closing.is_set():
                    accepted.close()
                else:
                    await loop.connect_accepted_socket(self._make_protocol, accepted)
            except OSError:
                await asyncio.sleep(BREATH_S)

    async def _stop_accepting(self, accepting: asyncio.Task[None]) -> None:
        """Knocks at the own door: cancelling an accept would lose the connection that it has just got."""
        self._closing.set()
        with socket.socket() as knocking, suppress(OSError, TimeoutError):
            knocking.setblocking(False)
            await asyncio.get_running_loop().sock_connect(knocking, (self.host, self.port))
            await asyncio.wait_for(accepting, PATIENCE_S)
        accepting.cancel()

    def _bind(self) -> socket.socket:
        bound = socket.socket()
        self._sockets.append(bound)
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        try:
            bound.bind((self.host, self.port))
        except OSError as error:
            raise PortTaken(host=self.host, port=self.port, why=error.strerror or error) from error
        self.port = bound.getsockname()[1]
        return bound
