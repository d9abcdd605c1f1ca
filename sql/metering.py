"""Bases, holds and evidence: what metering decided, written so that a restart knows as much as the run before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.books import Book, Ground
from prepaid.charging import Mark
from prepaid.metering import Counter, Meter, Point
from prepaid.records import SOURCES, BaseCause, HoldCause, Reading, Source
from prepaid.site import Analyzer, Pending
from sql.hot import Hot, instants
from sql.tables import analyzer_states, analyzers, assignments, bases, holds, step_backs

_MARKS = Hot(bases, ("counter_wh", "highest_wh", "accepted_at", "charged_wh", "charged_at"), of=("id",))


_OPEN_BASES = (
    sa.select(bases)
    .join(analyzers, analyzers.c.id == bases.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), bases.c.closed_at.is_(None))
)


def load_books(conn: Connection, known: Mapping[int, Analyzer], site_id: int) -> dict[int, Book]:
    """The book of every analyzer of the site that has open bases."""
    rows: dict[int, dict[Source, Any]] = {}
    for row in conn.execute(_OPEN_BASES, {"site_id": site_id}):
        rows.setdefault(row.analyzer_id, {})[row.source] = row
    bits = _load_bits(conn, site_id)
    held = _load_holds(conn, site_id)
    books = {}
    for analyzer_id, analyzer in known.items():
        pair = rows.get(analyzer_id, {})
        recorded = bits.get(analyzer_id, _Bits())
        meter = Meter(
            serial_number=analyzer.serial_number,
            rated_power_w=float(analyzer.rated_power_w),
            diagnostics=recorded.known,
            edges=recorded.open,
            edges_at=recorded.open_at,
        )
        whole = len(pair) == len(SOURCES)
        books[analyzer_id] = _book(meter, pair, held.get(analyzer_id)) if whole else Book(meter=meter)
    return books


def save_marks(conn: Connection, books: Sequence[Book]) -> None:
    """Writes how far counters and charges of these analyzers have come."""
    moment = instants(conn)
    rows = []
    for book in books:
        accepted = moment(book.meter.accepted_at)
        for source in SOURCES:
            ground = book.ground(source)
            if ground is None:
                continue
            counter = book.meter.counter(source)
            rows.append(
                (
                    counter.counter_wh,
                    counter.highest_wh,
                    accepted,
                    ground.charged.wh,
                    moment(ground.charged.at),
                    ground.base_id,
                )
            )
    _MARKS.execute(conn, rows)


def open_bases(
    conn: Connection, reading: Reading, cause: BaseCause, opened_at: datetime, before: Meter, book: Book
) -> Book:
    """Closes the bases that the meter had before and opens new ones as the book's meter says; answers the book with
    its rows. What the old bases still owed is charged in this transaction, so they end charged in full."""
    for source in SOURCES if before.grid is not None else ():
        counter = before.counter(source)
        conn.execute(
            bases.update()
            .where(bases.c.analyzer_id == reading.analyzer_id, bases.c.source == source, bases.c.closed_at.is_(None))
            .values(
                closed_at=opened_at,
                counter_wh=counter.counter_wh,
                highest_wh=counter.highest_wh,
                accepted_at=before.accepted_at,
                charged_wh=counter.highest_wh,
                charged_at=before.accepted_at,
            )
        )
    grounds = {}
    for source in SOURCES:
        counter = book.meter.counter(source)
        inserted = conn.execute(
            bases.insert().values(
                analyzer_id=reading.analyzer_id,
                source=source,
                serial_number=reading.serial_number,
                cause=cause,
                opened_at=opened_at,
                opening_wh=counter.opening_wh,
                began_wh=counter.counter_wh,
                counter_wh=counter.counter_wh,
                highest_wh=counter.highest_wh,
                accepted_at=book.meter.accepted_at,
                charged_wh=counter.opening_wh,
                charged_at=opened_at,
            )
        )
        assert inserted.inserted_primary_key is not None, "the database numbers bases"
        grounds[source] = Ground(
            base_id=int(inserted.inserted_primary_key[0]), charged=Mark(opened_at, counter.opening_wh)
        )
    return Book(
        meter=book.meter,
        grid=grounds[Source.GRID],
        generator=grounds[Source.GENERATOR],
        accepted_s=book.accepted_s,
    )


_PENDING = (
    sa.select(assignments.c.id)
    .where(
        assignments.c.id == sa.bindparam("assignment_id"),
        assignments.c.from_at.is_(None),
        assignments.c.until_at.is_(None),
    )
    .with_hint(assignments, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
)


def begin_assignment(conn: Connection, analyzer_id: int, pending: Pending, at: datetime, meter: Meter) -> bool:
    """A handover: the current assignment ends and the pending one begins at this accepted reading; answers whether it
    did. One that a person took back since the site was read does not begin, and the current one goes on."""
    if conn.scalar(_PENDING, {"assignment_id": pending.assignment_id}) is None:
        return False
    conn.execute(
        assignments.update()
        .where(
            assignments.c.analyzer_id == analyzer_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
        )
        .values(until_at=at)
    )
    conn.execute(
        assignments.update()
        .where(assignments.c.id == pending.assignment_id)
        .values(
            from_at=at,
            opening_grid_wh=meter.counter(Source.GRID).highest_wh,
            opening_generator_wh=meter.counter(Source.GENERATOR).highest_wh,
        )
    )
    return True


def keep_step_back(
    conn: Connection, analyzer_id: int, base_id: int, source: Source, at: datetime, from_wh: int, to_wh: int
) -> None:
    """Keeps a fall of a counter at a restart: Wh that were used and are never charged."""
    conn.execute(
        step_backs.insert().values(
            analyzer_id=analyzer_id,
            base_id=base_id,
            source=source,
            seen_at=at,
            from_wh=from_wh,
            to_wh=to_wh,
            forgone_wh=from_wh - to_wh,
        )
    )


def begin_hold(
    conn: Connection,
    analyzer_id: int,
    cause: HoldCause,
    why: str,
    at: datetime,
    protects: timedelta,
    held: Point | None = None,
) -> None:
    """A billing hold of one analyzer, begun by the counters `held`; only one that fell protects its account."""
    conn.execute(
        holds.insert().values(
            analyzer_id=analyzer_id,
            cause=cause,
            why=why[:200],
            began_at=at,
            protects_until_at=at + protects if cause is HoldCause.FELL else None,
            grid_wh=None if held is None else held.grid_wh,
            generator_wh=None if held is None else held.generator_wh,
        )
    )


def end_hold(conn: Connection, analyzer_id: int, at: datetime, ended_by: str) -> None:
    """Ends the open hold of an analyzer."""
    conn.execute(
        holds.update()
        .where(holds.c.analyzer_id == analyzer_id, holds.c.ended_at.is_(None))
        .values(ended_at=at, ended_by=ended_by)
    )


_PROTECTED = (
    sa.select(assignments.c.account_id)
    .join(holds, holds.c.analyzer_id == assignments.c.analyzer_id)
    .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
    .where(
        analyzers.c.site_id == sa.bindparam("site_id"),
        assignments.c.from_at.is_not(None),
        assignments.c.until_at.is_(None),
        holds.c.ended_at.is_(None),
        holds.c.protects_until_at > sa.bindparam("now"),
    )
)


def protected_accounts(conn: Connection, site_id: int, now: datetime) -> set[int]:
    """Accounts with an analyzer whose counter fell, for as long as the hold protects them."""
    return set(conn.scalars(_PROTECTED, {"site_id": site_id, "now": now}))


class _Bits(NamedTuple):
    """The stored bits of 205 that are recorded, and those that have explained nothing yet."""

    known: int = 0
    open: int = 0
    open_at: datetime | None = None


class _Hold(NamedTuple):
    cause: HoldCause
    began_at: datetime
    grid_wh: int | None
    generator_wh: int | None

    def point(self, accepted_at: datetime) -> Point | None:
        """The reading that began it; holds of before kept no counters."""
        if self.grid_wh is None or self.generator_wh is None:
            return None
        elapsed_s = (self.began_at - accepted_at).total_seconds()
        return Point(self.began_at, elapsed_s, self.grid_wh, self.generator_wh)


def _book(meter: Meter, pair: Mapping[Source, Any], hold: _Hold | None) -> Book:
    grid, generator = pair[Source.GRID], pair[Source.GENERATOR]
    accepted_at = max(grid.accepted_at, generator.accepted_at)
    filled = replace(
        meter,
        grid=Counter(grid.opening_wh, grid.counter_wh, grid.highest_wh),
        generator=Counter(generator.opening_wh, generator.counter_wh, generator.highest_wh),
        accepted_at=accepted_at,
        hold=None if hold is None else hold.cause,
        held=None if hold is None else hold.point(accepted_at),
    )
    return Book(
        meter=filled,
        grid=Ground(base_id=grid.id, charged=Mark(grid.charged_at, grid.charged_wh)),
        generator=Ground(base_id=generator.id, charged=Mark(generator.charged_at, generator.charged_wh)),
    )


_BITS = (
    sa.select(
        analyzer_states.c.analyzer_id,
        analyzer_states.c.recorded_bits,
        analyzer_states.c.open_bits,
        analyzer_states.c.open_bits_at,
    )
    .join(analyzers, analyzers.c.id == analyzer_states.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"))
)


def _load_bits(conn: Connection, site_id: int) -> dict[int, _Bits]:
    return {row.analyzer_id: _Bits(*row[1:]) for row in conn.execute(_BITS, {"site_id": site_id})}


_OPEN_HOLDS = (
    sa.select(holds.c.analyzer_id, holds.c.cause, holds.c.began_at, holds.c.grid_wh, holds.c.generator_wh)
    .join(analyzers, analyzers.c.id == holds.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), holds.c.ended_at.is_(None))
)


def _load_holds(conn: Connection, site_id: int) -> dict[int, _Hold]:
    return {row.analyzer_id: _Hold(*row[1:]) for row in conn.execute(_OPEN_HOLDS, {"site_id": site_id})}
