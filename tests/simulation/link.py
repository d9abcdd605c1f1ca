"""One analyzer in memory: what its wire does to questions and answers. The registers are those of the simulator."""

import asyncio
import struct
from collections.abc import Callable
from enum import StrEnum

from enforcer.pac3220.blocks import ENERGY, IDENTITY, STATE, Block
from enforcer.pac3220.decode import Identification, decode_identification
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.faults import EXCEPTION_CODES, Fault
from enforcer.simulator.frames import Refused
from prepaid.clock import ManualClock
from prepaid.errors.analyzers import AnalyzerRefused, AnalyzerSilent, AnalyzerUnreachable, LinkLost, LinkOutOfStep

TIMEOUT_S = 1.0
WRITE_TIMEOUT_S = 2.0
SILENT = frozenset({Fault.BLACKHOLE, Fault.HALF_OPEN, Fault.SLOW})
IMPORTS = struct.Struct(">2d")
FALLEN_WH = 4_000_000


class Lie(StrEnum):
    """How the counters of an answer are wrong, for as long as it lasts. With zeros its outputs are zeros, too."""

    ZERO_EVERY_SECOND = "zero-every-second"
    FELL = "fell"
    ROSE = "rose"


class SimulatedLink:
    """The connection to whatever device is wired to this address. `before_command` and `after_write` are told."""

    def __init__(self, address: str, clock: ManualClock, device_at: Callable[[str], SimulatedAnalyzer]) -> None:
        self.address = address
        self.identification: Identification | None = None
        self.lies: set[Lie] = set()
        self.loses_answers_to_writes = False
        self.before_command: Callable[[], None] = nothing
        self.around_write: Callable[[int, int, bool], None] = _unwatched
        self.told_the_truth = True
        """Whether the last counters that left were those of the registers."""
        self._clock = clock
        self._device_at = device_at
        self._reads_of_counters = self._reads_of_state = 0
        self._known: tuple[SimulatedAnalyzer, int] | None = None

    @property
    def device(self) -> SimulatedAnalyzer:
        """What is wired to this address, advanced to now."""
        device = self._device_at(self.address)
        device.advance(self._clock.monotonic())
        return device

    @property
    def connected(self) -> bool:
        """A restart or another device at the address ends the connection."""
        device = self._device_at(self.address)
        return self.identification is not None and self._known == (device, device.restarts)

    def is_sound(self) -> bool:
        """Whether the device answers quickly and truly, and does what it is told."""
        device = self.device
        return not device.faults and not self.lies and not self.loses_answers_to_writes and device.awake

    async def identify(self) -> None:
        """Connects, and reads who answers."""
        self.identification = None
        device = self.device
        if Fault.DEAD in device.faults or not device.awake:
            raise AnalyzerUnreachable(address=self.address, why="it refuses connections")
        if Fault.BLACKHOLE in device.faults:
            await asyncio.sleep(TIMEOUT_S)
            raise AnalyzerUnreachable(address=self.address, why="no answer")
        found = decode_identification(await self._answer(IDENTITY))
        self.identification, self._known = found, (device, device.restarts)

    async def read(self, block: Block, *, polling: bool = False) -> bytes:
        """The bytes of the block as the device has them now, or as it lies about them."""
        self._stand()
        if not polling:
            self.before_command()
        answered = await self._answer(block)
        if block is STATE and Lie.ZERO_EVERY_SECOND in self.lies:
            self._reads_of_state += 1
            return bytes(len(answered)) if self._reads_of_state % 2 else answered
        return self._spoilt(answered) if block is ENERGY else answered

    async def write_register(self, address: int, value: int) -> None:
        """Function 06."""
        self._stand()
        self.around_write(address, value, False)
        device = self.device
        await self._wire(device, WRITE_TIMEOUT_S)
        if Fault.REFUSE_WRITES in device.faults:
            raise AnalyzerRefused(address=self.address, what=f"register {address}", code=2)
        if Fault.IGNORE_WRITES not in device.faults:
            self._obey(device, address, value)
        self.around_write(address, value, True)
        if self.loses_answers_to_writes:
            await asyncio.sleep(WRITE_TIMEOUT_S)
            self.identification = None
            raise AnalyzerSilent(address=self.address, timeout_s=WRITE_TIMEOUT_S)

    def _stand(self) -> None:
        if not self.connected:
            self.identification = None
            raise AnalyzerUnreachable(address=self.address, why="it is not connected now")

    async def _answer(self, block: Block) -> bytes:
        await self._wire(self.device, TIMEOUT_S)
        return self.device.read(block.first, block.count)

    async def _wire(self, device: SimulatedAnalyzer, timeout_s: float) -> None:
        faults = device.faults
        if faults & SILENT:
            await asyncio.sleep(timeout_s)
            self.identification = None
            raise AnalyzerSilent(address=self.address, timeout_s=timeout_s)
        for fault in faults & EXCEPTION_CODES.keys():
            raise AnalyzerRefused(address=self.address, what="everything", code=EXCEPTION_CODES[fault])
        if Fault.WRONG_TRANSACTION in faults or Fault.RESET_MID_FRAME in faults or Fault.DEAD in faults:
            self.identification = None
            error = LinkOutOfStep if Fault.WRONG_TRANSACTION in faults else LinkLost
            raise error(address=self.address, why="the wire is bad")

    def _obey(self, device: SimulatedAnalyzer, address: int, value: int) -> None:
        try:
            device.command(address, value)
        except Refused as refused:
            raise AnalyzerRefused(address=self.address, what=f"register {address}", code=refused.code) from None

    def _spoilt(self, counters: bytes) -> bytes:
        """The block of counters, wrong as the lies say."""
        self._reads_of_counters += 1
        day_wh = self._device_at(self.address).description.rated_power_w * 24
        shift_wh = day_wh * (Lie.ROSE in self.lies) - FALLEN_WH * (Lie.FELL in self.lies)
        if Lie.ZERO_EVERY_SECOND in self.lies and self._reads_of_counters % 2:
            counters = bytes(len(counters))
        elif shift_wh:
            layout = struct.Struct(f">{len(counters) // 8}d")
            counters = layout.pack(*(max(0.0, value + shift_wh) for value in layout.unpack(counters)))
        self.told_the_truth = IMPORTS.unpack_from(counters) == self._device_at(self.address).counters.import_wh()
        return counters


def nothing() -> None:
    """Nobody waits for the moment."""


def _unwatched(_address: int, _value: int, _done: bool) -> None:
    """Nobody wants to know."""
