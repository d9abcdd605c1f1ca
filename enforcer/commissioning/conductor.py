"""Tests on the spot within the passes: each runs over its analyzer's own link, and cuts through the usual switching.

What was begun is known after a kill: the supply is lent to the wish in its row before the first frame leaves, and
wanted on behind its time whoever runs then.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace

from documents.logs import get
from enforcer.commissioning.around import Around, Stepped
from enforcer.commissioning.examine import examine
from enforcer.commissioning.run import Run, judged, wanted_of
from enforcer.commissioning.steps import (
    begin,
    count_anew,
    end,
    end_if_locked,
    give_back,
    move,
    remembered,
    restore,
    switch_on,
    try_supply,
    want_back,
)
from enforcer.link import Polling
from enforcer.relay import Switched, look
from prepaid.commissioning import LOOKED_WITHIN_S, OFF_AT_MOST_S, Found, Phase, prevents
from prepaid.device_findings import Examined, measures_rightly
from prepaid.errors.analyzers import AnalyzerError
from prepaid.language import _
from prepaid.metering import Swap
from prepaid.records import WishState
from prepaid.sources import source_by_others
from prepaid.switching import Evidence, Look, Supply, shown
from sql.commissioning_wishes import open_tests
from sql.connection import Connection
from sql.swaps import other_owner

FOLLOWED_WITHIN_S = 12.0
"""So long the output, and then the load, may take to follow a cut; tries of its own are within it."""
ASKED_AFTER_S = 2.0
"""So long after a cut it is asked whether it still answers: what is fed from below its contactor is dead by then."""

log = get("enforcer.commissioning")


class Commissioner:
    """All tests of a site. `step` in the transaction of a pass, `take_effect` behind it, `heard` for each answer."""

    def __init__(self, poller: Polling) -> None:
        self._poller = poller
        self._runs: dict[int, Run] = {}
        self._examining: dict[int, Future[Examined]] = {}
        self._looking: dict[int, Future[Look]] = {}

    @property
    def swaps(self) -> Mapping[int, Swap]:
        """New devices whose base may be opened."""
        waiting = (run for run in self._runs.values() if run.phase is Phase.COUNTING_ANEW)
        return {run.wish.analyzer_id: run.wish.swap for run in waiting if run.wish.swap is not None}

    def step(self, conn: Connection, around: Around) -> Stepped:
        """Begins what was asked, goes on with what is under way, and gives back what no test has any more."""
        stepped = Stepped(runs=dict(self._runs))
        asked = {wish.analyzer_id: wish for wish in open_tests(conn, around.site.site_id, around.now)}
        for analyzer_id, wish in asked.items():
            if analyzer_id not in stepped.runs:
                begin(conn, around, stepped, wish)
        for analyzer_id, run in list(stepped.runs.items()):
            if analyzer_id not in asked:
                del stepped.runs[analyzer_id]
            elif analyzer_id in self._runs:
                self._go_on(conn, around, stepped, run)
        give_back(around, stepped)
        return stepped

    def take_effect(self, stepped: Stepped) -> None:
        """The transaction is committed: what it wrote is so, and devices may be asked."""
        for analyzer_id, run in stepped.runs.items():
            before = self._runs.get(analyzer_id)
            if run.phase is Phase.LOOKING and (before is None or before.wish != run.wish):
                self._examining[analyzer_id] = self._poller.submit(analyzer_id, examine)
        self._runs = stepped.runs
        for waiting in (self._examining, self._looking):
            for analyzer_id in waiting.keys() - self._runs.keys():
                del waiting[analyzer_id]

    def heard(self, analyzer_id: int, switched: Switched | None) -> None:
        """What the device showed before and after a frame; only this tells which phase carried load."""
        run = self._runs.get(analyzer_id)
        if run is None or switched is None or run.phase is not Phase.CUTTING or not switched.written:
            return
        before = run.trial.before or switched.before
        trial = replace(run.trial, before=before, after=switched.after)
        self._runs = {**self._runs, analyzer_id: replace(run, trial=trial)}

    # --- one test -------------------------------------------------------------------------------------------------

    def _go_on(self, conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
        if run.phase is Phase.LOOKING:
            self._looked(conn, around, stepped, run)
        elif run.phase is Phase.COUNTING_ANEW:
            count_anew(conn, around, stepped, run)
        elif end_if_locked(conn, around, stepped, run):
            return
        elif run.phase is Phase.SWITCHING_ON:
            switch_on(conn, around, stepped, run)
        elif run.phase is Phase.CUTTING:
            self._cut(conn, around, stepped, run)
        else:
            restore(conn, around, stepped, run)

    def _looked(self, conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
        """The device was examined: what it said decides how the test goes on."""
        future = self._examining.get(run.wish.analyzer_id)
        if future is None or not future.done():
            if around.now_s - run.phase_s > LOOKED_WITHIN_S:
                end(conn, stepped, run, WishState.REFUSED, _("it does not answer"), around.now)
            return
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or error is not None:
            why = str(error) if isinstance(error, AnalyzerError) else _("it was broken off")
            if error is not None and not isinstance(error, AnalyzerError):
                log.error("commissioning.broken", analyzer=run.analyzer.name, exc_info=error)
            end(conn, stepped, run, WishState.REFUSED, why, around.now)
            return
        seen, swap = future.result(), run.wish.swap
        if swap is not None and seen.serial_number != swap.serial_number:
            why = _("serial number {number} answers").format(number=seen.serial_number)
            end(conn, stepped, run, WishState.REFUSED, why, around.now)
            return
        serial_number = run.analyzer.serial_number if swap is None else swap.serial_number
        wanted = wanted_of(run.analyzer, serial_number)
        found, proven = judged(wanted, seen, source_by_others(around.counting, run.wish.analyzer_id))
        owner = other_owner(conn, run.wish.analyzer_id, seen.serial_number)
        if owner is not None:
            found.append(prevents(Found.SERIAL_TAKEN, serial_number=seen.serial_number, analyzer=owner))
        run = replace(run, examined=seen, found=tuple(found), tariff_proven=proven)
        if swap is not None and owner is None and measures_rightly(found):
            move(conn, around, stepped, run, Phase.COUNTING_ANEW)
        else:
            try_supply(conn, around, stepped, run)

    def _cut(self, conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
        """Waits for the proof of the cut, then asks the device once more, then has the supply restored.

        1. Not followed within its time: enough is known. 2. Confirmed: the load has its time to follow. 3. With
        evidence: the analyzer is asked whether it answers while cut.
        """
        analyzer_id, now_s = run.wish.analyzer_id, around.now_s
        run = remembered(conn, around, run)
        over = around.supply[analyzer_id].lent is None or now_s - run.phase_s >= OFF_AT_MOST_S
        if not run.trial.confirmed:
            if over or now_s - run.phase_s > FOLLOWED_WITHIN_S:
                want_back(conn, around, stepped, run)
            else:
                stepped.runs[analyzer_id] = run
            return
        cut_s = now_s if run.cut_s is None else run.cut_s
        run, since_s = replace(run, cut_s=cut_s), now_s - cut_s
        answer = self._looking.get(analyzer_id)
        if answer is not None and answer.done():
            del self._looking[analyzer_id]
            if not answer.cancelled() and answer.exception() is None:
                answered = shown(run.analyzer.contact, answer.result()) is Supply.CUT
                run = replace(run, trial=replace(run.trial, answered=answered, after=answer.result()))
        elif answer is None and since_s >= ASKED_AFTER_S and not run.trial.answered:
            self._looking[analyzer_id] = self._poller.submit(analyzer_id, look)
        proven_or_late = run.trial.evidence is not Evidence.NONE or since_s > FOLLOWED_WITHIN_S
        if over or (run.trial.answered and proven_or_late):
            want_back(conn, around, stepped, run)
        else:
            stepped.runs[analyzer_id] = run
