"""One tenant as the staff keeps it: who it is, its accounts with plan and policy, analyzers, contacts, logins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.no_cut import Window
from prepaid.quiet_hours import QuietHours
from prepaid.records import Purpose, Stage
from prepaid.tenancy import ContactFacts, Policy, TenantFacts
from sql.no_cut import own_windows
from sql.policies import policy_of
from sql.quiet_hours import quiet_of
from sql.tables import account_plans, accounts, analyzers, assignments, contacts, plans, tenants, users
from sql.tenants import facts_of

ACCOUNTS_AT_MOST = 20
PLANS_AT_MOST = 200
ANALYZERS_AT_MOST = 800
CONTACTS_AT_MOST = 100
LOGINS_AT_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFrom:
    """The plan of an account from an instant on."""

    plan_id: int
    name: str
    from_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """An account as configured. `plans`: the one in force and those to come, in their order; `own_hours`: no-cut hours
    that it has on top of those of the site."""

    account_id: int
    number: str
    currency: str
    policy: Policy
    own_hours: frozenset[Window]
    opened_at: datetime
    observed_at: datetime | None
    warned_at: datetime | None
    enforced_at: datetime | None
    closed_at: datetime | None
    plans: tuple[PlanFrom, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerOf:
    """An analyzer that belongs to an account, or will. `from_at` None: it begins with the first reading accepted at or
    after `asked_from_at`. `leaves_to` is the account that it is about to go to."""

    analyzer_id: int
    name: str
    location: str | None
    serial_number: str | None
    purpose: Purpose
    account_id: int
    number: str
    asked_from_at: datetime
    from_at: datetime | None
    leaves_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who is told. `quiet` None: the quiet hours of the site."""

    contact_id: int
    facts: ContactFacts
    quiet: QuietHours | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user of the tenant."""

    user_id: int
    user_name: str
    display_name: str
    email: str | None
    must_change_password: bool
    signed_in_at: datetime | None
    locked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One tenant with all that is written down of it."""

    tenant_id: int
    site_id: int
    facts: TenantFacts
    created_at: datetime
    left_at: datetime | None
    accounts: tuple[AccountFacts, ...]
    analyzers: tuple[AnalyzerOf, ...]
    contacts: tuple[Contact, ...]
    logins: tuple[Login, ...]


def tenant(conn: Connection, viewer: Viewer, tenant_id: int, now: datetime) -> Tenant:
    """The tenant, for whoever sees the site. Raises NotAllowed; NotFound only to them."""
    permit(viewer, Right.SEE_SITE)
    row = conn.execute(sa.select(tenants).where(tenants.c.id == tenant_id)).one_or_none()
    if row is None:
        raise NotFound(what=_("tenant"), name=tenant_id)
    permit_site(viewer, Right.SEE_SITE, row.site_id)
    found = _accounts(conn, tenant_id, now)
    return Tenant(
        tenant_id=tenant_id,
        site_id=row.site_id,
        facts=facts_of(row),
        created_at=row.created_at,
        left_at=row.left_at,
        accounts=found,
        analyzers=_analyzers(conn, [each.account_id for each in found]),
        contacts=_contacts(conn, tenant_id),
        logins=_logins(conn, tenant_id),
    )


def _accounts(conn: Connection, tenant_id: int, now: datetime) -> tuple[AccountFacts, ...]:
    """Open accounts first, then closed ones, the newest of them first."""
    is_closed = sa.case((accounts.c.stage == Stage.CLOSED, 1), else_=0)
    question = (
        sa.select(accounts)
        .where(accounts.c.tenant_id == tenant_id)
        .order_by(is_closed, accounts.c.id.desc())
        .limit(ACCOUNTS_AT_MOST)
    )
    rows = conn.execute(question).all()
    account_ids = [row.id for row in rows]
    chosen = _plans(conn, account_ids, now)
    hours = own_windows(conn, account_ids)
    return tuple(
        AccountFacts(
            account_id=row.id,
            number=row.number,
            currency=row.currency,
            policy=policy_of(row),
            own_hours=hours[row.id],
            opened_at=row.opened_at,
            observed_at=row.observed_at,
            warned_at=row.warned_at,
            enforced_at=row.enforced_at,
            closed_at=row.closed_at,
            plans=tuple(chosen.get(row.id, ())),
        )
        for row in rows
    )


def _plans(conn: Connection, account_ids: Sequence[int], now: datetime) -> dict[int, list[PlanFrom]]:
    question = (
        sa.select(account_plans.c.account_id, account_plans.c.plan_id, account_plans.c.from_at, plans.c.name)
        .join(plans, plans.c.id == account_plans.c.plan_id)
        .where(account_plans.c.account_id.in_(account_ids))
        .order_by(account_plans.c.account_id, account_plans.c.from_at)
        .limit(PLANS_AT_MOST)
    )
    found: dict[int, list[PlanFrom]] = {}
    for row in conn.execute(question):
        chosen = found.setdefault(row.account_id, [])
        if row.from_at <= now:
            chosen.clear()
        chosen.append(PlanFrom(plan_id=row.plan_id, name=row.name, from_at=row.from_at))
    return found


def _analyzers(conn: Connection, account_ids: Sequence[int]) -> tuple[AnalyzerOf, ...]:
    """What belongs to the accounts now, and what waits to belong to them."""
    leaving, next_account = assignments.alias("leaving"), accounts.alias("next_account")
    is_leaving = sa.and_(
        leaving.c.analyzer_id == assignments.c.analyzer_id,
        leaving.c.id != assignments.c.id,
        leaving.c.from_at.is_(None),
        leaving.c.until_at.is_(None),
    )
    question = (
        sa.select(
            analyzers.c.id,
            analyzers.c.name,
            analyzers.c.location,
            analyzers.c.serial_number,
            analyzers.c.purpose,
            assignments.c.account_id,
            accounts.c.number,
            assignments.c.asked_from_at,
            assignments.c.from_at,
            next_account.c.number.label("leaves_to"),
        )
        .select_from(assignments)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .outerjoin(leaving, is_leaving)
        .outerjoin(next_account, next_account.c.id == leaving.c.account_id)
        .where(
            assignments.c.account_id.in_(account_ids),
            assignments.c.until_at.is_(None),
            analyzers.c.retired_at.is_(None),
        )
        .order_by(analyzers.c.name, assignments.c.id)
        .limit(ANALYZERS_AT_MOST)
    )
    return tuple(
        AnalyzerOf(
            analyzer_id=row.id,
            name=row.name,
            location=row.location,
            serial_number=row.serial_number,
            purpose=row.purpose,
            account_id=row.account_id,
            number=row.number,
            asked_from_at=row.asked_from_at,
            from_at=row.from_at,
            leaves_to=row.leaves_to,
        )
        for row in conn.execute(question)
    )


def _contacts(conn: Connection, tenant_id: int) -> tuple[Contact, ...]:
    question = (
        sa.select(contacts)
        .where(contacts.c.tenant_id == tenant_id, contacts.c.ended_at.is_(None))
        .order_by(contacts.c.name, contacts.c.id)
        .limit(CONTACTS_AT_MOST)
    )
    return tuple(Contact(contact_id=row.id, facts=_contact(row), quiet=quiet_of(row)) for row in conn.execute(question))


def _contact(row: Any) -> ContactFacts:
    return ContactFacts(name=row.name, email=row.email, phone=row.phone, language=row.language)


def _logins(conn: Connection, tenant_id: int) -> tuple[Login, ...]:
    question = (
        sa.select(
            users.c.id.label("user_id"),
            users.c.user_name,
            users.c.display_name,
            users.c.email,
            users.c.must_change_password,
            users.c.signed_in_at,
            users.c.locked_at,
        )
        .where(users.c.tenant_id == tenant_id)
        .order_by(users.c.user_name)
        .limit(LOGINS_AT_MOST)
    )
    return tuple(Login(**row) for row in conn.execute(question).mappings())
