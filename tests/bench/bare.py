"""Lower bounds of polling: nothing but reads of the same three blocks, one task an analyzer at its own phase."""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from pymodbus.client import AsyncModbusTcpClient

from enforcer.pac3220.blocks import ENERGY, INSTANT, STATE, Block

BLOCKS = (INSTANT, STATE, ENERGY)
HOST = "127.0.0.1"
REQUEST = struct.Struct(">HHHBBHH")
HEADER_BYTES = 6
SETTLED_PERIODS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How many analyzers from which port on, how many periods of what length are measured."""

    analyzers: int
    port_base: int
    periods: int
    period_s: float


Sweep = Callable[[int], Awaitable[tuple[Callable[[], Awaitable[None]], Callable[[], None]]]]
"""Connects to a port; answers what reads the blocks once, and what closes the connection."""


def pymodbus_ms(rounds: Rounds) -> float:
    """Processor time a period of pymodbus' own client, in milliseconds."""
    return asyncio.run(_measure(rounds, _by_pymodbus))


def asyncio_ms(rounds: Rounds) -> float:
    """Processor time a period of hand-packed frames over asyncio's own protocol, in milliseconds."""
    return asyncio.run(_measure(rounds, _by_hand))


async def _measure(rounds: Rounds, connect: Sweep) -> float:
    # As the poller does: without it glibc maps and unmaps each of asyncio's receive buffers anew, or not, by chance.
    bytearray(1 << 20)
    loop = asyncio.get_running_loop()
    began = loop.time() + 2.0

    async def poll(number: int) -> None:
        sweep, close = await connect(rounds.port_base + number)
        for period in range(rounds.periods + SETTLED_PERIODS):
            due = began + (period + number / rounds.analyzers) * rounds.period_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            await sweep()
        close()

    tasks = [asyncio.create_task(poll(number)) for number in range(rounds.analyzers)]
    await asyncio.sleep(began + rounds.period_s - loop.time())
    spent_s = time.process_time()
    await asyncio.sleep(rounds.periods * rounds.period_s)
    spent_s = time.process_time() - spent_s
    await asyncio.gather(*tasks)
    return spent_s * 1000 / rounds.periods


async def _by_pymodbus(port: int) -> tuple[Callable[[], Awaitable[None]], Callable[[], None]]:
    client = AsyncModbusTcpClient(HOST, port=port, timeout=1.0, retries=0, reconnect_delay=0)
    await client.connect()

    async def sweep() -> None:
        for block in BLOCKS:
            await client.read_holding_registers(block.first, count=block.count)

    return sweep, client.close


async def _by_hand(port: int) -> tuple[Callable[[], Awaitable[None]], Callable[[], None]]:
    transport, wire = await asyncio.get_running_loop().create_connection(_Wire, HOST, port)

    async def sweep() -> None:
        for block in BLOCKS:
            await wire.read(block)

    return sweep, transport.close


class _Wire(asyncio.Protocol):
    """One connection, one request at a time; an answer is whole when its header says so."""

    def __init__(self) -> None:
        self._received = b""
        self._transaction = 0
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) < HEADER_BYTES:
            return
        whole = HEADER_BYTES + int.from_bytes(self._received[4:6], "big")
        if len(self._received) >= whole and self._answer is not None:
            answer, self._received = self._received[:whole], self._received[whole:]
            with suppress(asyncio.InvalidStateError):
                self._answer.set_result(answer)

    async def read(self, block: Block) -> bytes:
        """The bytes of the block."""
        assert self._transport is not None, "connected before it reads"
        self._transaction = (self._transaction + 1) & 0xFFFF
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(REQUEST.pack(self._transaction, 0, 6, 1, 3, block.first, block.count))
        async with asyncio.timeout(1.0):
            answer = await self._answer
        return answer[HEADER_BYTES + 3 :]
