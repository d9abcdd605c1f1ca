"""Tenants: adding one with account, contact and login, and changing who it is. Each act is one transaction."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.errors.access import NotFound
from prepaid.errors.tenants import AccountNumberTaken, ChangedMeanwhile, PlanUnfit, TenantNameTaken
from prepaid.language import _
from prepaid.records import AccountKind, Role, Stage
from prepaid.tenancy import (
    ContactFacts,
    Policy,
    TenantFacts,
    check_step,
    checked_number,
    checked_policy,
    checked_tenant,
    differences,
)
from prepaid.units import ZERO, to_amount
from prepaid.users import NewUser, checked_user
from sql.accounts import NewAccount, open_account
from sql.acts import Act, acting
from sql.connection import Database
from sql.contacts import insert_contact
from sql.passwords import HASHER, hash_password
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import accounts, plans, prices, sites, tenants
from sql.users import FirstPassword, first_password, insert_user


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLogin:
    """A user by whom the tenant signs in. `email` is where links to a new password go."""

    user_name: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """A tenant to be added. `number` None: the next free account number; `opening` is what the old books say."""

    site_id: int
    facts: TenantFacts
    plan_id: int
    policy: Policy
    number: str | None = None
    opening: Decimal = ZERO
    contact: ContactFacts | None = None
    login: NewLogin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A tenant that was added, and the first password of the login, to be handed over."""

    tenant_id: int
    account_id: int
    number: str
    first_password: FirstPassword | None


@repeated
def add_tenant(database: Database, signed_in: SignedIn, wanted: NewTenant, *, hasher: PasswordHasher = HASHER) -> Added:
    """Adds a tenant with an open account, and with a contact and a login where they are named.

    Raises NotAllowed, NotFound, TenantNameTaken, AccountNumberTaken, PlanUnfit, UserNameTaken, and what the checks of
    `prepaid.tenancy` and `prepaid.users` raise; then nothing was added.
    """
    password = None if wanted.login is None else first_password()
    hashed = None if password is None else hash_password(password, hasher)  # slow, so before the transaction
    handed_over = None
    with acting(database, signed_in, Right.ADMINISTER) as act:
        lock_site(act, wanted.site_id)
        facts, policy = checked_tenant(wanted.facts), checked_policy(wanted.policy)
        currency = _plan_currency(act.conn, wanted)
        _require_free_name(act.conn, wanted.site_id, facts.name)
        number = _free_number(act.conn, wanted.site_id, wanted.number)
        check_step(number, Stage.DRAFT, policy.stage)
        tenant_id = _insert_tenant(act, wanted.site_id, facts)
        account_id = _open(act, wanted, tenant_id, number, currency, policy)
        if wanted.contact is not None:
            insert_contact(act, wanted.site_id, tenant_id, wanted.contact)
        if wanted.login is not None and password is not None and hashed is not None:
            user = _user(wanted.login, facts, tenant_id)
            user_id = insert_user(act, user, hashed)
            handed_over = FirstPassword(user_id=user_id, user_name=user.user_name, password=password)
    return Added(tenant_id=tenant_id, account_id=account_id, number=number, first_password=handed_over)


@repeated
def change_tenant(
    database: Database, signed_in: SignedIn, tenant_id: int, seen: TenantFacts, wanted: TenantFacts
) -> bool:
    """Changes a tenant from what the person saw to what the person wants; whether there was anything to change.

    Raises NotAllowed, NotFound, ChangedMeanwhile, TenantNameTaken, TextInvalid.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        question = (
            sa.select(tenants).where(tenants.c.id == tenant_id).with_hint(tenants, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
        )
        tenant = act.conn.execute(question).one_or_none()
        if tenant is None:
            raise NotFound(what=_("tenant"), name=tenant_id)
        act.permit_site(Right.ADMINISTER, tenant.site_id)
        checked = checked_tenant(wanted)
        before = facts_of(tenant)
        if before != seen:
            raise ChangedMeanwhile
        old, new = differences(before, checked)
        if not new:
            return False
        if "name" in new:
            lock_site(act, tenant.site_id)
            _require_free_name(act.conn, tenant.site_id, checked.name, but_of=tenant_id)
        act.conn.execute(tenants.update().where(tenants.c.id == tenant_id).values(**new))
        act.note("tenant.changed", f"tenant:{tenant_id}", tenant.site_id, before=old, after=new)
        return True


def propose_number(conn: Connection, viewer: Viewer, site_id: int) -> str:
    """The next free account number of the site, in the manner of a site file: A-0001, A-0002, ..."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    return _free_number(conn, site_id, None)


def facts_of(tenant: Any) -> TenantFacts:
    """The facts in a row of app.Tenants."""
    return TenantFacts(
        name=tenant.name, unit=tenant.unit, phone=tenant.phone, language=tenant.language, note=tenant.note
    )


def lock_site(act: Act, site_id: int) -> None:
    """Names and numbers are given out by one person at a time."""
    act.permit_site(Right.ADMINISTER, site_id)
    question = sa.select(sites.c.id).where(sites.c.id == site_id, sites.c.retired_at.is_(None))
    if act.conn.scalar(question.with_hint(sites, "WITH (UPDLOCK, HOLDLOCK)", "mssql")) is None:
        raise NotFound(what=_("site"), name=site_id)


def _plan_currency(conn: Connection, wanted: NewTenant) -> str:
    """The plan decides the currency of the account, for ever; it must have a price that is in force."""
    priced = sa.exists().where(prices.c.plan_id == plans.c.id, prices.c.withdrawn_at.is_(None))
    question = sa.select(
        plans.c.site_id,
        plans.c.name,
        plans.c.currency,
        plans.c.retired_at,
        sa.case((priced, 1), else_=0).label("is_priced"),
    ).where(plans.c.id == wanted.plan_id)
    plan = conn.execute(question).one_or_none()
    if plan is None or plan.site_id != wanted.site_id:
        raise NotFound(what=_("plan"), name=wanted.plan_id)
    if plan.retired_at is not None:
        raise PlanUnfit(plan=plan.name, why=_("it is retired"))
    if not plan.is_priced:
        raise PlanUnfit(plan=plan.name, why=_("it has no price yet"))
    return str(plan.currency)


def _require_free_name(conn: Connection, site_id: int, name: str, but_of: int = 0) -> None:
    """Names are compared as people read them: two that differ in capitals only would be taken for one."""
    others = sa.select(tenants.c.name).where(tenants.c.site_id == site_id, tenants.c.id != but_of)
    known = conn.scalars(others)
    if name.casefold() in {each.casefold() for each in known}:
        raise TenantNameTaken(name=name)


def _free_number(conn: Connection, site_id: int, wanted: str | None) -> str:
    taken = set(conn.scalars(sa.select(accounts.c.number).where(accounts.c.site_id == site_id)))
    if wanted is None:
        return next(number for number in (f"A-{count:04d}" for count in itertools.count(1)) if number not in taken)
    number = checked_number(wanted)
    if number in taken:
        raise AccountNumberTaken(number=number)
    return number


def _insert_tenant(act: Act, site_id: int, facts: TenantFacts) -> int:
    values = {
        "name": facts.name,
        "unit": facts.unit,
        "phone": facts.phone,
        "language": facts.language,
        "note": facts.note,
    }
    tenant_id = act.insert(tenants, site_id=site_id, created_at=act.now, **values)
    act.note("tenant.created", f"tenant:{tenant_id}", site_id, after=values)
    return tenant_id


def _open(act: Act, wanted: NewTenant, tenant_id: int, number: str, currency: str, policy: Policy) -> int:
    opening = to_amount(wanted.opening)
    account = NewAccount(
        site_id=wanted.site_id,
        number=number,
        kind=AccountKind.TENANT,
        tenant_id=tenant_id,
        currency=currency,
        plan_id=wanted.plan_id,
        stage=policy.stage,
        emergency_credit=policy.emergency_credit,
        restore_threshold=policy.restore_threshold,
        opening=opening,
    )
    account_id = open_account(act.conn, account, act.person.actor, act.now)
    if policy.exempt:
        why = {"exempt": True, "exempt_why": policy.exempt_why}
        act.conn.execute(accounts.update().where(accounts.c.id == account_id).values(**why))
    facts = {
        "tenant_id": tenant_id,
        "number": number,
        "currency": currency,
        "plan_id": wanted.plan_id,
        "opening": opening,
        "stage": policy.stage,
        "emergency_credit": policy.emergency_credit,
        "restore_threshold": policy.restore_threshold,
        "exempt": policy.exempt,
        "exempt_why": policy.exempt_why,
    }
    act.note("account.opened", f"account:{account_id}", wanted.site_id, after=facts)
    return account_id


def _user(login: NewLogin, facts: TenantFacts, tenant_id: int) -> NewUser:
    return checked_user(
        NewUser(
            user_name=login.user_name,
            display_name=facts.name,
            role=Role.TENANT,
            tenant_id=tenant_id,
            email=login.email,
            language=facts.language,
        )
    )
