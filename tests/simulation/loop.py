"""An event loop in which time passes only when everybody waits: hours of devices, frames and time-outs in no time."""

import asyncio
import selectors
from asyncio import Future
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial
from typing import Protocol, TypeVar, TypeVarTuple

from prepaid.clock import ManualClock
from prepaid.errors.base import PrepaidError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Done_contra = TypeVar("Done_contra", contravariant=True)


class Promised(Protocol[Done_contra]):
    """A future of any kind."""

    def set_result(self, result: Done_contra, /) -> None: ...

    def set_exception(self, exception: BaseException, /) -> None: ...


def carry_out(promised: Promised[Done_contra], work: Callable[[], Done_contra]) -> None:
    """Does the work now, and keeps what came of it, as a thread of a pool does."""
    try:
        promised.set_result(work())
    except PrepaidError as error:
        promised.set_exception(error)


class _Waiting(selectors.SelectSelector):
    """Where a real loop sleeps until its next timer, this one moves the clock."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits and nobody has a timer: the simulation stands still"
        if timeout > 0:
            self._clock.advance(timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs coroutines on the simulated clock, in this thread only; what is given to other threads is run at once."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(_Waiting(clock))
        self._clock = clock
        self._passing = False
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        return self._clock.monotonic()

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> "Future[T]":
        done: Future[T] = self.create_future()
        carry_out(done, partial(func, *args))
        return done

    def pass_until(self, second: float) -> None:
        """Lets everything happen until that monotonic second, or until `interrupt`."""
        timer = self.call_at(second, self.stop)
        self._passing = True
        try:
            self.run_forever()
        finally:
            self._passing = False
            timer.cancel()

    def interrupt(self) -> None:
        """Something happened that whoever lets time pass wants to know."""
        if self._passing:
            self.stop()

    def finish(self, work: Awaitable[T]) -> T:
        """Runs the work to its end, however long that takes on the simulated clock."""
        return self.run_until_complete(work)

    def end(self) -> None:
        """Gives everything up that still waits, as when a process is killed."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
