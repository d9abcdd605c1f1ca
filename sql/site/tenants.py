"""Tenants of a file: new ones with their accounts, which begin observed. Nobody is cut by a file."""

import itertools
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import AccountKind, EntryKind, Stage
from prepaid.units import ZERO
from sql.accounts import NewAccount, open_accounts
from sql.site.facts import TenantFacts
from sql.site.plans import PlanOfSite
from sql.site.work import Work
from sql.tables import account_plans, accounts, entries, plans, tenants


def check_tenants(work: Work) -> None:
    """A new tenant needs an account number that nobody has, and a name that people tell from the others."""
    known = known_tenants(work)
    folded = {name.casefold(): name for name in known}
    taken = _numbers(work)
    for number, tenant in enumerate(work.file.tenants, start=1):
        if tenant.name in known:
            continue
        if tenant.account in taken:
            said = _("{place}: another tenant has this number. Choose another, or leave it out.")
            where = work.file.places.key("tenants", number, tenant.name, "account")
            work.problems.append(said.format(place=where))
        if tenant.name.casefold() in folded:
            said = _('{place}: there is "{other}", which differs in capitals only. Write it so, or choose another.')
            where = work.file.places.key("tenants", number, tenant.name, "name")
            work.problems.append(said.format(place=where, other=folded[tenant.name.casefold()]))


def known_tenants(work: Work) -> dict[str, Any]:
    """The tenants of the site by name."""
    question = sa.select(tenants).where(tenants.c.site_id == work.site_id)
    return {row.name: row for row in work.conn.execute(question)}


def gone(work: Work) -> set[str]:
    """Tenants of this site without an open account: those who have left."""
    open_for = sa.select(accounts.c.tenant_id).where(
        accounts.c.stage != Stage.CLOSED, accounts.c.tenant_id.is_not(None)
    )
    question = sa.select(tenants.c.name).where(
        tenants.c.site_id == work.site_id,
        sa.or_(tenants.c.left_at.is_not(None), tenants.c.id.not_in(open_for)),
    )
    return set(work.conn.scalars(question))


def compare_tenants(work: Work) -> dict[str, int]:
    """Notes what the file wants otherwise of tenants who are there; answers their newest accounts by name."""
    known, left = known_tenants(work), gone(work)
    opened, plan_names, openings = newest_accounts(work), _plans_now(work), openings_of(work)
    account_ids = {}
    for number, tenant in enumerate(work.file.tenants, start=1):
        there = known.get(tenant.name)
        if tenant.name in left:
            where = work.file.places.row("tenants", number, tenant.name)
            work.kept.append(_("{place}: has left.").format(place=where))
        elif there is not None:
            account = opened[there.id]
            opening = openings.get(account.id, ZERO)
            account_ids[tenant.name] = int(account.id)
            pairs: dict[str, tuple[object, object]] = {
                "unit": (there.unit, tenant.unit),
                "phone": (there.phone, tenant.phone),
                "language": (there.language, tenant.language),
                "account": (account.number, tenant.account or account.number),
                "plan": (plan_names.get(account.id), tenant.plan or plan_names.get(account.id)),
                "opening_balance": (opening, opening if tenant.opening_balance is None else tenant.opening_balance),
                "emergency_credit": (account.emergency_credit, tenant.emergency_credit),
                "restore_threshold": (account.restore_threshold, tenant.restore_threshold),
            }
            work.compare(partial(work.file.places.key, "tenants", number, tenant.name), pairs)
    return account_ids


def numbers_to_give(work: Work) -> dict[str, str]:
    """The account number of each tenant who is not there yet: as the file says, else the next free one."""
    known = known_tenants(work)
    taken = _numbers(work) | {tenant.account for tenant in work.file.tenants if tenant.account}
    free = (number for number in (f"A-{count:04d}" for count in itertools.count(1)) if number not in taken)
    return {tenant.name: tenant.account or next(free) for tenant in work.file.tenants if tenant.name not in known}


def add_tenants(work: Work, plan_ids: Mapping[str, PlanOfSite]) -> dict[str, int]:
    """Adds the tenants who are not there yet; answers their accounts by name."""
    numbers = numbers_to_give(work)
    new = [tenant for tenant in work.file.tenants if tenant.name in numbers]
    wanted = [_account(work, tenant, numbers[tenant.name], plan_ids[tenant.plan]) for tenant in new]
    account_ids = open_accounts(work.conn, wanted, work.actor, work.now)
    for account_id, account in zip(account_ids, wanted, strict=True):
        facts = {
            "number": account.number,
            "stage": account.stage,
            "opening": account.opening,
            "tenant_id": account.tenant_id,
        }
        work.note("account", f"account:{account_id}", facts)
    return dict(zip((tenant.name for tenant in new), account_ids, strict=True))


def _account(work: Work, tenant: TenantFacts, number: str, plan: PlanOfSite) -> NewAccount:
    """Adds the tenant; answers the account to be opened."""
    tenant_id = work.insert(
        "tenant",
        tenants,
        site_id=work.site_id,
        name=tenant.name,
        unit=tenant.unit,
        phone=tenant.phone,
        language=tenant.language,
        created_at=work.now,
    )
    return NewAccount(
        site_id=work.site_id,
        number=number,
        kind=AccountKind.TENANT,
        tenant_id=tenant_id,
        currency=plan.currency,
        plan_id=plan.plan_id,
        stage=Stage.OBSERVED,
        emergency_credit=tenant.emergency_credit,
        restore_threshold=tenant.restore_threshold,
        opening=ZERO if tenant.opening_balance is None else tenant.opening_balance,
        opening_note=tenant.opening_note,
    )


def newest_accounts(work: Work) -> dict[int, Any]:
    """The newest open account of each tenant of the site."""
    question = (
        sa.select(accounts)
        .where(accounts.c.site_id == work.site_id, accounts.c.stage != Stage.CLOSED, accounts.c.tenant_id.is_not(None))
        .order_by(accounts.c.id)
    )
    return {row.tenant_id: row for row in work.conn.execute(question)}


def openings_of(work: Work) -> dict[int, Decimal]:
    """The opening entries of the site by account; an account has at most one."""
    question = (
        sa.select(entries.c.account_id, entries.c.amount)
        .join(accounts, accounts.c.id == entries.c.account_id)
        .where(accounts.c.site_id == work.site_id, entries.c.kind == EntryKind.OPENING)
    )
    return {row.account_id: row.amount for row in work.conn.execute(question)}


def _numbers(work: Work) -> set[str]:
    return set(work.conn.scalars(sa.select(accounts.c.number).where(accounts.c.site_id == work.site_id)))


def _plans_now(work: Work) -> dict[int, str]:
    """The plan that each account is on."""
    question = (
        sa.select(account_plans.c.account_id, plans.c.name)
        .join(plans, plans.c.id == account_plans.c.plan_id)
        .join(accounts, accounts.c.id == account_plans.c.account_id)
        .where(accounts.c.site_id == work.site_id, account_plans.c.from_at <= work.now)
        .order_by(account_plans.c.from_at)
    )
    return {row.account_id: row.name for row in work.conn.execute(question)}
