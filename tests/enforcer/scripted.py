"""A PAC3220 made of bytes: it answers honestly from its registers, unless a script does something else."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from tests.enforcer.pac3220.test_decode import ENERGY_DUMP, IDENTITY_DUMP, INSTANT_DUMP, PHASES_DUMP, STATE_DUMP

T = TypeVar("T")
SERIAL_NUMBER = "LQN/123456789"


def registers_of_a_pac3220() -> dict[int, int]:
    """The dumps of the decoder's tests, at their offsets, and the settings of a switchable device."""
    registers: dict[int, int] = {}
    for first, dump in (
        (1, INSTANT_DUMP),
        (203, STATE_DUMP),
        (801, ENERGY_DUMP),
        (841, PHASES_DUMP),
        (64001, IDENTITY_DUMP),
        (50001, bytes.fromhex("00000000 00000000 00000190 00000190")),
        (50011, bytes.fromhex("000000fa 00000005")),
        (50023, bytes.fromhex("00000000 00000002")),
        (51711, bytes.fromhex("0000 0002")),
        (51718, bytes.fromhex("0000")),
        (51720, bytes.fromhex("0000 0000")),
        (51727, bytes.fromhex("0000")),
        (60006, bytes.fromhex("0000 0000 0000 0000")),
    ):
        for number, value in enumerate(struct.unpack(f">{len(dump) // 2}H", dump)):
            registers[first + number] = value
    return registers


@dataclass(kw_only=True)
class Call:
    """One question that arrived, and when; `connection` and `number` count from 1."""

    analyzer: "ScriptedAnalyzer"
    writer: asyncio.StreamWriter
    frame: bytes
    connection: int
    number: int
    at_s: float

    @property
    def address(self) -> int:
        return int.from_bytes(self.frame[8:10], "big")

    def honest(self) -> bytes:
        """The right answer, as the device would give it."""
        return self.analyzer.answer(self.frame)

    def exception(self, code: int) -> bytes:
        head = self.frame[:4] + bytes([0, 3, self.frame[6], self.frame[7] | 0x80])
        return head + bytes([code])

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def reset(self) -> None:
        """Breaks the connection with a reset instead of an end."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def end(self) -> None:
        self.writer.close()


Script = Callable[[Call], Awaitable[None]]


async def honestly(call: Call) -> None:
    call.send(call.honest())


async def silently(call: Call) -> None:
    """Takes the question and never answers."""


@dataclass(kw_only=True)
class ScriptedAnalyzer:
    """Listens on its own port of 127.0.0.1 while its `async with` lasts."""

    script: Script = honestly
    accepts: Callable[[int], bool] = lambda _connection: True
    registers: dict[int, int] = field(default_factory=registers_of_a_pac3220)
    port: int = 0
    connections: int = 0
    open_now: int = 0
    open_at_most: int = 0
    resets: int = 0
    calls: list[Call] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def addresses(self) -> list[int]:
        return [call.address for call in self.calls]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for call in self.calls:
            call.writer.transport.abort()
        await eventually(lambda: self.open_now == 0)

    def answer(self, frame: bytes) -> bytes:
        function, address, value = struct.unpack(">BHH", frame[7:12])
        body = bytes([function | 0x80, 2])
        if function in (3, 4) and all(address + i in self.registers for i in range(value)):
            words = [self.registers[address + i] for i in range(value)]
            body = struct.pack(f">BB{value}H", function, 2 * value, *words)
        elif function == 6 and address in self.registers:
            self.registers[address] = value
            body = frame[7:12]
        elif function == 16 and address in self.registers:
            for i, word in enumerate(struct.unpack(f">{value}H", frame[13:])):
                self.registers[address + i] = word
            body = frame[7:12]
        return frame[:4] + struct.pack(">HB", 1 + len(body), frame[6]) + body

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.open_at_most = max(self.open_at_most, self.open_now)
        connection, number = self.connections, 0
        try:
            while self.accepts(connection):
                head = await reader.readexactly(6)
                frame = head + await reader.readexactly(int.from_bytes(head[4:], "big"))
                number += 1
                call = Call(
                    analyzer=self,
                    writer=writer,
                    frame=frame,
                    connection=connection,
                    number=number,
                    at_s=asyncio.get_running_loop().time(),
                )
                self.calls.append(call)
                await self.script(call)
        except asyncio.IncompleteReadError:
            pass
        except ConnectionError:
            self.resets += 1
        finally:
            self.open_now -= 1
            writer.close()


async def eventually(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Waits until the condition holds; fails when it does not within the time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


async def _end_of_others() -> None:
    await eventually(lambda: asyncio.all_tasks() == {asyncio.current_task()})


class LoopThread:
    """An event loop of its own for analyzers, while another thread polls them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="analyzers")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(_end_of_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def run(self, work: Coroutine[None, None, T], within_s: float = 10.0) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)
