"""Invariant 7: the chain of events of each writer is unbroken: numbers, hashes, and the head with the last one."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from sql.events import FIRST_HASH, chain_hash
from sql.proofs.breach import MOST_TOLD, Breach, Scope
from sql.tables import event_heads, events

ROWS_AT_ONCE = 1000
_NOTHING = (0, FIRST_HASH)
_COLUMNS = [
    events.c.writer,
    events.c.event_no,
    events.c.site_id,
    events.c.happened_at,
    events.c.action,
    events.c.actor,
    events.c.subject,
    sa.type_coerce(events.c.before, sa.UnicodeText).label("before"),
    sa.type_coerce(events.c.after, sa.UnicodeText).label("after"),
    events.c.previous_hash,
    events.c.hash,
]


def prove_chains(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Reads the events in order, a page at a time, and computes each hash again.

    The first event looked at is believed to follow what is not looked at, unless it is the first one of all.
    """
    heads = {row.writer: (row.event_no, row.hash) for row in conn.execute(sa.select(event_heads))}
    last: dict[str, tuple[int, str]] = {}
    broken: set[str] = set()
    for row in conn.execute(_question(scope)).mappings():
        writer = row["writer"]
        before = last.get(writer) or _before(row, heads.get(writer), scope)
        if writer not in broken and not _follows(row, before):
            broken.add(writer)
            said = _("The events of {writer} are changed or missing at number {number}.")
            yield _breach(said, writer, before[0] + 1)
        last[writer] = (row["event_no"], row["hash"])
    for writer in sorted((heads.keys() | last.keys() | _headless(conn)) - broken)[:MOST_TOLD]:
        head = heads.get(writer)
        if head is None or last.get(writer, _NOTHING) != head:
            said = _("The last events of {writer} are not there, or not the ones that were: number {number} is due.")
            yield _breach(said, writer, (head or _NOTHING)[0])


def _question(scope: Scope) -> sa.Select[Any]:
    question = sa.select(*_COLUMNS).order_by(events.c.writer, events.c.event_no)
    if not scope.everything:
        question = question.join(event_heads, event_heads.c.writer == events.c.writer).where(
            events.c.event_no > event_heads.c.event_no - scope.newest
        )
    return question.execution_options(yield_per=ROWS_AT_ONCE)


def _before(row: sa.RowMapping, head: tuple[int, str] | None, scope: Scope) -> tuple[int, str]:
    """Number and hash that the first event looked at must follow."""
    unseen = 0 if scope.everything or head is None else max(0, head[0] - scope.newest)
    return (unseen, row["previous_hash"]) if unseen else _NOTHING


def _follows(row: sa.RowMapping, before: tuple[int, str]) -> bool:
    return (row["event_no"] - 1, row["previous_hash"]) == before and row["hash"] == _hash(row)


def _headless(conn: Connection) -> set[str]:
    """Writers of events that have no head."""
    question = (
        sa.select(events.c.writer)
        .outerjoin(event_heads, event_heads.c.writer == events.c.writer)
        .where(event_heads.c.writer.is_(None))
        .distinct()
        .limit(MOST_TOLD)
    )
    return set(conn.scalars(question))


def _hash(row: sa.RowMapping) -> str | None:
    try:
        facts = {name: None if row[name] is None else json.loads(row[name]) for name in ("before", "after")}
    except ValueError:
        return None
    whole: dict[str, Any] = {**row, **facts}
    return chain_hash(whole)


def _breach(said: str, writer: str, number: int) -> Breach:
    row = {"writer": writer, "number": number}
    return Breach(number=7, name="events.chain", sentence=said.format(**row), rows=(row,))
