"""Outputs that fall back by themselves (51718, 51727): the supply that stands is written again before they do.

Nothing changes by it, so nothing of it is a supply change; what a device shows afterwards is seen by the next reading.
"""

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Protocol

from documents.logs import get
from enforcer.decide import Decided
from enforcer.link import Link
from enforcer.plan_supply import Plan
from enforcer.relay import check_device, commands, look
from prepaid.clock import Clock
from prepaid.errors.analyzers import AnalyzerError
from prepaid.site import Analyzer
from prepaid.supply import Facts, decide
from prepaid.switching import SupplyState, may_stand, rewrite_every_s, shown
from prepaid.tamper import Fingerprint

TRIES = 4
"""So often within the time between two writes one that failed is tried again."""

EARLY_S = 2.5
"""A turn that comes so soon is taken with this reading: the next one may come too late."""

log = get("enforcer.rewrite")


LookAgain = Callable[[Analyzer, SupplyState], Awaitable[Facts | None]]
"""The facts in the moment before a frame; None: none may leave."""


class Links(Protocol):
    """Who runs an action on the link of an analyzer."""

    def submit(self, analyzer_id: int, action: Callable[[Link], Awaitable[bool]]) -> Future[bool]: ...


class Rewriter:
    """Sends beside the passes; an analyzer that is written to is `busy`, so that no other frame crosses this one."""

    def __init__(self, links: Links, clock: Clock, look_again: LookAgain) -> None:
        self._links = links
        self._clock = clock
        self._look_again = look_again
        self._due_s: dict[int, float] = {}
        self._under_way: dict[int, Future[bool]] = {}

    @property
    def busy(self) -> frozenset[int]:
        """Analyzers with a frame under way."""
        return frozenset(key for key, future in self._under_way.items() if not future.done())

    def send(
        self,
        decided: Mapping[int, Decided],
        plan: Plan,
        supply: Mapping[int, SupplyState],
        fingerprints: Mapping[int, Fingerprint],
        busy: frozenset[int],
        *,
        time_trusted: bool,
    ) -> None:
        """After a pass: for every analyzer that showed the supply that is held to stand, and whose turn it is."""
        self._under_way = {key: future for key, future in self._under_way.items() if not future.done()}
        now_s = self._clock.monotonic()
        for analyzer_id, shows in plan.seen.items():
            every_s = _every_s(decided[analyzer_id].analyzer, fingerprints.get(analyzer_id))
            if every_s is None or now_s < self._due_s.get(analyzer_id, 0.0) - EARLY_S:
                continue
            state = supply.get(analyzer_id, SupplyState())
            stands = shows is state.supply and analyzer_id not in busy | self.busy
            if stands and may_stand(decided[analyzer_id].decision, state):
                self._due_s[analyzer_id] = now_s + every_s / TRIES
                serial_number = fingerprints[analyzer_id].serial_number
                self._start(decided[analyzer_id].analyzer, serial_number, state, every_s, time_trusted)

    def _start(
        self,
        analyzer: Analyzer,
        serial_number: str,
        state: SupplyState,
        every_s: float,
        time_trusted: bool,
    ) -> None:
        async def write(link: Link) -> bool:
            if not await self._still_stands(analyzer, state, time_trusted):
                return False
            if shown(analyzer.contact, await look(link)) is not state.supply:
                return False
            for command in commands(analyzer.contact, state.supply):
                check_device(link, serial_number)
                await link.write_register(command.offset, command.value)
            return True

        future = self._links.submit(analyzer.analyzer_id, write)
        self._under_way[analyzer.analyzer_id] = future
        written_again_s = self._clock.monotonic() + every_s
        future.add_done_callback(lambda done: self._answered(analyzer, written_again_s, done))

    async def _still_stands(self, analyzer: Analyzer, state: SupplyState, time_trusted: bool) -> bool:
        facts = await self._look_again(analyzer, state)
        return facts is not None and may_stand(decide(replace(facts, time_trusted=time_trusted)), state)

    def _answered(self, analyzer: Analyzer, written_again_s: float, future: Future[bool]) -> None:
        """What was not written, for whatever reason, is tried again sooner: it falls back when nothing gets through."""
        error = None if future.cancelled() else future.exception()
        if error is None:
            if not future.cancelled() and future.result():
                self._due_s[analyzer.analyzer_id] = written_again_s
        elif isinstance(error, AnalyzerError):
            log.warning("supply.not_rewritten", analyzer=analyzer.name, error=str(error))
        else:
            log.error("supply.broken", analyzer=analyzer.name, exc_info=error)


def _every_s(analyzer: Analyzer, known: Fingerprint | None) -> float | None:
    """Where it is the device that passed, and its settings were read."""
    if known is None or known.settings is None or known.serial_number not in analyzer.passed_serials:
        return None
    return rewrite_every_s(analyzer.contact, known.settings.get(f"output_{analyzer.contact.output}_timeout_s", 0))
