"""Invariant 6, of recharges that waited: what is confirmed is booked as it was asked for, and nothing else is."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from prepaid.requests import RequestKind, RequestState
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.proofs.proven import rows_to_prove
from sql.tables import accounts, allocations, requests


def prove_second_persons(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Requests are few and all are looked at; recharges with a second person are those of the scope."""
    yield from _confirmed(conn)
    yield from _with_a_second_person(conn, scope)


def _confirmed(conn: Connection) -> Iterator[Breach]:
    """What is confirmed is booked as it was asked for; what is not is booked under no such key."""
    same_key = sa.and_(allocations.c.caller == requests.c.caller, allocations.c.key == requests.c.key)
    as_asked = sa.and_(
        allocations.c.account_id == requests.c.account_id,
        allocations.c.entry_no == requests.c.entry_no,
        allocations.c.amount == requests.c.amount,
        allocations.c.currency == requests.c.currency,
        allocations.c.user_id == requests.c.asked_by_id,
        allocations.c.second_user_id == requests.c.decided_by_id,
    )
    is_confirmed = requests.c.state == RequestState.CONFIRMED
    right = sa.case((as_asked, 1), else_=0)
    question = (
        sa.select(requests.c.id.label("request"), requests.c.state, accounts.c.number.label("account"))
        .join(accounts, accounts.c.id == requests.c.account_id)
        .outerjoin(allocations, same_key)
        .where(
            requests.c.kind == RequestKind.RECHARGE,
            sa.or_(
                sa.and_(is_confirmed, right == 0),
                sa.and_(sa.not_(is_confirmed), allocations.c.entry_no.is_not(None)),
            ),
        )
        .order_by(requests.c.id)
        .limit(MOST_TOLD)
    )
    said = _("The request {request} for a recharge of account {account} is {state}; what is booked does not fit that.")
    for row in conn.execute(question).mappings():
        yield told(6, "recharge.request", said, row, "request")


def _with_a_second_person(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """A second person stands only where a request says so."""
    asked = sa.and_(requests.c.caller == allocations.c.caller, requests.c.key == allocations.c.key)
    question = (
        sa.select(accounts.c.number.label("account"), allocations.c.entry_no)
        .select_from(rows_to_prove(allocations, scope).outerjoin(requests, asked))
        .where(allocations.c.second_user_id.is_not(None), requests.c.id.is_(None))
        .limit(MOST_TOLD)
    )
    said = _("The recharge of entry {entry_no} of account {account} names a second person whom nobody had asked.")
    for row in conn.execute(question).mappings():
        yield told(6, "recharge.request", said, row, "account", "entry_no")
