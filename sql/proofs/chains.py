"""Invariant 7: the chain of events of each writer is unbroken: numbers, hashes, and the head with the last one."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from sql.events import FIRST_HASH, chain_hash
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.tables import event_heads, events, proven_events

ROWS_AT_ONCE = 1000
_COLUMNS = [
    event_heads.c.writer.label("head_of"),
    event_heads.c.event_no.label("head_no"),
    event_heads.c.hash.label("head_hash"),
    proven_events.c.event_no.label("proven_no"),
    proven_events.c.hash.label("proven_hash"),
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
    """Reads the events in order, a page at a time, and computes each hash again: all of them, or from the proven heads
    on, which must be there as they were proven. Events and heads come from one statement and are of one instant."""
    rows = conn.execute(_question(scope)).mappings()
    for writer, of_writer in groupby(rows, key=lambda row: str(row["head_of"])):
        yield from _prove_chain(writer, of_writer, everything=scope.everything)
    for writer in _headless(conn):
        yield _breach(_("The events of {writer} have no end: nothing says which is the last one."), writer, 0)


def _prove_chain(writer: str, rows: Iterable[sa.RowMapping], *, everything: bool) -> Iterator[Breach]:
    """`due` is the number that must come next, `before` the hash that it must follow."""
    due, before, head, proven = 0, FIRST_HASH, (0, FIRST_HASH), (0, FIRST_HASH)
    for row in rows:
        if not due:
            head = (row["head_no"], row["head_hash"])
            proven = (row["proven_no"] or 0, row["proven_hash"] or FIRST_HASH)
            due = 1 if everything else max(1, proven[0])
            before = FIRST_HASH if due == 1 else row["previous_hash"]
        if row["event_no"] is None:
            break
        follows = (row["event_no"], row["previous_hash"]) == (due, before) and row["hash"] == _hash(row)
        if not follows or (due == proven[0] and row["hash"] != proven[1]):
            yield _breach(_("The events of {writer} are changed or missing at number {number}."), writer, due)
            return
        due, before = due + 1, row["hash"]
    if (due - 1, before) != head or due <= proven[0]:
        said = _("The last events of {writer} are not there, or not the ones that were: number {number} is due.")
        yield _breach(said, writer, max(head[0], proven[0]))


def _question(scope: Scope) -> sa.Select[Any]:
    of_writer = events.c.writer == event_heads.c.writer
    if not scope.everything:
        of_writer = sa.and_(of_writer, events.c.event_no >= sa.func.coalesce(proven_events.c.event_no, 0))
    return (
        sa.select(*_COLUMNS)
        .select_from(event_heads)
        .outerjoin(proven_events, proven_events.c.writer == event_heads.c.writer)
        .outerjoin(events, of_writer)
        .order_by(event_heads.c.writer, events.c.event_no)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def _headless(conn: Connection) -> Sequence[str]:
    """Writers of events that have no head."""
    question = (
        sa.select(events.c.writer)
        .outerjoin(event_heads, event_heads.c.writer == events.c.writer)
        .where(event_heads.c.writer.is_(None))
        .distinct()
        .order_by(events.c.writer)
        .limit(MOST_TOLD)
    )
    return conn.scalars(question).all()


def _hash(row: sa.RowMapping) -> str | None:
    try:
        facts = {name: None if row[name] is None else json.loads(row[name]) for name in ("before", "after")}
    except ValueError:
        return None
    whole: dict[str, Any] = {**row, **facts}
    return chain_hash(whole)


def _breach(said: str, writer: str, number: int) -> Breach:
    return told(7, "events.chain", said, {"writer": writer, "number": number}, "writer")
