"""What waited in the spool becomes books: the road of a pass up to its charges, slice by slice, and no decision.

Each slice is one transaction under the lease. It may run twice: what is in the books already is judged late then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from enforcer.accept import Accepted, accept
from enforcer.charge import bill
from enforcer.decide import live_of, read_circumstances
from enforcer.held_lease import HeldLease
from enforcer.notices import came_back
from enforcer.sight import answering_serials, restarted_since, restarts
from enforcer.site_state import State, merged, reload
from enforcer.spool import Slice, Spool
from enforcer.store import store
from enforcer.tell import Money, alert_events, raise_all
from enforcer.timekeeping import BookClock
from enforcer.watch import watch
from prepaid.books import Book
from prepaid.metering import Verdict
from prepaid.records import Reading
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.events import record
from sql.supply import note_restarts

SLICE = 500


class Loader:
    """Loads the spool of one site. `back` and `restarted` are what the next decision must know of loaded readings:
    which accounts were out of sight, and which analyzers told a restart."""

    def __init__(self, held: HeldLease, clock: BookClock, spool: Spool, writer: str, counted_from_s: float) -> None:
        self.back: frozenset[int] = frozenset()
        self.restarted: frozenset[int] = frozenset()
        self._held = held
        self._clock = clock
        self._spool = spool
        self._writer = writer
        self._counted_from_s = counted_from_s
        self._anchor = (clock.now(), clock.monotonic())

    def decided(self) -> None:
        """The decision knows it now."""
        self.back = self.restarted = frozenset()

    def load(
        self,
        waiting: Slice,
        state: State,
        said: Callable[[Mapping[int, Book]], Mapping[int, Book]],
        beat: Callable[[Connection, datetime], None],
    ) -> State:
        """Makes books of a slice, or of its first part; answers the memory behind it. Raises LeaseLost.

        `said` is what people said of meters, `beat` the sign of life.
        """
        site = state.site
        readings = waiting.readings if waiting.own else [self._of_this_run(each) for each in waiting.readings]
        judged = accept(site, said(state.books), readings, self._counted_from_s, self._clock.standstill)
        judged, count = _up_to_new_rows(judged, readings)
        loaded = waiting.cut(count)
        trusted = waiting.trusted and self._clock.trusted and self._clock.in_step
        charged = bill(site, judged, trusted=trusted)
        with self._held.renewing() as (conn, told_at):
            self._clock.compare(told_at)
            now = self._clock.now()
            read_until = judged[-1].reading.read_at if judged else now
            history = [each.reading for each in judged if each.reading.phases is not None]
            changed, alerts, events = store(conn, site, judged, charged, state.books, history, now, perhaps_again=True)
            books = merged(state.books, changed)
            watched, watching = watch(conn, site, state.watched, judged, books, {}, read_until)
            raised = self._raise(conn, replace(state, books=books), [*alerts, *watching.alerts])
            record(conn, self._writer, [*events, *watching.events, *alert_events(raised)], now)
            beat(conn, told_at)
            restarted = restarted_since(state.supply, restarts(judged))
            note_restarts(conn, restarted)
            after = replace(
                state,
                books=_left_open(books, judged, own=waiting.own),
                supply={**state.supply, **restarted},
                watched=watched,
            )
            if charged.handovers:
                after = reload(conn, after, self._writer)
        after.serials.update(answering_serials(judged))
        self._spool.forget(loaded)
        self.back |= came_back(judged)
        self.restarted |= restarts(judged)
        return after

    def _of_this_run(self, reading: Reading) -> Reading:
        """A reading of a run before this one: only its stamp tells when it was, so its second is counted back from
        when this run began."""
        began_at, began_s = self._anchor
        return reading._replace(monotonic_s=began_s - (began_at - reading.read_at).total_seconds())

    def _raise(self, conn: Connection, state: State, alerts: Sequence[NewAlert]) -> list[NewAlert]:
        if not alerts:
            return []
        site, now, told_at = state.site, self._clock.now(), self._held.database.now(conn)
        circumstances = read_circumstances(conn, site, now, told_at, time_trusted=self._clock.trusted)
        money = Money(
            live=live_of(site, state.books, circumstances),
            last_recharges=state.last_recharges,
            forecasts=state.forecasts,
            source=state.source,
        )
        return raise_all(conn, site, circumstances, money, alerts, now)


def _up_to_new_rows(judged: list[Accepted], readings: Sequence[Reading]) -> tuple[list[Accepted], int]:
    """The judged readings up to the first that opens a base or a handover: others of its analyzer need the rows that it
    makes. And how many of the readings these are."""
    for place, each in enumerate(judged):
        if each.judgement.verdict is Verdict.NEW_BASE or each.takes_over:
            count = next(number for number, reading in enumerate(readings, 1) if reading is each.reading)
            return judged[: place + 1], count
    return judged, len(readings)


def _left_open(books: Mapping[int, Book], judged: Sequence[Accepted], *, own: bool) -> dict[int, Book]:
    """After readings of another run only stored instants tell how long it was to the next one."""
    if own:
        return dict(books)
    touched = {each.analyzer.analyzer_id for each in judged}
    return {key: replace(book, accepted_s=None) if key in touched else book for key, book in books.items()}
