"""Stored bits are acknowledged exactly once they are recorded, again with patience, and who refuses is known."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from enforcer.accept import Accepted, accept
from enforcer.acknowledge import AGAIN_S, REFUSED_AGAIN_S, Acknowledger
from enforcer.link import Link
from prepaid.books import Book
from prepaid.clock import ManualClock
from prepaid.errors.analyzers import AnalyzerRefused, AnalyzerUnreachable
from prepaid.metering import RESTARTED, Counter, Meter
from tests.building import MORNING
from tests.enforcer.site_of_rules import OVEN, RATED_W, SERIAL, STARTED_S, at, read, site_of


@dataclass
class Links:
    """Takes every action and answers as it is told."""

    error: Exception | None = None
    asked: int = 0

    def submit(self, _analyzer_id: int, _action: Callable[[Link], Awaitable[None]]) -> Future[None]:
        self.asked += 1
        future: Future[None] = Future()
        if self.error is None:
            future.set_result(None)
        else:
            future.set_exception(self.error)
        return future


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

    def run(self, bits: int, *, step_s: float = 5, grid_wh: int | None = 1000) -> int:
        """One pass; answers how often a device was asked so far."""
        self.second += step_s
        self.clock.advance(step_s)
        [judged] = self._judged(bits, grid_wh)
        self.book = judged.after
        self.acknowledger.send([judged])
        return self.links.asked

    def _judged(self, bits: int, grid_wh: int | None) -> list[Accepted]:
        return accept(site_of({}), {OVEN: self.book}, [read(self.second, grid_wh, bits=bits)], STARTED_S)


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
