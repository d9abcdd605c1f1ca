"""Selling a recharge: the right to sell at the account's site, the seller's own bound, then the booking; or, above what
one person may sell alone at the site, the wait for a second person."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from prepaid.access import Right, permit, permit_site
from prepaid.errors.access import NotFound
from prepaid.errors.requests import RechargeTooLarge
from prepaid.language import _
from prepaid.records import AccountKind
from prepaid.requests import needs_second
from prepaid.units import to_amount, to_text
from sql.allocations import Receipt, Recharge, book, booked, once
from sql.connection import Connection, Database
from sql.requests import Waiting, ask, asked_before
from sql.sessions import SignedIn, require_open
from sql.signed_in import Person
from sql.sites import load_largest_recharge_alone, require_in_use
from sql.tables import accounts

WRITER = "dashboard"


class Counter(StrEnum):
    """Where a recharge is sold. A key is unique per counter and user."""

    FORM = "form"
    API = "api"
    PROCEDURE = "procedure"


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


def sell(database: Database, signed_in: SignedIn, counter: Counter, sale: Sale) -> Receipt | Waiting:
    """Books the sale, or lets it wait for a second person; or answers what became of the same key before. Session,
    right, site and bounds are those of the transaction that books.

    Raises SessionEnded, NotAllowed, NotFound, SiteNotInUse, RechargeTooLarge, KeyReused (recorded as an event), and
    what `sql.allocations.book` and `sql.requests` raise.
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

    return once(
        database,
        wanted,
        WRITER,
        lambda conn, now: sell_as(conn, require_open(conn, signed_in, now), wanted, WRITER, now),
    )


def sell_as(conn: Connection, person: Person, wanted: Recharge, writer: str, now: datetime) -> Receipt | Waiting:
    """The sale of a person whom this transaction knows.

    1. Who may sell there. 2. What the key did before. 3. The bound of the seller, then the one of the site.
    """
    site_id = _site_of(conn, wanted)
    permit_site(person.viewer, Right.SELL, site_id)
    require_in_use(conn, site_id)
    if booked(conn, wanted.caller, wanted.key) is None:
        waiting = asked_before(conn, wanted, now)
        if waiting is not None:
            return waiting
        most = person.largest_recharge
        if most is not None and wanted.amount > most:
            raise RechargeTooLarge(most=f"{to_text(most)} {wanted.currency}")
        if needs_second(wanted.amount, load_largest_recharge_alone(conn, site_id)):
            return ask(conn, wanted, writer, now)
    return book(conn, wanted, writer, now)


def _site_of(conn: Connection, wanted: Recharge) -> int:
    question = sa.select(accounts.c.site_id).where(
        accounts.c.id == wanted.account_id, accounts.c.kind == AccountKind.TENANT
    )
    site_id = conn.scalar(question)
    if site_id is None:
        raise NotFound(what=_("account"), name=wanted.account_id)
    return int(site_id)
