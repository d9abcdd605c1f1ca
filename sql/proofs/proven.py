"""How far ledgers and chains are proven: the heads of the last proof without a breach, where the next one begins.

They are no more to be believed than other rows, so their hash is an event in the chain of the proofs themselves, and
each proof looks whether its starting points are the ones that were written, and still stand in ledgers and chains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from sql.events import Event, record
from sql.heads import Heads, digest_of
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.tables import accounts, entries, event_heads, events, proven_entries, proven_events

WRITER = "check"
CHANGED = "proof.start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a proof may begin: what came after `proven_at` (None: nothing is proven yet). Not `believed`: the heads are
    not the ones that were written."""

    proven_at: datetime | None
    believed: bool = True


def find_start(conn: Connection) -> Start:
    """Reads the starting points in a writing transaction, so that no other proof moves them meanwhile."""
    _lock(conn)
    last = conn.execute(
        sa.select(events.c.happened_at, events.c.action, events.c.after)
        .where(events.c.writer == WRITER)
        .order_by(events.c.event_no.desc())
        .limit(1)
    ).one_or_none()
    digest = _digest(conn)
    if last is None:
        return Start(proven_at=None, believed=digest == digest_of([], []))
    known = last.after is not None and last.action == "books.proved" and last.after.get("digest") == digest
    return Start(proven_at=last.happened_at, believed=known)


def advance(conn: Connection, heads: Heads, at: datetime) -> None:
    """All before these heads is proven. `at` is when the proof began, so that nothing after it is left out."""
    _lock(conn)
    conn.execute(proven_entries.delete())
    conn.execute(proven_events.delete())
    ledgers = [
        {"account_id": head.account_id, "entry_no": head.entry_no, "balance": head.balance} for head in heads.accounts
    ]
    chains = [{"writer": head.writer, "event_no": head.event_no, "hash": head.hash} for head in heads.writers]
    if ledgers:
        conn.execute(proven_entries.insert(), ledgers)
    if chains:
        conn.execute(proven_events.insert(), chains)
    facts = {"digest": _digest(conn), "entries": heads.entries, "events": heads.events}
    record(
        conn, WRITER, [Event(action="books.proved", actor=WRITER, subject="books:all", site_id=None, after=facts)], at
    )


def _lock(conn: Connection) -> None:
    """Proofs of two sites may end at once, and each writes all starting points anew."""
    locked = sa.select(event_heads.c.event_no).where(event_heads.c.writer == WRITER)
    conn.scalar(locked.with_hint(event_heads, "WITH (UPDLOCK, HOLDLOCK)", "mssql"))


def rows_to_prove(table: sa.Table, scope: Scope) -> sa.FromClause:
    """A ledger table (Entries, Charges, Allocations) behind app.Accounts: all rows, or those after the proven heads."""
    if scope.everything:
        return accounts.join(table, table.c.account_id == accounts.c.id)
    return rows_from(table, table.c.entry_no > proven_no())


def rows_from(table: sa.Table, where: sa.ColumnElement[bool]) -> sa.FromClause:
    """Of each account, with its proven head, a range of the table's primary key.

    What is added to the account's id changes nothing, but it cannot be looked up: without statistics SQLite would
    otherwise read the whole table and look up the account of each row.
    """
    return accounts.outerjoin(proven_entries, proven_entries.c.account_id == accounts.c.id).join(
        table, sa.and_(table.c.account_id == accounts.c.id + 0, where)
    )


def proven_no() -> sa.ColumnElement[Any]:
    """The number of the last entry of an account that is proven."""
    return sa.func.coalesce(proven_entries.c.entry_no, 0)


def prove_start(conn: Connection, _scope: Scope) -> Iterator[Breach]:
    """The entries at the proven heads are still there, with the balances of then (those of events: in the chains)."""
    question = (
        sa.select(
            accounts.c.number.label("account"),
            proven_entries.c.entry_no,
            proven_entries.c.balance,
            entries.c.balance_after,
        )
        .join(accounts, accounts.c.id == proven_entries.c.account_id)
        .outerjoin(
            entries,
            sa.and_(
                entries.c.account_id == proven_entries.c.account_id, entries.c.entry_no == proven_entries.c.entry_no
            ),
        )
        .where(
            proven_entries.c.entry_no > 0,
            sa.or_(entries.c.balance_after.is_(None), entries.c.balance_after != proven_entries.c.balance),
        )
        .order_by(accounts.c.id)
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _(
            "Entry {entry_no} of account {account} was proven with a balance of {balance} behind it; now it is"
            " {balance_after}: the ledger was changed afterwards."
        )
        yield told(2, "ledger.proven", said, row, "account")


def unbelieved() -> Breach:
    """The heads are not the ones that the last proof wrote."""
    said = _("The starting points of the last proof were changed afterwards: all of history is proved instead.")
    return Breach(number=7, name=CHANGED, sentence=said)


def _digest(conn: Connection) -> str:
    ledgers = sa.select(proven_entries.c.account_id, proven_entries.c.entry_no, proven_entries.c.balance)
    chains = sa.select(proven_events.c.writer, proven_events.c.event_no, proven_events.c.hash)
    return digest_of(
        [(row.account_id, row.entry_no, row.balance) for row in conn.execute(ledgers)],
        [(row.writer, row.event_no, row.hash) for row in conn.execute(chains)],
    )
