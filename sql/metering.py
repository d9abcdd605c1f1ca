"""Bases, holds and evidence: what metering decided, written so that a restart knows as much as the run before."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.books import Book, Ground
from prepaid.charging import Mark
from prepaid.metering import Counter, Meter
from prepaid.records import SOURCES, BaseCause, HoldCause, Reading, Source
from prepaid.site import Analyzer, Pending
from sql.hot import Hot, instants
from sql.tables import analyzer_states, analyzers, assignments, bases, holds, quarantined_readings, step_backs

_MARKS = Hot(
    bases.update()
    .where(bases.c.id == sa.bindparam("key"))
    .values(
        counter_wh=sa.bindparam("counter"),
        highest_wh=sa.bindparam("highest"),
        accepted_at=sa.bindparam("accepted", type_=sa.BigInteger),
        charged_wh=sa.bindparam("charged"),
        charged_at=sa.bindparam("charged_until", type_=sa.BigInteger),
    ),
    ["counter", "highest", "accepted", "charged", "charged_until", "key"],
)


def load_books(conn: Connection, known: Mapping[int, Analyzer], site_id: int) -> dict[int, Book]:
    """The book of every analyzer of the site that has open bases."""
    rows: dict[int, dict[Source, Any]] = {}
    question = (
        sa.select(bases)
        .join(analyzers, analyzers.c.id == bases.c.analyzer_id)
        .where(analyzers.c.site_id == site_id, bases.c.closed_at.is_(None))
    )
    for row in conn.execute(question):
        rows.setdefault(row.analyzer_id, {})[row.source] = row
    bits = _load_bits(conn, site_id)
    held = _load_holds(conn, site_id)
    books = {}
    for analyzer_id, analyzer in known.items():
        pair = rows.get(analyzer_id, {})
        recorded, edges = bits.get(analyzer_id, (0, 0))
        meter = Meter(
            serial_number=analyzer.serial_number,
            rated_power_w=float(analyzer.rated_power_w),
            diagnostics=recorded,
            edges=edges,
            hold=held.get(analyzer_id),
        )
        books[analyzer_id] = _book(meter, pair) if len(pair) == len(SOURCES) else Book(meter=meter)
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


def begin_assignment(conn: Connection, analyzer_id: int, pending: Pending, at: datetime, meter: Meter) -> None:
    """A handover: the current assignment ends and the pending one begins at this accepted reading."""
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


def keep_quarantined(conn: Connection, refused: Sequence[tuple[Reading, str, str, tuple[Any, Any]]]) -> None:
    """Keeps unfit readings as evidence: (reading, verdict, why, (grid counter, generator counter))."""
    if refused:
        conn.execute(
            quarantined_readings.insert(),
            [
                {
                    "analyzer_id": reading.analyzer_id,
                    "read_at": reading.read_at,
                    "verdict": verdict,
                    "why": why[:200],
                    "serial_number": reading.serial_number[:32],
                    "grid_counter": str(counters[0])[:40],
                    "generator_counter": str(counters[1])[:40],
                    "diagnostics": reading.status.diagnostics,
                }
                for reading, verdict, why, counters in refused
            ],
        )


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
    conn: Connection, analyzer_id: int, cause: HoldCause, why: str, at: datetime, protects: timedelta
) -> None:
    """A billing hold of one analyzer; only one from a counter that fell protects its account."""
    conn.execute(
        holds.insert().values(
            analyzer_id=analyzer_id,
            cause=cause,
            why=why[:200],
            began_at=at,
            protects_until_at=at + protects if cause is HoldCause.FELL else None,
        )
    )


def end_hold(conn: Connection, analyzer_id: int, at: datetime, ended_by: str) -> None:
    """Ends the open hold of an analyzer."""
    conn.execute(
        holds.update()
        .where(holds.c.analyzer_id == analyzer_id, holds.c.ended_at.is_(None))
        .values(ended_at=at, ended_by=ended_by)
    )


def protected_accounts(conn: Connection, site_id: int, now: datetime) -> set[int]:
    """Accounts with an analyzer whose counter fell, for as long as the hold protects them."""
    question = (
        sa.select(assignments.c.account_id)
        .join(holds, holds.c.analyzer_id == assignments.c.analyzer_id)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .where(
            analyzers.c.site_id == site_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
            holds.c.ended_at.is_(None),
            holds.c.protects_until_at > now,
        )
    )
    return set(conn.scalars(question))


def _book(meter: Meter, pair: Mapping[Source, Any]) -> Book:
    grid, generator = pair[Source.GRID], pair[Source.GENERATOR]
    filled = Meter(
        serial_number=meter.serial_number,
        rated_power_w=meter.rated_power_w,
        grid=Counter(grid.opening_wh, grid.counter_wh, grid.highest_wh),
        generator=Counter(generator.opening_wh, generator.counter_wh, generator.highest_wh),
        accepted_at=max(grid.accepted_at, generator.accepted_at),
        diagnostics=meter.diagnostics,
        edges=meter.edges,
        hold=meter.hold,
    )
    return Book(
        meter=filled,
        grid=Ground(base_id=grid.id, charged=Mark(grid.charged_at, grid.charged_wh)),
        generator=Ground(base_id=generator.id, charged=Mark(generator.charged_at, generator.charged_wh)),
    )


def _load_bits(conn: Connection, site_id: int) -> dict[int, tuple[int, int]]:
    question = (
        sa.select(analyzer_states.c.analyzer_id, analyzer_states.c.recorded_bits, analyzer_states.c.open_bits)
        .join(analyzers, analyzers.c.id == analyzer_states.c.analyzer_id)
        .where(analyzers.c.site_id == site_id)
    )
    return {row.analyzer_id: (row.recorded_bits, row.open_bits) for row in conn.execute(question)}


def _load_holds(conn: Connection, site_id: int) -> dict[int, HoldCause]:
    question = (
        sa.select(holds.c.analyzer_id, holds.c.cause)
        .join(analyzers, analyzers.c.id == holds.c.analyzer_id)
        .where(analyzers.c.site_id == site_id, holds.c.ended_at.is_(None))
    )
    return {row.analyzer_id: row.cause for row in conn.execute(question)}
