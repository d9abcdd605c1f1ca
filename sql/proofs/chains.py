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
    """Reads the events in order, a page at a time, and computes each hash again."""
    heads = {row.writer: row for row in conn.execute(sa.select(event_heads)).all()}
    question = sa.select(*_COLUMNS).order_by(events.c.writer, events.c.event_no)
    if not scope.everything:
        question = question.join(event_heads, event_heads.c.writer == events.c.writer).where(
            events.c.event_no > event_heads.c.event_no - scope.newest
        )
    last: dict[str, tuple[int, str]] = {}
    broken: set[str] = set()
    for row in conn.execute(question.execution_options(yield_per=ROWS_AT_ONCE)).mappings():
        writer = row["writer"]
        if writer not in broken and not _continues(row, last.get(writer), scope):
            broken.add(writer)
            yield _breach(
                _("The events of {writer} are changed or missing at number {number}."), writer, row["event_no"]
            )
        last[writer] = (row["event_no"], row["hash"])
    for writer in sorted((heads.keys() | last.keys()) - broken)[:MOST_TOLD]:
        head = heads.get(writer)
        expected = (0, FIRST_HASH) if head is None else (head.event_no, head.hash)
        found = last.get(writer, (0, FIRST_HASH))
        if head is None or found != expected:
            yield _breach(_("The last events of {writer} are not there: number {number} is due."), writer, expected[0])


def _continues(row: sa.RowMapping, before: tuple[int, str] | None, scope: Scope) -> bool:
    """The first event looked at is believed to follow what is not looked at, unless it is the first one of all."""
    if before is None:
        before = (
            (0, FIRST_HASH) if scope.everything or row["event_no"] == 1 else (row["event_no"] - 1, row["previous_hash"])
        )
    follows = (row["event_no"], row["previous_hash"]) == (before[0] + 1, before[1])
    return follows and row["hash"] == _hash(row)


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
