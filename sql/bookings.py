"""What a person books by hand, once per key, whatever is clicked or repeated: the frame of all such acts.

The kinds have their own modules: fees, corrections, transfers, estimates, late handovers, closings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from prepaid.access import Right
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.ledger import KeyReused
from prepaid.language import _
from prepaid.records import AccountKind, EntryKind
from sql.acts import Act, acting
from sql.connection import Database
from sql.ledger import Posting, lock_heads, post
from sql.repeating import repeated_by_key
from sql.sessions import SignedIn
from sql.tables import accounts, bookings, entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """An account that is open, with the end of its ledger; nothing else is posted to it in this transaction."""

    account_id: int
    site_id: int
    kind: AccountKind
    number: str
    currency: str
    entry_no: int
    balance: Decimal

    @property
    def next_no(self) -> int:
        """The number that the next entry gets."""
        return self.entry_no + 1


Make = Callable[[Act, Sequence[Locked]], Sequence[Posting]]
Finish = Callable[[Act, Sequence[Locked]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something to be booked on one account or two. `key` is made once (when a form is drawn) and is unique per user;
    `asked` are all facts that a repetition must have in common with it; `make` answers the entries, the first of them
    being of the first account, and `finish` does what else belongs to it, behind them."""

    key: str
    action: str
    account_ids: tuple[int, ...]
    asked: Mapping[str, Any]
    make: Make
    assignment_id: int | None = None
    finish: Finish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What was booked. `linked_entry_no` is the other end of a transfer; `repeated`: it had been booked before under
    the same key, and nothing was added."""

    account_id: int
    entry_no: int
    kind: EntryKind
    amount: Decimal
    balance_after: Decimal
    posted_at: datetime
    linked_account_id: int | None
    linked_entry_no: int | None
    repeated: bool


@repeated_by_key
def book(database: Database, signed_in: SignedIn, order: Order) -> Booked:
    """Books the order, or answers what the same key booked before.

    Raises KeyReused (recorded as an event) when the key was used for anything else, SessionEnded, NotAllowed,
    NotFound, AccountClosed, and what `order.make` raises.
    """
    for _attempt in range(3):
        try:
            with acting(database, signed_in, Right.ADMINISTER) as act:
                return _book(act, order)
        except IntegrityError as error:
            if "uq_Bookings_key" not in str(error.orig) and "Bookings.caller" not in str(error.orig):
                raise
        except KeyReused:
            with acting(database, signed_in, Right.ADMINISTER) as act:
                refused = {"key": order.key, "why": "key reused", "booking": order.action, **order.asked}
                site_id = _rows(act.conn, order.account_ids)[0].site_id
                act.note("booking.refused", f"account:{order.account_ids[0]}", site_id, after=refused)
            raise
    raise AssertionError("a key that collides is found at the next look")


def _book(act: Act, order: Order) -> Booked:
    """1. Who may act on the accounts. 2. What the key booked before. 3. Lock the heads, in ascending order, so that
    what the entries depend on stays as it is. 4. Post, with the booking and the event beside it."""
    rows = _rows(act.conn, order.account_ids)
    for row in rows:
        act.permit_site(Right.ADMINISTER, row.site_id)
    if len({row.site_id for row in rows}) > 1:
        raise NotAllowed
    caller, asked = f"ledger:{act.person.user_id}", {"action": order.action, **order.asked}
    before = _booked(act.conn, caller, order.key, asked)
    if before is not None:
        return before
    heads = lock_heads(act.conn, sorted(order.account_ids), order.account_ids)
    locked = [_locked(row, *heads[row.id]) for row in rows]
    posted = post(act.conn, order.make(act, locked), act.now)
    first = posted[0]
    act.conn.execute(
        bookings.insert().values(
            account_id=first.account_id,
            entry_no=first.entry_no,
            caller=caller,
            key=order.key,
            asked=asked,
            user_id=act.person.user_id,
            assignment_id=order.assignment_id,
        )
    )
    for account, entry in zip(locked, posted, strict=True):
        facts = {"entry_no": entry.entry_no, "amount": entry.amount, "balance_after": entry.balance_after}
        told = {**order.asked, **facts, "currency": account.currency, "key": order.key}
        act.note(order.action, f"account:{account.account_id}", account.site_id, after=told)
    if order.finish is not None:
        order.finish(act, locked)
    found = _booked(act.conn, caller, order.key, asked, repeated=False)
    assert found is not None, "it was booked a moment ago"
    return found


def _rows(conn: Connection, account_ids: Sequence[int]) -> list[Any]:
    """The accounts in the order they were named. Raises NotFound."""
    question = sa.select(
        accounts.c.id, accounts.c.site_id, accounts.c.kind, accounts.c.number, accounts.c.currency
    ).where(accounts.c.id.in_(account_ids))
    found = {row.id: row for row in conn.execute(question)}
    for account_id in account_ids:
        if account_id not in found:
            raise NotFound(what=_("account"), name=account_id)
    return [found[account_id] for account_id in account_ids]


def _locked(row: Any, entry_no: int, balance: Decimal) -> Locked:
    return Locked(
        account_id=row.id,
        site_id=row.site_id,
        kind=row.kind,
        number=row.number,
        currency=row.currency,
        entry_no=entry_no,
        balance=balance,
    )


def _booked(
    conn: Connection, caller: str, key: str, asked: Mapping[str, Any], *, repeated: bool = True
) -> Booked | None:
    """What the caller has booked under that key; None: nothing yet. Raises KeyReused if it was anything else."""
    same_entry = sa.and_(entries.c.account_id == bookings.c.account_id, entries.c.entry_no == bookings.c.entry_no)
    question = (
        sa.select(
            bookings.c.asked,
            entries.c.account_id,
            entries.c.entry_no,
            entries.c.kind,
            entries.c.amount,
            entries.c.balance_after,
            entries.c.posted_at,
            entries.c.linked_account_id,
            entries.c.linked_entry_no,
        )
        .join(entries, same_entry)
        .where(bookings.c.caller == caller, bookings.c.key == key)
    )
    row = conn.execute(question).mappings().one_or_none()
    if row is None:
        return None
    facts = dict(row)
    if facts.pop("asked") != asked:
        raise KeyReused(key=key)
    return Booked(**facts, repeated=repeated)
