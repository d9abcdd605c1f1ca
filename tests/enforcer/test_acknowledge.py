"""Stored bits are acknowledged exactly once they are recorded, again with patience, and who refuses is known."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from enforcer.accept import Accepted, accept
from enforcer.acknowledge import AGAIN_S, REFUSED_AGAIN_S, Acknowledger
from enforcer.link import Link
from enforcer.pac3220.blocks import Block
from enforcer.pac3220.decode import SIEMENS, Identification
from prepaid.books import Book
from prepaid.clock import ManualClock
from prepaid.errors.analyzers import AnalyzerError, AnalyzerRefused, AnalyzerUnreachable
from prepaid.metering import RESTARTED, Counter, Meter
from tests.building import MORNING
from tests.enforcer.site_of_rules import OVEN, RATED_W, SERIAL, STARTED_S, at, read, site_of


@dataclass
class Device:
    """The link to a device with that serial number, which takes every write or refuses it."""

    serial_number: str
    error: Exception | None = None
    written: list[tuple[int, int]] = field(default_factory=list)
    address: str = "10.0.0.1:502"

    @property
    def identification(self) -> Identification:
        return Identification(SIEMENS, "PAC", self.serial_number, 1, "V1.0.0")

    async def read(self, block: Block, *, polling: bool = False) -> bytes:
        raise AssertionError("nothing is read to acknowledge a bit")

    async def write_register(self, address: int, value: int) -> None:
        if self.error is not None:
            raise self.error
        self.written.append((address, value))


@dataclass
class Links:
    """Runs every action at once on the device that answers."""

    error: Exception | None = None
    answers: str = SERIAL
    asked: int = 0

    def __post_init__(self) -> None:
        self.device = Device(self.answers, self.error)

    def submit(self, _analyzer_id: int, action: Callable[[Link], Awaitable[None]]) -> Future[None]:
        self.asked += 1
        future: Future[None] = Future()
        try:
            asyncio.run(_awaited(action(self.device)))
        except AnalyzerError as error:
            future.set_exception(error)
        else:
            future.set_result(None)
        return future


async def _awaited(action: Awaitable[None]) -> None:
    await action


@dataclass
class Passes:
    """Readings of the oven, one a pass, and what was asked of its device."""

    links: Links = field(default_factory=Links)
    clock: ManualClock = field(default_factory=lambda: ManualClock(MORNING))

    def __post_init__(self) -> None:
        counter = Counter(1000, 1000, 1000)
        meter = Meter(serial_number=SERIAL, rated_power_w=RATED_W, grid=counter, generator=Counter(0, 0, 0))
        self.book = Book(meter=replace(meter, accepted_at=at(0)))
        self.acknowledger = Acknowledger(self.links, self.clock)
        self.second = 0.0

    def run(self, bits: int, *, step_s: float = 5, grid_wh: int | None = 1000, serial_number: str = SERIAL) -> int:
        """One pass; answers how often a device was asked so far."""
        self.second += step_s
        self.clock.advance(step_s)
        [judged] = self._judged(bits, grid_wh, serial_number)
        self.book = judged.after
        self.acknowledger.send([judged])
        return self.links.asked

    def _judged(self, bits: int, grid_wh: int | None, serial_number: str) -> list[Accepted]:
        reading = read(self.second, grid_wh, bits=bits)._replace(serial_number=serial_number)
        return accept(site_of({}), {OVEN: self.book}, [reading], STARTED_S)


REFUSED = AnalyzerRefused(address="10.0.0.1", what="60007", code=2)
UNREACHABLE = AnalyzerUnreachable(address="10.0.0.1", why="gone")


def test_a_new_bit_is_acknowledged_at_once_and_no_bit_never() -> None:
    passes = Passes()

    assert [passes.run(bits) for bits in (0, RESTARTED, 0, 0)] == [0, 1, 1, 1]
    assert passes.acknowledger.answers() == {OVEN: True}
    assert passes.acknowledger.answers() == {}


def test_a_bit_that_stands_there_still_is_acknowledged_again_after_a_minute() -> None:
    """The link was lost in that moment: were the bit left, the next restart would make no edge."""
    passes = Passes(links=Links(UNREACHABLE))

    asked = [passes.run(RESTARTED, step_s=AGAIN_S / 4) for _ in range(9)]

    assert asked == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert passes.acknowledger.answers() == {}


def test_a_device_that_refuses_is_asked_once_an_hour_and_each_new_edge() -> None:
    passes = Passes(links=Links(REFUSED))

    asked = [passes.run(RESTARTED, step_s=REFUSED_AGAIN_S / 6) for _ in range(7)]

    assert asked == [1] * 6 + [2]
    assert passes.acknowledger.answers() == {OVEN: False}


def test_bits_of_an_answer_that_is_none_are_left_alone() -> None:
    passes = Passes()

    assert passes.run(RESTARTED, grid_wh=None) == 0


def test_the_bits_of_another_device_are_left_for_the_analyzer_it_belongs_to() -> None:
    """After an outage addresses may be exchanged, and both devices tell the restart that explains their counters."""
    passes = Passes(links=Links(UNREACHABLE))
    asked = passes.run(RESTARTED)

    assert passes.run(RESTARTED, step_s=AGAIN_S, serial_number="LQN/OTHER") == asked


def test_nothing_is_acknowledged_at_a_device_that_took_the_address_meanwhile() -> None:
    passes = Passes(links=Links(answers="LQN/OTHER"))

    passes.run(RESTARTED)

    assert passes.links.device.written == []
    assert passes.acknowledger.answers() == {}
