"""The simulated event loop: time passes only by waiting, and in no time."""

import asyncio

import pytest

from prepaid.clock import ManualClock
from prepaid.errors.start import DatabaseBusy
from tests.simulation.loop import SimulatedLoop


def test_an_hour_of_waiting_is_an_hour_on_the_clock_only() -> None:
    clock = ManualClock()
    loop = SimulatedLoop(clock)

    loop.finish(asyncio.sleep(3600))

    assert clock.seconds == pytest.approx(1000.0 + 3600)
    loop.close()


def test_who_waits_for_less_comes_first() -> None:
    clock = ManualClock()
    loop = SimulatedLoop(clock)
    order = []

    async def come(after_s: float) -> None:
        await asyncio.sleep(after_s)
        order.append(after_s)

    async def all_of_them() -> None:
        await asyncio.gather(come(7), come(2), come(5))

    loop.finish(all_of_them())

    assert order == [2, 5, 7]
    loop.close()


def test_what_is_given_to_a_thread_is_done_at_once_with_its_error() -> None:
    loop = SimulatedLoop(ManualClock())

    def fail() -> None:
        raise DatabaseBusy(where="x", wait_s="1")

    with pytest.raises(DatabaseBusy):
        loop.finish(asyncio.to_thread(fail))
    assert loop.finish(asyncio.to_thread(lambda: 7)) == 7
    loop.close()


def test_whoever_lets_time_pass_can_be_interrupted() -> None:
    clock = ManualClock()
    loop = SimulatedLoop(clock)
    loop.call_later(3, loop.interrupt)

    loop.pass_until(1010)
    first_s = clock.seconds
    loop.pass_until(1010)

    assert [first_s, clock.seconds] == pytest.approx([1003, 1010])
    loop.close()
