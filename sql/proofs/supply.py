"""Invariants 4 to 6, as far as the rows of supply changes tell: each had its reason when it was decided.

A change names its wish or its lock. Instants prove nothing here: people's are dated by the clock of the database,
decisions by the one of the enforcer, which never goes back.
No cut for credit above the limit; a cut by a lock or wish has its lock or wish; what is called proven has evidence.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from prepaid.records import WishKind
from prepaid.supply import Answer, Reason
from prepaid.switching import PROOF, Evidence, Progress
from prepaid.units import ZERO, negative
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.tables import accounts, allocations, analyzers, entries, events, locks, supply_changes, wishes

ROWS_AT_ONCE = 1000
CLOCKS_DIFFER = timedelta(minutes=1)
"""So far apart the clocks of the database and of the enforcer are while neither is set."""
BY_WISH = {
    Reason.WISH_CUT: {WishKind.CUT},
    Reason.WISH_KEEP_ON: {WishKind.KEEP_ON},
    Reason.WISH_RESTORE: {WishKind.RESTORE},
    Reason.COMMISSIONING: {WishKind.COMMISSION, WishKind.SWAP},
}
POLICY_CHANGED = "account.policy_changed"


class Span(NamedTuple):
    """From when until when a lock was there; `until` None: it still is."""

    lock_id: int
    begins: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.begins <= at + CLOCKS_DIFFER and (self.until is None or at <= self.until + CLOCKS_DIFFER)


def prove_supply(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Every change that was decided in the scope, with its account, its wish and the entry it was decided at."""
    said_of: dict[str, int] = defaultdict(int)
    for rows in _slices(conn, scope):
        locked = _locks(conn)  # behind the changes, so that the lock of each is there
        for row in rows:
            for number, name, said in _wrong(conn, row, locked.get(row["analyzer_id"], ())):
                said_of[name] += 1
                if said_of[name] <= MOST_TOLD:
                    yield told(number, name, said, row, "id")


def _slices(conn: Connection, scope: Scope) -> Iterator[Sequence[sa.RowMapping]]:
    """SQL Server takes no other question over a connection before the last row is read."""
    question, behind = _question(scope), 0
    while rows := conn.execute(question, {"behind": behind}).mappings().all():
        yield rows
        behind = rows[-1]["id"]


def _wrong(conn: Connection, row: sa.RowMapping, locked: Sequence[Span]) -> Iterator[tuple[int, str, str]]:
    reason, live = row["reason"], row["live_balance"]
    limit = negative(_policy_then(conn, row, "emergency_credit")) if row["recharged"] else ZERO
    if reason is Reason.OUT_OF_CREDIT and live > limit:
        yield 4, "supply.limit", _("The supply change {id} of {analyzer} cut at {live_balance}: above the limit.")
    if reason is Reason.STILL_OUT and live > max(limit, _policy_then(conn, row, "restore_threshold")):
        yield 4, "supply.limit", _("The supply change {id} of {analyzer} cut at {live_balance}: above the threshold.")
    if row["balance"] is None or live > row["balance"]:
        said = _("The supply change {id} of {analyzer} tells of {live_balance}; entry {entry_no} left {balance}.")
        yield 4, "supply.basis", said
    if reason is Reason.LOCK and not _is_locked(row, locked):
        yield 6, "supply.reason", _("The supply change {id} of {analyzer} names a safety lock that was not there.")
    if reason in BY_WISH and not _is_wished(row):
        yield 6, "supply.reason", _("The supply change {id} of {analyzer} names a wish that was not there.")
    proven = row["progress"] is Progress.PROVEN
    if proven != (row["evidence"] in PROOF) and row["progress"] in (Progress.PROVEN, Progress.CONFIRMED):
        yield 5, "supply.proof", _("The supply change {id} of {analyzer} is {progress}, with {evidence} as evidence.")
    unproven = row["progress"] is Progress.CONFIRMED and row["evidence"] is Evidence.NONE
    if unproven and row["wanted"] is Answer.CUT and row["ended_at"] is not None:
        yield 5, "supply.proof", _("The supply change {id} of {analyzer} ended as a cut although the load went on.")


def _is_wished(row: sa.RowMapping) -> bool:
    """The wish is of such a kind, and of that analyzer."""
    return row["wish_kind"] in BY_WISH[row["reason"]] and row["wish_analyzer_id"] == row["analyzer_id"]


def _is_locked(row: sa.RowMapping, locked: Sequence[Span]) -> bool:
    """The lock is one of that analyzer. Changes of earlier versions name none: one was there at the time."""
    if row["lock_id"] is None:
        return any(span.holds(row["decided_at"]) for span in locked)
    return any(span.lock_id == row["lock_id"] for span in locked)


def _question(scope: Scope) -> sa.Select[Any]:
    """Where nothing was posted yet (entry 0) the balance is nothing."""
    balance = sa.case(
        (supply_changes.c.entry_no == 0, sa.literal(ZERO, entries.c.balance_after.type)), else_=entries.c.balance_after
    )
    of_entry = sa.and_(
        entries.c.account_id == supply_changes.c.account_id, entries.c.entry_no == supply_changes.c.entry_no
    )
    question = (
        sa.select(
            *(supply_changes.c[name] for name in _CHANGE),
            analyzers.c.name.label("analyzer"),
            sa.case((_recharged(), 1), else_=0).label("recharged"),
            accounts.c.emergency_credit,
            accounts.c.restore_threshold,
            balance.label("balance"),
            wishes.c.kind.label("wish_kind"),
            wishes.c.analyzer_id.label("wish_analyzer_id"),
        )
        .join(analyzers, analyzers.c.id == supply_changes.c.analyzer_id)
        .join(accounts, accounts.c.id == supply_changes.c.account_id)
        .outerjoin(entries, of_entry)
        .outerjoin(wishes, wishes.c.id == supply_changes.c.wish_id)
        .where(supply_changes.c.id > sa.bindparam("behind"))
        .order_by(supply_changes.c.id)
        .limit(ROWS_AT_ONCE)
    )
    if scope.since is not None:
        question = question.where(supply_changes.c.decided_at >= scope.since)
    return question


def _recharged() -> sa.Exists:
    """There was a recharge when it was decided: before the first one there is no emergency credit."""
    return sa.exists().where(
        allocations.c.account_id == supply_changes.c.account_id,
        allocations.c.entry_no <= supply_changes.c.entry_no,
    )


_CHANGE = (
    "id",
    "analyzer_id",
    "account_id",
    "wanted",
    "reason",
    "progress",
    "evidence",
    "live_balance",
    "entry_no",
    "lock_id",
    "decided_at",
    "ended_at",
)


def _locks(conn: Connection) -> Mapping[int, Sequence[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    for row in conn.execute(sa.select(locks.c.id, locks.c.analyzer_id, locks.c.placed_at, locks.c.removed_at)):
        found[row.analyzer_id].append(Span(row.id, row.placed_at, row.removed_at))
    return found


def _policy_then(conn: Connection, row: sa.RowMapping, name: str) -> Decimal:
    """What the policy said when it was decided: as it is now, or as it was before the first change of it since then.

    Asked only where the policy of now would be broken.
    """
    now: Decimal = row[name]
    if row["live_balance"] <= (negative(now) if name == "emergency_credit" else now):
        return now
    question = (
        sa.select(events.c.before)
        .where(
            events.c.subject == f"account:{row['account_id']}",
            events.c.action == POLICY_CHANGED,
            events.c.happened_at >= row["decided_at"] - CLOCKS_DIFFER,
        )
        .order_by(events.c.happened_at, events.c.event_no)
    )
    for before in conn.scalars(question).all():
        if before and name in before:
            return Decimal(str(before[name]))
    return now
