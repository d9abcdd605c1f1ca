"""Reads all analyzers of a simulated site when it is told to, and lends their links, as the poller does on sockets."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from contextvars import ContextVar
from datetime import timedelta
from random import Random
from typing import TypeVar

from enforcer.link import Link, Target
from enforcer.link_state import Contact, LinkState, Totals
from enforcer.reading import take_reading
from enforcer.slots import Tally
from prepaid.clock import Clock
from prepaid.errors.analyzers import AnalyzerError, AnalyzerUnreachable
from prepaid.records import Reading
from tests.simulation.link import SimulatedLink
from tests.simulation.loop import SimulatedLoop

T = TypeVar("T")
BACK_OFF_S = 2.0
BACK_OFF_MOST_S = 300.0
ACTION_AT_MOST_S = 30.0
SENDER: ContextVar[str] = ContextVar("sender")
"""Whose frame is under way."""
REMEMBERED = 6
"""Readings of the past that a bad network may bring once more."""


class SimulatedPolling:
    """The devices of one enforcer. `disorder` is the share of polls after which an old reading comes again."""

    def __init__(
        self,
        targets: Iterable[Target],
        links: Mapping[str, SimulatedLink],
        loop: SimulatedLoop,
        clock: Clock,
        seed: int,
        holder: str,
    ) -> None:
        self.disorder = 0.0
        self.with_phases = False
        """Whether each reading is one for the history, too."""
        self.delivered: Callable[[SimulatedLink, Reading], None] = _unwatched
        self._wires = links
        self._loop = loop
        self._clock = clock
        self._holder = holder
        self._chance = Random(seed)
        self._targets: dict[int, Target] = {}
        self._states: dict[int, LinkState] = {}
        self._rests_until_s: dict[int, float] = {}
        self._arrived: list[Reading] = []
        self._past: list[Reading] = []
        self.change(targets)

    # --- what a pass asks for -------------------------------------------------------------------------------------

    def take(self) -> list[Reading]:
        taken, self._arrived = self._arrived, []
        if taken and self._chance.random() < self.disorder:
            taken.insert(self._chance.randrange(len(taken) + 1), self._chance.choice(self._past + taken))
        self._past = (self._past + taken)[-REMEMBERED:]
        return taken

    def links(self) -> dict[int, LinkState]:
        return dict(self._states)

    def totals(self) -> Totals:
        states = [state.state for state in self._states.values()]
        return Totals(
            analyzers=len(states),
            connecting=states.count(Contact.CONNECTING),
            answering=states.count(Contact.ANSWERING),
            failing=states.count(Contact.FAILING),
            reads=Tally(0, 0, 0, 0),
            readings=0,
            readings_dropped=0,
            late_median_s=0.0,
            late_p99_s=0.0,
            late_most_s=0.0,
        )

    def change(self, targets: Iterable[Target]) -> None:
        self._targets = {target.analyzer_id: target for target in targets}
        for analyzer_id, target in self._targets.items():
            address = address_of(target)
            if analyzer_id not in self._states or self._states[analyzer_id].address != address:
                self._states[analyzer_id] = LinkState(analyzer_id, address, Contact.CONNECTING, self._clock.now())

    def submit(self, analyzer_id: int, action: Callable[[Link], Awaitable[T]]) -> Future[T]:
        future: Future[T] = asyncio.run_coroutine_threadsafe(self._act(analyzer_id, action), self._loop)
        future.add_done_callback(lambda _done: self._loop.interrupt())
        return future

    # --- what the simulation does ---------------------------------------------------------------------------------

    async def poll(self) -> None:
        """Reads every analyzer that is not resting after a failure."""
        now_s = self._clock.monotonic()
        due = [each for each in self._targets.values() if self._rests_until_s.get(each.analyzer_id, 0.0) <= now_s]
        await asyncio.gather(*(self._poll_one(target) for target in due))

    def rests(self, analyzer_id: int) -> bool:
        """Whether it is left alone for a while, because it failed."""
        return self._rests_until_s.get(analyzer_id, 0.0) > self._clock.monotonic()

    def wire(self, analyzer_id: int) -> SimulatedLink:
        """The link over which this analyzer is read."""
        return self._wires[address_of(self._targets[analyzer_id])]

    async def _poll_one(self, target: Target) -> None:
        link = self._wires[address_of(target)]
        before = self._states[target.analyzer_id]
        try:
            if not link.connected:
                await link.identify()
            reading = await take_reading(link, target.analyzer_id, self._clock, with_phases=self.with_phases)
        except AnalyzerError as error:
            self._failed(before, str(error))
            return
        self._rests_until_s.pop(target.analyzer_id, None)
        self._states[target.analyzer_id] = LinkState(
            analyzer_id=target.analyzer_id,
            address=before.address,
            state=Contact.ANSWERING,
            since_at=before.since_at if before.state is Contact.ANSWERING else reading.read_at,
            serial_number=reading.serial_number,
            last_answer_at=reading.read_at,
        )
        self.delivered(link, reading)
        self._arrived.append(reading)

    def _failed(self, before: LinkState, error: str) -> None:
        failures = before.failures + 1
        rest_s = min(failures * BACK_OFF_S, BACK_OFF_MOST_S)
        now = self._clock.now()
        self._rests_until_s[before.analyzer_id] = self._clock.monotonic() + rest_s
        self._states[before.analyzer_id] = before._replace(
            state=Contact.FAILING,
            since_at=before.since_at if before.state is Contact.FAILING else now,
            failures=failures,
            next_try_at=now + timedelta(seconds=rest_s),
            last_error=error,
        )

    async def _act(self, analyzer_id: int, action: Callable[[Link], Awaitable[T]]) -> T:
        target = self._targets.get(analyzer_id)
        if target is None:
            raise AnalyzerUnreachable(address=f"#{analyzer_id}", why="it is not being read")
        link = self._wires[address_of(target)]
        SENDER.set(self._holder)
        if not link.connected:
            raise AnalyzerUnreachable(address=link.address, why="it is not connected now")
        async with asyncio.timeout(ACTION_AT_MOST_S):
            return await action(link)


def address_of(target: Target) -> str:
    """Host and port."""
    return f"{target.host}:{target.port}"


def _unwatched(_link: SimulatedLink, _reading: Reading) -> None:
    """Nobody wants to know."""
