"""The second person: confirms what waits, or refuses it; who asked may withdraw it. Each is one transaction."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.bookings import reason_given
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.requests import (
    Asked,
    RequestState,
    Seller,
    check_confirmable,
    check_second,
    check_waits,
    check_withdrawable,
    state_at,
)
from sql.acts import WRITER, Act, acting
from sql.allocations import Receipt, Recharge, book
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.signed_in import Person
from sql.tables import requests, users


@repeated
def confirm(database: Database, signed_in: SignedIn, request_id: int) -> Receipt:
    """Books the recharge, once, as a sale of the one who asked, with the second person beside.

    1. Whether both may sell so much there now. 2. It stops waiting: of two who confirm at once, one does. 3. It is
    booked under the key it was asked with; if that cannot be, it waits on.
    Raises SessionEnded, NotAllowed, NotFound, OwnRequest, RechargeTooLarge, AskerMayNot, RequestOver, and what
    `sql.allocations.book` raises.
    """
    with acting(database, signed_in, Right.SELL) as act:
        row = _found(act, request_id)
        check_confirmable(_asked(row), _first(act.conn, row.asked_by_id), _second(act.person))
        _decide(act, row, RequestState.CONFIRMED)
        receipt = book(act.conn, _recharge(row, act.person), WRITER, act.now)
        act.conn.execute(requests.update().where(requests.c.id == row.id).values(entry_no=receipt.entry_no))
        facts = {**_facts(row), "entry_no": receipt.entry_no}
        act.note("recharge.confirmed", f"account:{row.account_id}", row.site_id, after=facts)
    return receipt


@repeated
def refuse(database: Database, signed_in: SignedIn, request_id: int, reason: str) -> None:
    """Ends it with a reason for the one who asked; nothing is booked under its key any more.

    Raises SessionEnded, NotAllowed, NotFound, OwnRequest, BookingReasonMissing, TextInvalid, RequestOver.
    """
    why = reason_given(reason)
    with acting(database, signed_in, Right.SELL) as act:
        row = _found(act, request_id)
        check_second(_asked(row), _second(act.person))
        _decide(act, row, RequestState.REFUSED, why)
        act.note("recharge.refused", f"account:{row.account_id}", row.site_id, after={**_facts(row), "why": why})


@repeated
def withdraw(database: Database, signed_in: SignedIn, request_id: int) -> None:
    """Ends what the person asked for. Raises SessionEnded, NotAllowed, NotFound, RequestOfAnother, RequestOver."""
    with acting(database, signed_in, Right.SELL) as act:
        row = _found(act, request_id)
        check_withdrawable(_asked(row), act.person.user_id)
        _decide(act, row, RequestState.WITHDRAWN)
        act.note("recharge.withdrawn", f"account:{row.account_id}", row.site_id, after=_facts(row))


def _found(act: Act, request_id: int) -> Any:
    question = (
        sa.select(requests, users.c.display_name.label("asked_by"), users.c.user_name)
        .join(users, users.c.id == requests.c.asked_by_id)
        .where(requests.c.id == request_id)
    )
    row = act.conn.execute(question).one_or_none()
    if row is None:
        raise NotFound(what=_("request"), name=request_id)
    act.permit_site(Right.SELL, row.site_id)
    return row


def _decide(act: Act, row: Any, state: RequestState, why: str | None = None) -> None:
    """A conditional update decides who was first. Raises RequestOver for everybody behind."""
    waits = (requests.c.id == row.id, requests.c.state == RequestState.WAITING, requests.c.expires_at > act.now)
    values = {"state": state, "decided_by_id": act.person.user_id, "decided_at": act.now, "why": why}
    if act.conn.execute(requests.update().where(*waits).values(values)).rowcount != 1:
        now_state = act.conn.execute(sa.select(requests.c.state).where(requests.c.id == row.id)).scalar_one()
        check_waits(state_at(now_state, row.expires_at, act.now))


def _facts(row: Any) -> Mapping[str, Any]:
    return {"request": row.id, "amount": row.amount, "currency": row.currency, "asked_by": row.asked_by}


def _asked(row: Any) -> Asked:
    return Asked(asked_by_id=row.asked_by_id, site_id=row.site_id, amount=row.amount, currency=row.currency)


def _second(person: Person) -> Seller:
    return Seller(
        user_id=person.user_id,
        name=person.display_name,
        viewer=person.viewer,
        largest_recharge=person.largest_recharge,
    )


def _first(conn: Connection, user_id: int) -> Seller:
    """Who asked, as that user is now."""
    row = conn.execute(sa.select(users).where(users.c.id == user_id)).one()
    viewer = Viewer(role=row.role, site_id=row.site_id, tenant_id=row.tenant_id)
    return Seller(
        user_id=user_id,
        name=row.display_name,
        viewer=viewer if row.locked_at is None else None,
        largest_recharge=row.largest_recharge,
    )


def _recharge(row: Any, second: Person) -> Recharge:
    details = row.details or {}
    paid = details.get("paid_amount")
    return Recharge(
        account_id=row.account_id,
        amount=row.amount,
        currency=row.currency,
        caller=row.caller,
        key=row.key,
        actor=f"user:{row.user_name}",
        paid_amount=None if paid is None else Decimal(paid),
        paid_currency=details.get("paid_currency"),
        paid_by=details.get("paid_by"),
        reference=row.note,
        user_id=row.asked_by_id,
        second_user_id=second.user_id,
        second_by=second.actor,
    )
