"""What waits for a second person at a site, and what became of the recharges that somebody asked for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, permit, permit_site
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.requests import WAITS, RequestKind, RequestState, state_at
from sql.sessions import SignedIn
from sql.tables import accounts, requests, tenants, users

MOST = 50
SHOWN = 2 * WAITS
"""Since it was asked: so long the viewer is shown what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A recharge that waits, or waited. `is_mine`: the viewer asked for it; `why` is the reason of a refusal."""

    request_id: int
    account_id: int
    number: str
    tenant: str
    amount: Decimal
    currency: str
    paid_by: str | None
    reference: str | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    is_mine: bool
    state: RequestState
    decided_by: str | None
    why: str | None
    entry_no: int | None


def requests_at(conn: Connection, signed_in: SignedIn, site_id: int, now: datetime) -> tuple[RequestLine, ...]:
    """What waits at the site, the oldest first, then what became of the viewer's own, the newest first."""
    permit_site(signed_in.viewer, Right.SELL, site_id)
    waits = sa.and_(requests.c.state == RequestState.WAITING, requests.c.expires_at > now)
    mine = sa.and_(requests.c.asked_by_id == signed_in.user_id, requests.c.asked_at > now - SHOWN)
    question = (
        _lines()
        .where(requests.c.site_id == site_id, sa.or_(waits, mine))
        .order_by(
            sa.case((waits, 0), else_=1),
            sa.case((waits, requests.c.asked_at)),
            requests.c.asked_at.desc(),
            requests.c.id,
        )
        .limit(MOST)
    )
    return tuple(_line(row, signed_in, now) for row in conn.execute(question).mappings())


def request(conn: Connection, signed_in: SignedIn, request_id: int, now: datetime) -> RequestLine:
    """One of them, for who sells at its site. Raises NotAllowed, NotFound."""
    permit(signed_in.viewer, Right.SELL)
    row = conn.execute(_lines().where(requests.c.id == request_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(what=_("request"), name=request_id)
    permit_site(signed_in.viewer, Right.SELL, row["site_id"])
    return _line(row, signed_in, now)


def _lines() -> sa.Select[Any]:
    asker, decider = users.alias("asker"), users.alias("decider")
    return (
        sa.select(
            requests.c.id,
            requests.c.site_id,
            requests.c.account_id,
            accounts.c.number,
            tenants.c.name.label("tenant"),
            requests.c.amount,
            requests.c.currency,
            requests.c.details,
            requests.c.note,
            requests.c.asked_by_id,
            asker.c.display_name.label("asked_by"),
            requests.c.asked_at,
            requests.c.expires_at,
            requests.c.state,
            decider.c.display_name.label("decided_by"),
            requests.c.why,
            requests.c.entry_no,
        )
        .join(accounts, accounts.c.id == requests.c.account_id)
        .join(tenants, tenants.c.id == accounts.c.tenant_id)
        .join(asker, asker.c.id == requests.c.asked_by_id)
        .outerjoin(decider, decider.c.id == requests.c.decided_by_id)
        .where(requests.c.kind == RequestKind.RECHARGE)
    )


def _line(row: sa.RowMapping, signed_in: SignedIn, now: datetime) -> RequestLine:
    return RequestLine(
        request_id=row["id"],
        account_id=row["account_id"],
        number=row["number"],
        tenant=row["tenant"],
        amount=row["amount"],
        currency=row["currency"],
        paid_by=(row["details"] or {}).get("paid_by"),
        reference=row["note"],
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        is_mine=row["asked_by_id"] == signed_in.user_id,
        state=state_at(row["state"], row["expires_at"], now),
        decided_by=row["decided_by"],
        why=row["why"],
        entry_no=row["entry_no"],
    )
