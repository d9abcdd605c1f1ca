"""Selling a recharge: the right to sell at the account's site, the seller's own bound, then the booking."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from prepaid.access import Right, permit, permit_site
from prepaid.errors import NotFound, RechargeTooLarge
from prepaid.language import _
from prepaid.records import AccountKind
from prepaid.units import to_amount, to_text
from sql.allocations import Receipt, Recharge, booked, recharge
from sql.connection import Connection, Database
from sql.sessions import SignedIn, require_open
from sql.tables import accounts

WRITER = "dashboard"


class Counter(StrEnum):
    """Where a recharge is sold. A key is unique per counter and user."""

    FORM = "form"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What is sold: `amount` of credit in the account's `currency`; `paid_...` is what was handed over for it.

    `key` is made once per sale (when the form is drawn, by the program that calls): a repeated key books once.
    """

    account_id: int
    amount: Decimal
    currency: str
    key: str
    paid_amount: Decimal | None = None
    paid_currency: str | None = None
    paid_by: str | None = None
    reference: str | None = None


def sell(database: Database, signed_in: SignedIn, counter: Counter, sale: Sale) -> Receipt:
    """Books the sale, or answers what the same key booked before. Session, right, site and bound are those of the
    transaction that books.

    Raises SessionEnded, NotAllowed, NotFound, RechargeTooLarge, and what `sql.allocations.recharge` raises.
    """
    permit(signed_in.viewer, Right.SELL)
    wanted = Recharge(
        account_id=sale.account_id,
        amount=to_amount(sale.amount),
        currency=sale.currency,
        caller=f"{counter}:{signed_in.user_id}",
        key=sale.key,
        actor=signed_in.actor,
        paid_amount=None if sale.paid_amount is None else to_amount(sale.paid_amount),
        paid_currency=sale.paid_currency,
        paid_by=sale.paid_by,
        reference=sale.reference,
        user_id=signed_in.user_id,
        address=signed_in.address,
    )

    def allowed(conn: Connection, now: datetime) -> None:
        _check(conn, require_open(conn, signed_in, now), wanted)

    return recharge(database, wanted, WRITER, allowed)


def _check(conn: Connection, signed_in: SignedIn, wanted: Recharge) -> None:
    question = sa.select(accounts.c.site_id).where(
        accounts.c.id == wanted.account_id, accounts.c.kind == AccountKind.TENANT
    )
    site_id = conn.scalar(question)
    if site_id is None:
        raise NotFound(what=_("account"), name=wanted.account_id)
    permit_site(signed_in.viewer, Right.SELL, site_id)
    most = signed_in.largest_recharge
    if most is not None and wanted.amount > most and booked(conn, wanted.caller, wanted.key) is None:
        raise RechargeTooLarge(most=f"{to_text(most)} {wanted.currency}")
