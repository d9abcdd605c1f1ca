"""Step 5b of a pass: frames leave for all devices in parallel; what they answered is collected and settled.

In the moment before each frame one statement reads balance, wishes, locks and lease again, and the decision is made
again. When its answer changed, or less than the margin is left of the lease, nothing is sent.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from documents.logs import get
from enforcer.connecting import ConnectingQueue
from enforcer.kepware.second_look import look_for_itself
from enforcer.last_look import LastLook
from enforcer.link import Link, Polling
from enforcer.plan_supply import Job
from enforcer.relay import Switched, switch_supply
from enforcer.timekeeping import BookClock
from prepaid.books import Book
from prepaid.connecting import Pace
from prepaid.errors.analyzers import AnalyzerError
from prepaid.records import Feed
from prepaid.site import Site
from prepaid.supply import Answer, decide
from prepaid.switching import CREDIT_REASONS, SupplyState

log = get("enforcer.switch")

LookBefore = Callable[[Link], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How one job ended: what the device answered, or why it could not be asked. Both None: no longer wanted."""

    job: Job
    switched: Switched | None
    error: str | None


class Switcher:
    """Sends frames and collects answers. `wake` is set when an answer came."""

    def __init__(self, poller: Polling, clock: BookClock, last_look: LastLook, wake: threading.Event) -> None:
        self._poller = poller
        self._clock = clock
        self._last_look = last_look
        self._wake = wake
        self._answers: SimpleQueue[Answered] = SimpleQueue()
        self._under_way: dict[int, Job] = {}
        self._connecting = ConnectingQueue(clock.monotonic())

    @property
    def busy(self) -> frozenset[int]:
        """Analyzers with a frame under way."""
        return frozenset(self._under_way)

    def send(
        self,
        site: Site,
        jobs: Sequence[Job],
        states: Callable[[int], SupplyState],
        pace: Pace,
        books: Mapping[int, Book],
    ) -> None:
        """Sends cuts at once, those that were tried before first, and restores in their turn in the queue. By `books`
        an analyzer that Kepware reads is looked at before it is cut for credit; what a person wants needs no log."""
        cuts = [job for job in jobs if job.change.wanted is Answer.CUT]
        for job in sorted(
            cuts, key=lambda job: (-job.change.tries, -job.decided.analyzer.priority, job.change.decided_at)
        ):
            self._start(site, job, states(job.decided.analyzer.analyzer_id), 0.0, self._look_before(job, books))
        now_s = self._clock.monotonic()
        self._connecting.add((job for job in jobs if job.change.wanted is Answer.ON), now_s)
        for job, delay_s in self._connecting.take(site, pace, states, now_s):
            self._start(site, job, states(job.decided.analyzer.analyzer_id), delay_s, None)

    def collect(self) -> list[Answered]:
        """The answers that came since the last call."""
        collected = []
        try:
            while True:
                answered = self._answers.get_nowait()
                self._under_way.pop(answered.job.decided.analyzer.analyzer_id, None)
                collected.append(answered)
        except Empty:
            return collected

    def _look_before(self, job: Job, books: Mapping[int, Book]) -> LookBefore | None:
        analyzer = job.decided.analyzer
        if analyzer.feed is Feed.MODBUS or job.change.reason not in CREDIT_REASONS:
            return None
        meter = books[analyzer.analyzer_id].meter

        async def look(link: Link) -> None:
            accepted_at = meter.accepted_at
            elapsed_s = 0.0 if accepted_at is None else (self._clock.now() - accepted_at).total_seconds()
            await look_for_itself(link, analyzer, meter, elapsed_s)

        return look

    def _start(self, site: Site, job: Job, state: SupplyState, delay_s: float, look_before: LookBefore | None) -> None:
        analyzer_id = job.decided.analyzer.analyzer_id
        self._under_way[analyzer_id] = job

        async def act(link: Link) -> Switched:
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            return await switch_supply(
                link,
                job.decided.analyzer.contact,
                job.change.supply,
                job.serial_number,
                lambda: self._still_wanted(job, state),
                self._clock,
                float(site.settings.proof_after_s),
                look_before,
            )

        def answered(future: Future[Switched]) -> None:
            self._answers.put(_answer(job, future))
            self._wake.set()

        self._poller.submit(analyzer_id, act).add_done_callback(answered)

    async def _still_wanted(self, job: Job, state: SupplyState) -> bool:
        """Whether the frame may leave. While nobody can say so nothing is sent, and the next pass decides again."""
        facts = await self._last_look.facts(job.decided.analyzer, state)
        if facts is None:
            return False
        return decide(replace(facts, time_trusted=job.time_trusted)).answer is job.change.wanted


def _answer(job: Job, future: Future[Switched]) -> Answered:
    if future.cancelled():
        return Answered(job=job, switched=None, error="stopped")
    error = future.exception()
    if error is None:
        return Answered(job=job, switched=future.result(), error=None)
    if not isinstance(error, AnalyzerError):
        # What this program did wrong ends this try only: an analyzer without an answer would never be switched again.
        log.error("supply.broken", analyzer=job.decided.analyzer.name, exc_info=error)
    return Answered(job=job, switched=None, error=str(error) or type(error).__name__)
