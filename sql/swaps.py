"""The guided swap of a device in the database: the wish of a person, and the exchange when the new base opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right
from prepaid.errors.wishes import SupplyLocked, SwapCounterWrong, SwapSameDevice, SwapSerialMissing, SwapSerialTaken
from prepaid.metering import Counter, Meter
from prepaid.records import SOURCES, Source, Wiring, WishKind
from prepaid.swaps import final_fits
from prepaid.wishes import why
from sql.acts import acting
from sql.analyzers import lock_analyzer
from sql.commissioning import keep_record, revocation
from sql.commissioning_wishes import is_locked, refuse_second
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import analyzers, bases, wishes
from sql.wishes import Asked, Wanted, place

AWAITED = timedelta(days=1)
"""So long a new device is awaited at the address after somebody said that it comes."""
LONGEST_SERIAL = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """Which device comes, and at which counters the old one was taken away (missing: at those accepted last)."""

    serial_number: str
    final_wh: Mapping[Source, int | None]
    switch: bool = False
    switch_on: bool = False


@repeated
def ask_swap(database: Database, signed_in: SignedIn, analyzer_id: int, new: NewDevice, reason: str) -> Asked:
    """Asks the enforcer to take another device for this analyzer as soon as it answers.

    Raises NotAllowed, NotFound, AnalyzerRetired, WishReasonMissing, SupplyTestUnderWay, SupplyLocked, and the
    errors that begin with Swap.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        analyzer = lock_analyzer(act, Right.ASK_ENFORCER, analyzer_id)
        serial_number = new.serial_number.strip()[:LONGEST_SERIAL]
        wanted = Wanted(
            kind=WishKind.SWAP,
            site_id=analyzer.site_id,
            analyzer_id=analyzer_id,
            reason=why(reason),
            until_at=act.now + AWAITED,
            details={
                "serial_number": serial_number,
                "grid_wh": new.final_wh.get(Source.GRID),
                "generator_wh": new.final_wh.get(Source.GENERATOR),
                "switch": new.switch,
                "switch_on": new.switch_on,
            },
        )
        refuse_second(act, wanted, analyzer.name)
        if new.switch and is_locked(act.conn, analyzer_id):
            raise SupplyLocked(analyzer=analyzer.name)
        _check_serial(act.conn, analyzer_id, serial_number)
        _check_counters(act.conn, analyzer_id, analyzer.name, new, act.now)
        return place(act, wanted, [])


def exchange(
    conn: Connection, analyzer_id: int, old: str | None, new: str, wiring: Wiring, wish_id: int, at: datetime
) -> str:
    """The new device is the one of this analyzer from now on; whatever let the old one be switched is taken back.

    Answers who asked for it.
    """
    by_whom = str(conn.scalar(sa.select(wishes.c.asked_by).where(wishes.c.id == wish_id)))
    conn.execute(analyzers.update().where(analyzers.c.id == analyzer_id).values(serial_number=new))
    if old is not None:
        site_id = conn.execute(sa.select(analyzers.c.site_id).where(analyzers.c.id == analyzer_id)).scalar_one()
        keep_record(conn, revocation(analyzer_id, old, wiring, by_whom, f"swapped for {new}", at), site_id)
    return by_whom


def other_owner(conn: Connection, analyzer_id: int, serial_number: str) -> str | None:
    """Another analyzer in use that this device belongs to."""
    question = sa.select(analyzers.c.name).where(
        analyzers.c.serial_number == serial_number, analyzers.c.retired_at.is_(None), analyzers.c.id != analyzer_id
    )
    found: str | None = conn.scalar(question.limit(1))
    return found


def _check_serial(conn: Connection, analyzer_id: int, serial_number: str) -> None:
    if not serial_number or not serial_number.isascii():
        raise SwapSerialMissing
    own = conn.scalar(sa.select(analyzers.c.serial_number).where(analyzers.c.id == analyzer_id))
    if own == serial_number:
        raise SwapSameDevice(serial_number=serial_number)
    other = other_owner(conn, analyzer_id, serial_number)
    if other is not None:
        raise SwapSerialTaken(serial_number=serial_number, analyzer=other)


def _check_counters(conn: Connection, analyzer_id: int, name: str, new: NewDevice, now: datetime) -> None:
    """A slip of the pen costs nobody money: what is charged at once is what the supply can have delivered."""
    meter, accepted_at = _old_meter(conn, analyzer_id)
    for source in SOURCES:
        final_wh = new.final_wh.get(source)
        if final_wh is None:
            continue
        if meter is None or accepted_at is None:
            raise SwapCounterWrong(analyzer=name)
        if not final_fits(meter, source, final_wh, (now - accepted_at).total_seconds()):
            raise SwapCounterWrong(analyzer=name)


def _old_meter(conn: Connection, analyzer_id: int) -> tuple[Meter | None, datetime | None]:
    question = (
        sa.select(
            bases.c.source,
            bases.c.opening_wh,
            bases.c.counter_wh,
            bases.c.highest_wh,
            bases.c.accepted_at,
            analyzers.c.rated_power_w,
            analyzers.c.serial_number,
        )
        .join(analyzers, analyzers.c.id == bases.c.analyzer_id)
        .where(bases.c.analyzer_id == analyzer_id, bases.c.closed_at.is_(None))
    )
    rows: dict[Source, Any] = {row.source: row for row in conn.execute(question)}
    if len(rows) < len(SOURCES):
        return None, None
    one = rows[Source.GRID]
    counters = {each: Counter(rows[each].opening_wh, rows[each].counter_wh, rows[each].highest_wh) for each in SOURCES}
    meter = Meter(
        serial_number=one.serial_number,
        rated_power_w=float(one.rated_power_w),
        grid=counters[Source.GRID],
        generator=counters[Source.GENERATOR],
    )
    return meter, max(row.accepted_at for row in rows.values())
