"""What waits for a second person: asked for under the key of the sale, and over after a day when nobody has decided."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.ledger import KeyReused
from prepaid.errors.requests import RequestGone, RequestRefused, RequestsFull
from prepaid.language import _
from prepaid.requests import MOST_WAITING, STATES, WAITS, RequestKind, RequestState, state_at
from prepaid.units import to_text
from sql.allocations import Recharge, check_account
from sql.events import Event, record
from sql.tables import requests, users

EXPIRED_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A recharge that is not booked yet: until `expires_at` a second person may confirm it. `repeated`: it had been
    asked for before under the same key."""

    request_id: int
    account_id: int
    amount: Decimal
    currency: str
    asked_at: datetime
    expires_at: datetime
    repeated: bool


def ask(conn: Connection, wanted: Recharge, writer: str, now: datetime) -> Waiting:
    """Lets a recharge wait for a second person, in the transaction that found that it must.

    Raises what booking it would raise (CurrencyDiffers, AccountClosed, NotFound), and RequestsFull.
    """
    assert wanted.user_id is not None, "programs without a user ask nobody"
    site_id = check_account(conn, wanted)
    waiting = sa.select(sa.func.count()).where(
        requests.c.asked_by_id == wanted.user_id,
        requests.c.state == RequestState.WAITING,
        requests.c.expires_at > now,
    )
    if (conn.scalar(waiting) or 0) >= MOST_WAITING:
        raise RequestsFull(most=MOST_WAITING)
    expires_at = now + WAITS
    paid = None if wanted.paid_amount is None else to_text(wanted.paid_amount)
    inserted = conn.execute(
        requests.insert().values(
            site_id=site_id,
            kind=RequestKind.RECHARGE,
            state=RequestState.WAITING,
            caller=wanted.caller,
            key=wanted.key,
            asked_by_id=wanted.user_id,
            asked_at=now,
            expires_at=expires_at,
            account_id=wanted.account_id,
            amount=wanted.amount,
            currency=wanted.currency,
            note=wanted.reference,
            details={"paid_amount": paid, "paid_currency": wanted.paid_currency, "paid_by": wanted.paid_by},
        )
    ).inserted_primary_key
    assert inserted is not None, "the database numbers requests"
    facts = {
        "request": int(inserted[0]),
        "amount": to_text(wanted.amount),
        "currency": wanted.currency,
        "expires_at": expires_at,
        "caller": wanted.caller,
        "key": wanted.key,
        "address": wanted.address,
    }
    asked = Event(
        action="recharge.asked",
        actor=wanted.actor,
        subject=f"account:{wanted.account_id}",
        site_id=site_id,
        after=facts,
    )
    record(conn, writer, [asked], now)
    return Waiting(
        request_id=int(inserted[0]),
        account_id=wanted.account_id,
        amount=wanted.amount,
        currency=wanted.currency,
        asked_at=now,
        expires_at=expires_at,
        repeated=False,
    )


def asked_before(conn: Connection, wanted: Recharge, now: datetime) -> Waiting | None:
    """What waits under that key of the caller; None: nothing was asked, or it is confirmed and booked.

    Raises KeyReused when it was anything else, RequestRefused and RequestGone when it will not be booked any more.
    """
    question = sa.select(requests).where(requests.c.caller == wanted.caller, requests.c.key == wanted.key)
    row = conn.execute(question).one_or_none()
    if row is None:
        return None
    if (row.account_id, row.amount, row.currency) != (wanted.account_id, wanted.amount, wanted.currency):
        raise KeyReused(key=wanted.key)
    state = state_at(row.state, row.expires_at, now)
    if state is RequestState.REFUSED:
        raise RequestRefused(why=row.why)
    if state in (RequestState.WITHDRAWN, RequestState.EXPIRED):
        raise RequestGone(state=_(STATES[state]))
    if state is RequestState.CONFIRMED:
        return None
    return Waiting(
        request_id=row.id,
        account_id=row.account_id,
        amount=row.amount,
        currency=row.currency,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        repeated=True,
    )


def expire(conn: Connection, site_id: int, writer: str, now: datetime) -> int:
    """Notes which requests of the site nobody has decided in time; answers how many."""
    over = (requests.c.site_id == site_id, requests.c.state == RequestState.WAITING, requests.c.expires_at <= now)
    due = (
        sa.select(requests, users.c.display_name.label("asked_by"))
        .join(users, users.c.id == requests.c.asked_by_id)
        .where(*over)
        .order_by(requests.c.id)
        .limit(EXPIRED_AT_ONCE)
    )
    ended = []
    for row in conn.execute(due).all():
        values = {"state": RequestState.EXPIRED, "decided_at": now}
        if conn.execute(requests.update().where(requests.c.id == row.id, *over).values(values)).rowcount == 1:
            facts = {
                "request": row.id,
                "amount": to_text(row.amount),
                "currency": row.currency,
                "asked_by": row.asked_by,
            }
            subject = f"account:{row.account_id}"
            ended.append(
                Event(action="recharge.expired", actor="enforcer", subject=subject, site_id=site_id, after=facts)
            )
    if ended:
        record(conn, writer, ended, now)
    return len(ended)
