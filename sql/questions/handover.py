"""What a handover of an analyzer would bring: who has it, who gets it, what becomes of its supply."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.accounts import live_balance
from prepaid.effects import Effects, effects
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.language import _
from prepaid.records import AccountKind
from prepaid.standing import Point
from prepaid.tenancy import Policy
from sql.accounts import balance_question, emergency_credit_in_force, open_ground
from sql.policies import policy_of
from sql.questions.account_points import points_of
from sql.tables import accounts, analyzers, assignments, tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account that has an analyzer, or is to get it. `tenant` None: the site's own, which is never cut."""

    account_id: int
    number: str
    currency: str
    tenant: str | None
    live: Decimal
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """An analyzer and both accounts. `point` None: it has not been read yet, so nobody knows its supply."""

    analyzer: str
    point: Point | None
    now: Holder | None
    then: Holder

    @property
    def effects(self) -> Effects:
        """What becomes of its supply with the new account."""
        return effects(() if self.point is None else (self.point,), self.then.live, self.then.policy)


def handover(conn: Connection, viewer: Viewer, analyzer_id: int, account_id: int | None, now: datetime) -> Handover:
    """For whoever may do it. `account_id` None: the site's own account. Raises NotAllowed, NotFound."""
    permit(viewer, Right.ADMINISTER)
    row = conn.execute(
        sa.select(analyzers.c.name, analyzers.c.site_id).where(analyzers.c.id == analyzer_id)
    ).one_or_none()
    if row is None:
        raise NotFound(what=_("analyzer"), name=analyzer_id)
    permit_site(viewer, Right.ADMINISTER, row.site_id)
    running = conn.scalar(
        sa.select(assignments.c.account_id).where(
            assignments.c.analyzer_id == analyzer_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
        )
    )
    point = None
    if running is not None:
        point = next((each for each in points_of(conn, [running])[running] if each.analyzer_id == analyzer_id), None)
    house = sa.and_(accounts.c.site_id == row.site_id, accounts.c.kind == AccountKind.HOUSE)
    chosen = house if account_id is None else accounts.c.id == account_id
    return Handover(
        analyzer=row.name,
        point=point,
        now=None if running is None else _holder(conn, row.site_id, accounts.c.id == running),
        then=_holder(conn, row.site_id, chosen),
    )


def _holder(conn: Connection, site_id: int, chosen: sa.ColumnElement[bool]) -> Holder:
    question = (
        balance_question()
        .add_columns(
            accounts.c.site_id,
            accounts.c.kind,
            accounts.c.number,
            accounts.c.currency,
            accounts.c.stage,
            emergency_credit_in_force().label("emergency_credit"),
            accounts.c.restore_threshold,
            accounts.c.exempt,
            accounts.c.exempt_why,
            accounts.c.debt_floor,
            tenants.c.name.label("tenant"),
        )
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(chosen)
    )
    rows = conn.execute(question).all()
    if not rows:
        raise NotFound(what=_("account"), name=_("house"))
    one = rows[0]
    if one.site_id != site_id:
        raise NotAllowed
    return Holder(
        account_id=one.id,
        number=one.number,
        currency=one.currency,
        tenant=one.tenant,
        live=live_balance(one.balance, open_ground(rows)),
        policy=_policy(one),
    )


def _policy(row: Any) -> Policy:
    """The enforcer takes the site's own account for exempt, whatever is written there."""
    found = policy_of(row)
    if row.kind is not AccountKind.HOUSE:
        return found
    return Policy(
        stage=found.stage,
        emergency_credit=found.emergency_credit,
        restore_threshold=found.restore_threshold,
        exempt=True,
        exempt_why=found.exempt_why,
        debt_floor=found.debt_floor,
    )
