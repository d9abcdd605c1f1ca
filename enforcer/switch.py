"""Step 5b of a pass: frames leave for all devices in parallel; what they answered is collected and settled.

In the moment before each frame one statement reads balance, wishes, locks and lease again, and the decision is made
again. When its answer changed, or less than the margin is left of the lease, nothing is sent.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from documents.logs import get
from enforcer.connecting import ConnectingQueue
from enforcer.link import Link, Polling
from enforcer.plan_supply import Job
from enforcer.relay import Switched, switch_supply
from enforcer.timekeeping import BookClock
from prepaid.connecting import Pace
from prepaid.errors import AnalyzerError, DatabaseUnavailable
from prepaid.site import Site
from prepaid.supply import Answer, decide
from prepaid.switching import SupplyState
from sql.connection import Database
from sql.facts import look_again
from sql.leases import Lease

LOOKS_AT_ONCE = 8

log = get("enforcer.switch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How one job ended: what the device answered, or why it could not be asked. Both None: no longer wanted."""

    job: Job
    switched: Switched | None
    error: str | None


@dataclass(frozen=True, slots=True)
class HeldLease:
    """The lease as this process holds it, and until which second of its own suspension-proof clock."""

    lease: Lease
    until_s: float


class Switcher:
    """Sends frames and collects answers. `held` tells the lease of this moment, `wake` is set when an answer came."""

    def __init__(
        self,
        database: Database,
        poller: Polling,
        clock: BookClock,
        held: Callable[[], HeldLease],
        wake: threading.Event,
    ) -> None:
        self._database = database
        self._poller = poller
        self._clock = clock
        self._held = held
        self._wake = wake
        self._answers: SimpleQueue[Answered] = SimpleQueue()
        self._under_way: dict[int, Job] = {}
        self._looking = threading.BoundedSemaphore(LOOKS_AT_ONCE)
        self._connecting = ConnectingQueue(clock.monotonic())

    @property
    def busy(self) -> frozenset[int]:
        """Analyzers with a frame under way."""
        return frozenset(self._under_way)

    def send(self, site: Site, jobs: Sequence[Job], states: Callable[[int], SupplyState], pace: Pace) -> None:
        """Sends cuts at once, those that were tried before first, and restores in their turn in the queue."""
        cuts = [job for job in jobs if job.change.wanted is Answer.CUT]
        for job in sorted(
            cuts, key=lambda job: (-job.change.tries, -job.decided.analyzer.priority, job.change.decided_at)
        ):
            self._start(site, job, states(job.decided.analyzer.analyzer_id), 0.0)
        now_s = self._clock.monotonic()
        self._connecting.add((job for job in jobs if job.change.wanted is Answer.ON), now_s)
        for job, delay_s in self._connecting.take(site, pace, states, now_s):
            self._start(site, job, states(job.decided.analyzer.analyzer_id), delay_s)

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

    def _start(self, site: Site, job: Job, state: SupplyState, delay_s: float) -> None:
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
                lambda: asyncio.to_thread(self._still_wanted, site, job, state),
                self._clock,
                float(site.settings.proof_after_s),
            )

        def answered(future: Future[Switched]) -> None:
            self._answers.put(_answer(job, future))
            self._wake.set()

        self._poller.submit(analyzer_id, act).add_done_callback(answered)

    def _still_wanted(self, site: Site, job: Job, state: SupplyState) -> bool:
        """Whether the frame may leave. While nobody can say so nothing is sent, and the next pass decides again."""
        held = self._held()
        try:
            with self._looking, self._database.reading() as conn:
                analyzer_id, told_at = job.decided.analyzer.analyzer_id, self._database.now(conn)
                fresh = look_again(conn, held.lease, analyzer_id, state, told_at)
        except DatabaseUnavailable as error:
            log.warning("supply.facts_unknown", analyzer=job.decided.analyzer.name, error=str(error))
            return False
        if fresh is None or fresh.lease_ends_at is None:
            return False
        if decide(replace(fresh.facts, time_trusted=job.time_trusted)).answer is not job.change.wanted:
            return False
        return held.until_s - self._clock.uptime() >= float(site.settings.lease_margin_s)


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
