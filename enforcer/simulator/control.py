"""The control port: lines of text in, lines of text out, for people and tests that steer the simulated site."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from enforcer.simulator.commands import obey
from prepaid.errors.simulator import PortTaken

if TYPE_CHECKING:
    from enforcer.simulator.run import Simulator

HOST = "127.0.0.1"
MAX_LINE = 1024
MAX_CLIENTS = 16
IDLE_S = 600.0


class ControlPort:
    """Answers each line; the last line of an answer begins with "ok" or "error"."""

    def __init__(self, simulator: "Simulator", port: int) -> None:
        self.simulator = simulator
        self.port = port
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listens on 127.0.0.1, on a free port when the port is 0."""
        try:
            self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=MAX_LINE)
        except OSError as error:
            raise PortTaken(host=HOST, port=self.port, why=error.strerror or error) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Ends the conversations."""
        if self._server is not None:
            self._server.close()
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio serves each client in a task"
        self._clients.add(task)
        try:
            while len(self._clients) <= MAX_CLIENTS:
                line = await asyncio.wait_for(reader.readline(), IDLE_S)
                if not line:
                    break
                writer.write(f"{await obey(self.simulator, line.decode('utf-8', 'replace'))}\n".encode())
                await writer.drain()
        except (OSError, ValueError, TimeoutError, asyncio.CancelledError):
            pass  # gone, a line too long, silent for too long, or the simulator stops
        finally:
            self._clients.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
