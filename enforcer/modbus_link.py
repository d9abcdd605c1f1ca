"""The only file that speaks pymodbus: one connection to one analyzer, its results and exceptions turned into ours.

What pymodbus 3.16 does and this file mends:
- a connection that breaks while a request waits is noticed only by the time-out: here the request ends at once;
- an answer with a wrong transaction or unit is skipped until the time-out, a write's echo and the number of registers
  are not compared: here every answer is held against its question (`frames`);
- after a time-out the connection stays open, so that the late answer meets the next question: here it is reset;
- `connect()` hides why it failed, and that the device closed again at once: here both are told.
"""

import asyncio
import errno
import logging
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from enforcer.frames import NOBODY_BEHIND, Misfit, missing, refusal
from enforcer.pac3220.blocks import IDENTITY, Block
from enforcer.pac3220.decode import Identification, decode_identification
from enforcer.turns import Turns
from prepaid.errors.analyzers import (
    AnalyzerError,
    AnalyzerFull,
    AnalyzerSilent,
    AnalyzerUnreachable,
    FrameHeldBack,
    LinkLost,
    LinkOutOfStep,
)
from prepaid.language import _

FULL_AFTER: Final = 3
"""So many connections in a row that the device closed without a byte mean that its places are taken."""

RECEIVED_AT_MOST: Final = 1 << 18
"""As much as asyncio hands over at once: pymodbus drops what is more than its limit before anybody can look at it."""

# Lingering on, for 0 s: closing sends a reset, and nothing of ours is delivered late. Windows counts in shorts.
_LINGER: Final = "hh" if sys.platform == "win32" else "ii"
RESET_ON_CLOSE: Final = struct.pack(_LINGER, 1, 0)
FAREWELL_ON_CLOSE: Final = struct.pack(_LINGER, 0, 0)

# pymodbus prints whole frames with every error; what went wrong is told by our errors, once.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)


def always() -> bool:
    """Where nobody else can be at work on the device's site."""
    return True


class AnalyzerLink:
    """The one connection to one analyzer. Belongs to the event loop it is connected in.

    Requests go one at a time. A command waits at most for the running request; reads with `polling=True` wait for all
    commands. Whatever breaks the order of questions and answers closes the link with a reset; an exception response
    does not. Nothing is written before `identify` has read the serial number on this very connection, nor when
    `may_write` says no: it is asked last, with nothing more to wait for.
    """

    def __init__(
        self,
        host: str,
        port: int,
        unit_id: int,
        *,
        timeout_s: float = 1.0,
        write_timeout_s: float = 2.0,
        may_write: Callable[[], bool] = always,
    ) -> None:
        self.address = f"{host}:{port}"
        self.identification: Identification | None = None
        self._host, self._port, self._unit_id = host, port, unit_id
        self._timeout_s, self._write_timeout_s = timeout_s, write_timeout_s
        self._may_write = may_write
        self._client: AsyncModbusTcpClient | None = None
        self._turns = Turns()
        self._question = b""
        self._heard = False
        self._closed_unheard = 0
        self._lost: AnalyzerError | None = None

    @property
    def connected(self) -> bool:
        """Whether a connection stands, as far as this side knows."""
        return self._client is not None and self._client.connected

    async def connect(self) -> None:
        """Opens a new connection, closing an old one. Raises AnalyzerUnreachable."""
        self._forget()
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            timeout=self._timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._packet,
            trace_connect=self._connection_changed,
        )
        create, reasons = client.ctx.call_create, [_("no answer within {s} s").format(s=self._timeout_s)]

        async def create_and_tell() -> object:
            try:
                return await create()
            except (OSError, UnicodeError) as error:  # UnicodeError: a host that cannot be a name
                reasons.append(_reason(error))
                raise OSError from None

        client.ctx.call_create = create_and_tell
        client.ctx.max_buffer_size = RECEIVED_AT_MOST
        self._client = client
        if not await client.connect():
            self._client = None
            raise AnalyzerUnreachable(address=self.address, why=reasons[-1])
        self._bound_what_is_late(client)
        if self._lost is not None:
            self.reset()  # closed again meanwhile: pymodbus would go on with the dead transport
        self._standing()

    async def identify(self) -> Identification:
        """Reads who the device is and remembers it for as long as this connection stands, and nobody says that the
        device behind a gateway is away. Raises AnalyzerError when it has no serial number to tell."""
        found = decode_identification(await self.read(IDENTITY))
        if not found.serial_number:
            raise AnalyzerError(address=self.address, why=_("it tells no serial number"))
        self.identification = found
        return found

    async def read(self, block: Block, *, polling: bool = False) -> bytes:
        """The block's bytes, big-endian as on the wire, by function 03."""
        if polling:
            async with await self._turns.poll():
                return await self._read(block)
        async with self._turns.command():
            return await self._read(block)

    async def write_register(self, address: int, value: int) -> None:
        """Writes one register with function 06 (commands). The device has confirmed it when this returns."""
        await self._write(address, lambda client: client.write_register(address, value, device_id=self._unit_id))

    async def write_registers(self, address: int, values: Sequence[int]) -> None:
        """Writes neighbouring registers with function 16 (settings). Must not end inside a value."""
        words = list(values)
        await self._write(address, lambda client: client.write_registers(address, words, device_id=self._unit_id))

    def close(self) -> None:
        """Ends the connection: politely when nothing is under way, otherwise with a reset."""
        client = self._client
        if client is None or self._turns.taken:
            self.reset()
            return
        self._client = self.identification = None
        _set_linger(client, FAREWELL_ON_CLOSE)
        client.close()

    def reset(self) -> None:
        """Ends the connection with a reset: what was sent and not delivered is dropped, a late answer meets nobody."""
        client, self._client = self._client, None
        self.identification = None
        if client is None:
            return
        transport = client.ctx.transport
        if isinstance(transport, asyncio.Transport):
            _set_linger(client, RESET_ON_CLOSE)
            transport.abort()
        client.close()

    def _bound_what_is_late(self, client: AsyncModbusTcpClient) -> None:
        """When this process is killed the system resets the connection; when it is stopped, or the network is away, the
        system gives up what was not received within the time-out of a write. Windows has no such bound."""
        _set_linger(client, RESET_ON_CLOSE)
        if sys.platform == "linux":
            _set_option(client, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._write_timeout_s * 1000))

    def _forget(self) -> None:
        self.reset()
        self._lost, self._heard = None, False

    # --- one request ----------------------------------------------------------------------------------------------

    async def _read(self, block: Block) -> bytes:
        client = self._standing()
        request = client.read_holding_registers(block.first, count=block.count, device_id=self._unit_id)
        answer = await self._ask(client, request, self._timeout_s, block.first)
        return block.words.pack(*answer.registers)

    async def _write(self, address: int, request: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]) -> None:
        async with self._turns.command():
            client = self._standing()
            if self.identification is None:
                raise AnalyzerUnreachable(address=self.address, why=_("its serial number is not read yet"))
            if not self._may_write():
                raise FrameHeldBack(address=self.address)
            await self._ask(client, request(client), self._write_timeout_s, address)

    def _standing(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            lost = self._lost or AnalyzerUnreachable(address=self.address, why=_("it is not connected now"))
            raise type(lost)(**lost.fields)  # a new one: an exception raised twice collects tracebacks
        return self._client

    async def _ask(
        self, client: AsyncModbusTcpClient, request: Awaitable[ModbusPDU], timeout_s: float, address: int
    ) -> ModbusPDU:
        """One question and its answer. Every way out but an answer leaves the link reset."""
        client.ctx.comm_params.timeout_connect = timeout_s
        error: AnalyzerError | None = None
        try:
            answer = await request
        except AnalyzerError as found:
            error = found
            raise
        except ModbusException:
            if client.ctx.recv_buffer:
                error = LinkOutOfStep(address=self.address, why=_("an answer broke off in the middle"))
            else:
                error = AnalyzerSilent(address=self.address, timeout_s=timeout_s)
            raise error from None
        except asyncio.CancelledError:
            error = LinkLost(address=self.address, why=_("a request was given up"))
            raise
        finally:
            self._question = b""
            if error is not None:
                self.reset()
                self._lost = error
        if answer.isError():
            if answer.exception_code in NOBODY_BEHIND:
                self.identification = None  # who answers next behind the gateway may be another device
            raise refusal(self.address, address, answer.function_code, answer.exception_code)
        return answer

    # --- what pymodbus reports ------------------------------------------------------------------------------------

    def _packet(self, sending: bool, data: bytes) -> bytes:
        """Sees all bytes: ours when sent, the device's as far as they have arrived. What it returns goes on."""
        if sending:
            self._question = data
            return data
        self._heard, self._closed_unheard = True, 0
        if not self._question:
            self.reset()
            self._lost = LinkOutOfStep(address=self.address, why=_("an answer came that nobody asked for"))
            return b""
        try:
            complete = missing(self._question, data) == 0
        except Misfit as misfit:
            self._fail(LinkOutOfStep(address=self.address, why=str(misfit)))
            return b""
        if complete:
            self._question = b""
        return data

    def _connection_changed(self, connected: bool) -> None:
        """Called with False when the device ended the connection; not for our own closing."""
        if connected:
            return
        self.identification = None
        if self._heard:
            self._fail(LinkLost(address=self.address, why=_("in the middle of the work")))
            return
        self._closed_unheard += 1
        if self._closed_unheard >= FULL_AFTER:
            self._fail(AnalyzerFull(address=self.address))
        else:
            self._fail(LinkLost(address=self.address, why=_("before its first answer")))

    def _fail(self, error: AnalyzerError) -> None:
        """Ends the waiting request with this error, or keeps it for the next one."""
        self._lost = error
        if self._client is not None and self._question and not self._client.ctx.response_future.done():
            self._client.ctx.response_future.set_exception(error)


def _set_linger(client: AsyncModbusTcpClient, linger: bytes) -> None:
    _set_option(client, socket.SOL_SOCKET, socket.SO_LINGER, linger)


def _set_option(client: AsyncModbusTcpClient, level: int, option: int, value: int | bytes) -> None:
    """A connection that is gone already has no options any more."""
    transport = client.ctx.transport
    if isinstance(transport, asyncio.Transport):
        with suppress(OSError):
            transport.get_extra_info("socket").setsockopt(level, option, value)


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return _("it refuses connections")
    if isinstance(error, UnicodeError | socket.gaierror):
        return _("no such host name")
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return _("there is no route to it")
    return os.strerror(error.errno) if error.errno else str(error)
