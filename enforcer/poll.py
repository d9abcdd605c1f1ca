"""Reads all analyzers, for the life of the process: one event loop in its own thread, one task per analyzer."""

import asyncio
import contextvars
import logging
import math
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from typing import Final, TypeVar

from enforcer.arrived import Arrived
from enforcer.link import Target
from enforcer.link_state import Contact, LinkState, Totals
from enforcer.modbus_link import AnalyzerLink, always
from enforcer.session import Pace, Session
from enforcer.slots import Slots, Tally, free_phase, phases
from enforcer.visits import Visited, VisitedSession
from prepaid.clock import Clock
from prepaid.errors.analyzers import AnalyzerUnreachable
from prepaid.language import _
from prepaid.records import Feed, Reading

__all__ = ["Contact", "LinkState", "Poller", "Target", "Totals"]

log = logging.getLogger(__name__)
T = TypeVar("T")

CONNECTING_AT_ONCE: Final = 100
READINGS_KEPT: Final = 10_000
"""More than a minute of 800 analyzers; then the oldest give way, those next to full hours last."""
FIRST_WITHIN_S: Final = 0.5
"""Within so long everything is read for the first time, whatever the period."""
LATENESSES_KEPT: Final = 10_000
STOP_AT_MOST_S: Final = 10.0
SETTINGS_AFTER_S: Final = 20.0


class Poller:
    """Polls the targets from `start()` to `stop()`. All methods may be called from any thread."""

    def __init__(
        self,
        targets: Iterable[Target],
        clock: Clock,
        period_s: float = 5.0,
        timeout_s: float = 1.0,
        history_s: float = 60.0,
        back_off_s: float = 2.0,
        readings_kept: int = READINGS_KEPT,
        settings_after_s: float = SETTINGS_AFTER_S,
        may_write: Callable[[], bool] = always,
    ) -> None:
        """`may_write` is asked in the moment before each frame that writes, whoever sends it."""
        self._clock = clock
        self._period_s, self._timeout_s, self._history_s = period_s, timeout_s, history_s
        self._back_off_s, self._settings_after_s = back_off_s, settings_after_s
        self._may_write = may_write
        self._targets = _checked(targets)
        self._sessions: dict[int, Session | VisitedSession] = {}
        self._arrived = Arrived(readings_kept)
        self._late_s: deque[float] = deque(maxlen=LATENESSES_KEPT)
        self._delivered = 0
        self._gate = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to poll. Sentences about failures are in the language of the thread that calls this."""
        assert self._thread is None, "a poller runs once"
        ready = threading.Event()
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run, ready), name="poll", daemon=True)
        self._thread.start()
        ready.wait(STOP_AT_MOST_S)

    def stop(self) -> None:
        """Ends all tasks and actions, closes all links and waits for the thread; may be called twice."""
        with self._gate:
            loop, self._loop = self._loop, None
            if loop is not None and self._stopping is not None:
                loop.call_soon_threadsafe(self._stopping.set)
        if self._thread is not None:
            self._thread.join(STOP_AT_MOST_S)

    @property
    def running(self) -> bool:
        """Whether the thread polls; False after `stop()`, or when it died of a fault of this program."""
        return self._loop is not None and self._thread is not None and self._thread.is_alive()

    def take(self) -> list[Reading]:
        """The readings that arrived since the last call, oldest first."""
        return self._arrived.take()

    def links(self) -> dict[int, LinkState]:
        """The state of every link that is polled, by analyzer."""
        now_s = self._clock.monotonic()
        return {
            number: s.state._replace(reads=s.slots.tally(now_s))
            for number, s in self._sessions.items()
            if isinstance(s, Session)
        }

    def visited(self) -> dict[int, Visited]:
        """What the last visit found, of analyzers that are not polled."""
        return {
            number: s.visited
            for number, s in self._sessions.items()
            if isinstance(s, VisitedSession) and s.visited is not None
        }

    def totals(self) -> Totals:
        """The links together, and how late their polls were."""
        now_s, sessions = self._clock.monotonic(), list(self._sessions.values())
        states = [session.state.state for session in sessions]
        tallies = [session.slots.tally(now_s) for session in sessions]
        late_s = sorted(self._late_s.copy()) or [0.0]
        return Totals(
            analyzers=len(sessions),
            connecting=states.count(Contact.CONNECTING),
            answering=states.count(Contact.ANSWERING),
            failing=states.count(Contact.FAILING),
            reads=Tally(*map(sum, zip(Tally(0, 0, 0, 0), *tallies, strict=True))),
            readings=self._delivered,
            readings_dropped=self._arrived.dropped,
            late_median_s=late_s[len(late_s) // 2],
            late_p99_s=late_s[len(late_s) * 99 // 100],
            late_most_s=late_s[-1],
        )

    def change(self, targets: Iterable[Target]) -> None:
        """Adds, removes and re-addresses analyzers; what did not change goes on undisturbed."""
        with self._gate:
            self._targets = _checked(targets)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._apply, self._clock.monotonic())

    def submit(self, analyzer_id: int, action: Callable[[AnalyzerLink], Awaitable[T]]) -> Future[T]:
        """Runs the action on that analyzer's own link, before its polls, within 30 s.

        The future raises AnalyzerUnreachable at once when the analyzer is not connected. The link is identified when
        the action begins; compare `link.identification` before each write, a link may come back as another device.
        """
        with self._gate:
            if self._loop is not None:
                return asyncio.run_coroutine_threadsafe(self._act(analyzer_id, action), self._loop)
        refused: Future[T] = Future()
        refused.set_exception(_unknown(analyzer_id))
        return refused

    # --- inside the loop ------------------------------------------------------------------------------------------

    def _run(self, ready: threading.Event) -> None:
        try:
            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(self._serve(ready))
        except Exception:
            # The outermost ring of this thread; `running` tells the pass that nobody polls any more.
            log.exception("poll.stopped")
        finally:
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        # asyncio receives into pieces of 256 KiB. glibc maps and unmaps each of them anew until a larger one was freed
        # once. Without this line polling costs a third more processor time, or not, by chance.
        bytearray(1 << 20)
        self._pace = Pace(
            clock=self._clock,
            timeout_s=self._timeout_s,
            history_s=self._history_s,
            back_off_s=self._back_off_s,
            connecting=asyncio.Semaphore(CONNECTING_AT_ONCE),
            deliver=self._deliver,
            settings_after_s=self._settings_after_s,
            may_write=self._may_write,
        )
        self._stopping = asyncio.Event()
        self._began_s = self._clock.monotonic()
        with self._gate:
            self._apply(self._began_s)
            self._loop = asyncio.get_running_loop()
        ready.set()
        await self._stopping.wait()
        await self._end()

    def _apply(self, now_s: float) -> None:
        """Makes the sessions what the targets say; new ones begin with their first slot from now on."""
        old, new = self._sessions, dict[int, Session | VisitedSession]()
        spread = iter(phases(len(self._targets), self._period_s))
        taken = [(s.slots.first - self._began_s) / self._period_s % 1 for s in old.values()]
        for target in self._targets:
            session = old.get(target.analyzer_id)
            if session is None or session.target != target:
                phase = free_phase(taken) if old else next(spread)
                taken.append(phase)
                session = self._begin(target, phase, now_s)
            new[target.analyzer_id] = session
        for number, session in old.items():
            if new.get(number) is not session:
                session.close()
        self._sessions = new

    def _begin(self, target: Target, phase: float, now_s: float) -> Session | VisitedSession:
        first = self._began_s + phase * self._period_s
        first += max(0, math.ceil((now_s - first) / self._period_s)) * self._period_s
        kind = Session if target.feed is Feed.MODBUS else VisitedSession
        session = kind(target, Slots(first, self._period_s), self._pace)
        session.start(now_s + phase * min(self._period_s, FIRST_WITHIN_S))
        return session

    async def _end(self) -> None:
        for session in self._sessions.values():
            session.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        while rest:
            # Again and again: asyncio.wait_for of Python 3.11 may swallow a cancellation that meets its result.
            for task in rest:
                task.cancel()
            _done, rest = await asyncio.wait(rest, timeout=0.2)

    async def _act(self, analyzer_id: int, action: Callable[[AnalyzerLink], Awaitable[T]]) -> T:
        session = self._sessions.get(analyzer_id)
        if session is None:
            raise _unknown(analyzer_id)
        return await session.act(action)

    def _deliver(self, reading: Reading, late_s: float) -> None:
        self._delivered += 1
        self._arrived.add(reading)
        self._late_s.append(late_s)


def _checked(targets: Iterable[Target]) -> tuple[Target, ...]:
    checked = tuple(targets)
    assert len({target.analyzer_id for target in checked}) == len(checked), "each analyzer is polled once"
    return checked


def _unknown(analyzer_id: int) -> AnalyzerUnreachable:
    return AnalyzerUnreachable(address=f"#{analyzer_id}", why=_("it is not being read"))


def _new_loop() -> asyncio.AbstractEventLoop:
    """A selector loop of Windows holds 512 sockets at most: there it must be the proactor."""
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    return asyncio.new_event_loop()
