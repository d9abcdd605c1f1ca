"""Invariant 6: no recharge is lost or counted twice: each has its entry, its detail and its event, and they agree."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from prepaid.records import EntryKind
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.proofs.proven import rows_to_prove
from sql.tables import allocations, entries, event_heads, events, proven_events

SOLD = "recharge.sold"
ROWS_AT_ONCE = 1000


class Place(NamedTuple):
    """Where a recharge was booked."""

    account_id: int
    entry_no: int


class Booked(NamedTuple):
    """What was booked there, as a row and an event say it alike."""

    amount: Decimal
    currency: str
    caller: str
    key: str


def prove_recharges(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Recharges and events are brought together by account and entry number, which each event names.

    They are written in one transaction, and the recharges are read first: what is newer, or at the edge of the scope,
    is looked up by itself.
    """
    sold = _recharges(conn, scope)
    recorded: set[Place] = set()
    told_of = 0
    for row in _events(conn, scope):
        place, facts = _facts(row)
        wrong = _wrong(facts, sold.get(place) or _recharge_at(conn, place), repeated=place in recorded)
        recorded.add(place)
        if wrong and told_of < MOST_TOLD:
            told_of += 1
            yield told(6, "recharge.event", wrong, row, "writer", "event_no")
    for place in _without_event(conn, sorted(sold.keys() - recorded)):
        said = _("The recharge of entry {entry_no} of account {account_id} has no event: who sold it?")
        yield told(6, "recharge.event", said, place._asdict(), "account_id", "entry_no")


def _wrong(facts: Booked | None, booked: Booked | None, *, repeated: bool) -> str | None:
    """What is wrong with an event that tells of a recharge."""
    if facts is None or booked is None:
        return _("The event {event_no} of {writer} tells of a recharge of {subject} that is not there.")
    if facts != booked:
        return _("The event {event_no} of {writer} tells of another recharge of {subject} than was booked.")
    if repeated:
        return _("The event {event_no} of {writer} tells of a recharge that another event had told of.")
    return None


def _recharges(conn: Connection, scope: Scope) -> Mapping[Place, Booked]:
    question = _of_recharges().select_from(
        rows_to_prove(allocations, scope).join(
            entries,
            sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no),
        )
    )
    rows = conn.execute(question.execution_options(yield_per=ROWS_AT_ONCE))
    return {Place(row.account_id, row.entry_no): _booked(row) for row in rows}


def _events(conn: Connection, scope: Scope) -> Iterator[sa.RowMapping]:
    """The events of the scope that tell of a recharge, of every writer in their order. In slices: SQL Server takes no
    other question over a connection before the last row is read."""
    proven_no = sa.literal(0) if scope.everything else sa.func.coalesce(proven_events.c.event_no, 0)
    writers = (
        sa.select(event_heads.c.writer, proven_no.label("proven_no"))
        .outerjoin(proven_events, proven_events.c.writer == event_heads.c.writer)
        .order_by(event_heads.c.writer)
    )
    for writer, proven in conn.execute(writers).all():
        behind = proven
        while rows := conn.execute(_SOLD, {"writer": writer, "behind": behind}).mappings().all():
            yield from rows
            behind = rows[-1]["event_no"]


_SOLD = (
    sa.select(
        events.c.writer,
        events.c.event_no,
        events.c.subject,
        sa.type_coerce(events.c.after, sa.UnicodeText).label("after"),
    )
    .where(
        events.c.writer == sa.bindparam("writer"), events.c.event_no > sa.bindparam("behind"), events.c.action == SOLD
    )
    .order_by(events.c.event_no)
    .limit(ROWS_AT_ONCE)
)


def _recharge_at(conn: Connection, place: Place) -> Booked | None:
    question = _of_recharges().join(
        entries,
        sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no),
    )
    row = conn.execute(
        question.where(allocations.c.account_id == place.account_id, allocations.c.entry_no == place.entry_no)
    ).one_or_none()
    return None if row is None else _booked(row)


def _of_recharges() -> sa.Select[Any]:
    """Corrections and reversals have details, too, and events of their own."""
    return sa.select(
        allocations.c.account_id,
        allocations.c.entry_no,
        allocations.c.amount,
        allocations.c.currency,
        allocations.c.caller,
        allocations.c.key,
    ).where(entries.c.kind == EntryKind.ALLOCATION)


def _without_event(conn: Connection, places: list[Place]) -> Iterator[Place]:
    """The first few of these recharges that no event names, asked one by one."""
    found = 0
    for place in places:
        question = sa.select(sa.type_coerce(events.c.after, sa.UnicodeText).label("after"), events.c.subject).where(
            events.c.subject == f"account:{place.account_id}", events.c.action == SOLD
        )
        if all(_facts(row)[0] != place for row in conn.execute(question).mappings().all()):
            yield place
            found += 1
        if found == MOST_TOLD:
            return


def _booked(row: Any) -> Booked:
    return Booked(row.amount, row.currency, row.caller, row.key)


def _facts(row: sa.RowMapping) -> tuple[Place, Booked | None]:
    """The place and the recharge that an event names; what is no recharge is at no place."""
    try:
        facts = json.loads(row["after"] or "{}")
        account_id = int(row["subject"].removeprefix("account:"))
        booked = Booked(Decimal(facts["amount"]), facts["currency"], facts["caller"], facts["key"])
        return Place(account_id, int(facts["entry_no"])), booked
    except (ValueError, KeyError, TypeError, InvalidOperation, AttributeError):
        return Place(0, 0), None
