"""Any number of quick analyzers behind one port, in a process of their own: `python -m tests.enforcer.fleet`.

Prints its port and serves until its input ends. Answers are made beforehand, so that it never is the bottleneck.
"""

import asyncio
import struct
import sys

from tests.enforcer.pac3220.test_decode import ENERGY_DUMP, IDENTITY_DUMP, INSTANT_DUMP, PHASES_DUMP, STATE_DUMP

ANSWERS = {
    struct.pack(">HH", first, len(dump) // 2): struct.pack(">HBBB", 3 + len(dump), 1, 3, len(dump)) + dump
    for first, dump in (
        (1, INSTANT_DUMP),
        (203, STATE_DUMP),
        (801, ENERGY_DUMP),
        (841, PHASES_DUMP),
        (64001, IDENTITY_DUMP),
    )
}


class Answering(asyncio.Protocol):
    """One connection; reads come whole, one at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data[:4] + ANSWERS[data[8:12]])


async def serve() -> None:
    loop = asyncio.get_running_loop()
    bytearray(1 << 20)  # see enforcer/poll.py
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
