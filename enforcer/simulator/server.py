"""Real sockets: each device on its own port of 127.0.0.1, at most 3 connections, faults of the link included."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final, cast

from enforcer.simulator.device import RESTART_S, SimulatedAnalyzer
from enforcer.simulator.faults import EXCEPTION_CODES, Fault
from enforcer.simulator.frames import BrokenFrame, Code, Frame, answer, refusal, take_frames, wrap, writes
from enforcer.simulator.listener import Listener
from prepaid.clock import Clock

MAX_CONNECTIONS = 3
MAX_WAITING = 64
"""Requests that one connection may have on the way before it is reset."""
SLOW_S = 3.0
RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)
Witness = Callable[[SimulatedAnalyzer, int, bytes], None]
"""Told of a request before it is answered: whose it is, the port at its other end, its PDU."""
SILENT = frozenset({Fault.HALF_OPEN, Fault.BLACKHOLE})
DEAF = frozenset({Fault.DEAD, Fault.BLACKHOLE})


class Endpoint:
    """The network side of one device: its port and its connections."""

    def __init__(self, analyzer: SimulatedAnalyzer, clock: Clock, answer_delay_s: float) -> None:
        self.analyzer = analyzer
        self.clock = clock
        self.answer_delay_s = answer_delay_s
        self.requests = 0
        self.witness: Witness | None = None
        self.connections: set[Connection] = set()
        description = analyzer.description
        self._listener = Listener(description.host, description.port, lambda: Connection(self))
        self._deaf: set[Fault] = set()
        """Why nothing listens."""
        self._waking: asyncio.Task[None] | None = None
        self._restarting: asyncio.Task[None] | None = None

    @property
    def host(self) -> str:
        """Where it really listens."""
        return self._listener.host

    @property
    def port(self) -> int:
        """Where it really listens: never 0 once it is open."""
        return self._listener.port

    async def open(self) -> None:
        """Listens, on a free port when the port is 0."""
        await self._listener.listen()

    async def close(self) -> None:
        """Resets all connections and gives the port back."""
        if self._restarting is not None:
            await self._restarting
        await self._stop_waking()
        await self._listener.close()
        self.drop_connections()

    async def adapt(self) -> None:
        """Listens, or not, as the faults of the device say."""
        wanted = self.analyzer.faults & DEAF
        if wanted == self._deaf or self._waking is not None:
            return
        self._deaf = wanted
        if Fault.BLACKHOLE in wanted:
            await self._listener.swallow()
        elif Fault.DEAD in wanted:
            await self._listener.refuse()
            self.drop_connections()
        else:
            await self._listener.listen()

    async def restart(self) -> None:
        """The device goes away now and comes back after a moment."""
        await self._stop_waking()
        self._deaf = {Fault.RESTART}
        await self._listener.refuse()
        self.drop_connections()
        self._waking = asyncio.create_task(self._wake())

    def is_away(self) -> bool:
        """Dead or restarting: a connection that was on its way to be accepted ends as well."""
        return Fault.DEAD in self.analyzer.faults or Fault.RESTART in self._deaf

    def drop_connections(self) -> None:
        """Resets all connections."""
        for connection in list(self.connections):
            connection.reset()

    def answer(self, pdu: bytes) -> bytes:
        """What the device answers now."""
        self.requests += 1
        analyzer = self.analyzer
        faults = analyzer.faults
        if faults:
            for fault in faults & EXCEPTION_CODES.keys():
                return refusal(pdu, EXCEPTION_CODES[fault])
            if writes(pdu) and Fault.REFUSE_WRITES in faults:
                return refusal(pdu, Code.ILLEGAL_ADDRESS)
            if writes(pdu) and Fault.IGNORE_WRITES in faults:
                return pdu[:5]
        analyzer.advance(self.clock.monotonic())
        restarts = analyzer.restarts
        answered = answer(pdu, analyzer)
        if analyzer.restarts != restarts:
            self._restarting = asyncio.create_task(self.restart())
        return answered

    async def _wake(self) -> None:
        await asyncio.sleep(RESTART_S)
        self._waking = None
        await self.adapt()

    async def _stop_waking(self) -> None:
        if self._waking is not None:
            self._waking.cancel()
            await asyncio.gather(self._waking, return_exceptions=True)
            self._waking = None


class Connection(asyncio.Protocol):
    """One Modbus TCP connection; answers leave in the order of the requests, each after the device's delay."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._transport: asyncio.Transport
        self._peer_port = 0
        self._received = bytearray()
        self._free_at = 0.0
        self._waiting = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        _host, self._peer_port, *_rest = transport.get_extra_info("peername") or ("", 0)  # None: it is gone already
        if len(self.endpoint.connections) >= MAX_CONNECTIONS or self.endpoint.is_away():
            self._transport.abort()
            return
        self.endpoint.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.endpoint.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        if self.endpoint.analyzer.faults & SILENT:
            return
        self._received += data
        try:
            frames = take_frames(self._received)
        except BrokenFrame:
            self.reset()
            return
        for frame in frames:
            self._answer(frame)

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def reset(self) -> None:
        """Ends the connection with a reset instead of a farewell."""
        raw = self._transport.get_extra_info("socket")
        if raw is not None and not self._transport.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        self._transport.abort()

    def _answer(self, frame: Frame) -> None:
        faults = self.endpoint.analyzer.faults
        if self.endpoint.witness is not None:
            self.endpoint.witness(self.endpoint.analyzer, self._peer_port, frame.pdu)
        answered = self.endpoint.answer(frame.pdu)
        transaction = frame.transaction ^ 1 if Fault.WRONG_TRANSACTION in faults else frame.transaction
        raw = wrap(Frame(transaction, frame.unit, answered))
        delay_s = SLOW_S if Fault.SLOW in faults else self.endpoint.answer_delay_s
        if delay_s or self._waiting:
            self._later(raw, delay_s)
        else:
            self._send(raw)

    def _later(self, raw: bytes, delay_s: float) -> None:
        if self._waiting >= MAX_WAITING:
            self.reset()
            return
        loop = asyncio.get_running_loop()
        self._waiting += 1
        self._free_at = max(self._free_at, loop.time()) + max(delay_s, 1e-6)
        loop.call_at(self._free_at, self._send_waiting, raw)

    def _send_waiting(self, raw: bytes) -> None:
        self._waiting -= 1
        self._send(raw)

    def _send(self, raw: bytes) -> None:
        faults = self.endpoint.analyzer.faults
        if self._transport.is_closing() or faults & SILENT:
            return
        if Fault.RESET_MID_FRAME in faults:
            self._transport.write(raw[: len(raw) // 2])
            self.reset()
        else:
            self._transport.write(raw)


class Fleet:
    """The endpoints of all devices."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        self.endpoints = {endpoint.analyzer.serial_number: endpoint for endpoint in endpoints}

    async def open(self) -> None:
        """All of them listen. When one cannot, close what is open."""
        for endpoint in self.endpoints.values():
            await endpoint.open()

    async def close(self) -> None:
        """Resets everything."""
        for endpoint in self.endpoints.values():
            await endpoint.close()

    def exchange(self, one: str, other: str) -> None:
        """Two devices answer at each other's address from now on, as after an outage that gave out addresses anew."""
        first, second = self.endpoints[one], self.endpoints[other]
        first.analyzer, second.analyzer = second.analyzer, first.analyzer
        self.endpoints[one], self.endpoints[other] = second, first
        for endpoint in (first, second):
            endpoint.drop_connections()
