"""Tenants of a site file: new ones with account and contacts; accounts begin observed, nobody is cut by a file."""

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import AccountKind, EntryKind, Stage
from prepaid.units import ZERO
from sql.accounts import NewAccount, open_account
from sql.site.checks import place
from sql.site.facts import ContactFacts, TenantFacts
from sql.site.work import ACTOR, Work
from sql.tables import account_plans, accounts, contacts, entries, plans, tenants


def check_tenants(work: Work) -> None:
    """A new tenant needs an account number that nobody has."""
    known = _known(work)
    taken = _numbers(work)
    for number, tenant in enumerate(work.file.tenants, start=1):
        if tenant.name not in known and tenant.account in taken:
            said = _("{place}: another tenant has this number. Choose another, or leave the line out.")
            work.problems.append(said.format(place=place("tenants", number, tenant.name, "account")))


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


def add_tenants(work: Work, plan_ids: Mapping[str, int]) -> dict[str, int]:
    """Adds new tenants, and new contacts of known ones; answers the accounts of all by the tenant's name."""
    known, left = _known(work), gone(work)
    free = _free_numbers(work)
    opened: dict[str, int] = {}
    for number, tenant in enumerate(work.file.tenants, start=1):
        there = known.get(tenant.name)
        if tenant.name in left:
            work.kept.append(_('tenants[{number}] "{name}": has left.').format(number=number, name=tenant.name))
            continue
        if there is None:
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
            account = tenant.account or next(free)
            opened[tenant.name] = _open(work, tenant, tenant_id, account, plan_ids[tenant.plan])
        else:
            tenant_id = there.id
            opened[tenant.name] = _compare(work, number, tenant, there)
        _add_contacts(work, tenant, tenant_id)
    return opened


def _open(work: Work, tenant: TenantFacts, tenant_id: int, number: str, plan_id: int) -> int:
    wanted = NewAccount(
        site_id=work.site_id,
        number=number,
        kind=AccountKind.TENANT,
        tenant_id=tenant_id,
        currency=work.file.site.currency,
        plan_id=plan_id,
        stage=Stage.OBSERVED,
        emergency_credit=tenant.emergency_credit,
        restore_threshold=tenant.restore_threshold,
        opening=tenant.opening_balance,
    )
    account_id = open_account(work.conn, wanted, ACTOR, work.now)
    facts = {"number": number, "stage": wanted.stage, "opening": wanted.opening, "tenant_id": tenant_id}
    work.note("account", f"account:{account_id}", facts)
    return account_id


def _free_numbers(work: Work) -> Iterator[str]:
    """Account numbers that neither the database nor the file uses."""
    taken = _numbers(work) | {tenant.account for tenant in work.file.tenants if tenant.account}
    return (number for number in (f"A-{count:04d}" for count in itertools.count(1)) if number not in taken)


def _compare(work: Work, number: int, tenant: TenantFacts, there: Any) -> int:
    """Notes what differs from a known tenant and the newest account; answers that account."""
    question = sa.select(accounts).where(accounts.c.tenant_id == there.id, accounts.c.stage != Stage.CLOSED)
    account = work.conn.execute(question.order_by(accounts.c.id.desc()).limit(1)).one()
    work.compare(
        f'tenants[{number}] "{tenant.name}"',
        {
            "unit": (there.unit, tenant.unit),
            "phone": (there.phone, tenant.phone),
            "language": (there.language, tenant.language),
            "account": (account.number, tenant.account or account.number),
            "plan": (_plan_now(work, account.id), tenant.plan),
            "opening_balance": (_opening(work, account.id), tenant.opening_balance),
            "emergency_credit": (account.emergency_credit, tenant.emergency_credit),
            "restore_threshold": (account.restore_threshold, tenant.restore_threshold),
        },
    )
    return int(account.id)


def _add_contacts(work: Work, tenant: TenantFacts, tenant_id: int) -> None:
    """A contact is known by the mail address, or by the name where there is none."""
    question = sa.select(contacts).where(contacts.c.tenant_id == tenant_id, contacts.c.ended_at.is_(None))
    known = {_key(row.name, row.email): row for row in work.conn.execute(question)}
    for contact in tenant.contacts:
        there = known.get(_key(contact.name, contact.email))
        if there is None:
            _add_contact(work, contact, tenant_id)
            continue
        where = f'tenants "{tenant.name}".contacts "{contact.name}"'
        work.compare(where, {"name": (there.name, contact.name), "phone": (there.phone, contact.phone)})


def _add_contact(work: Work, contact: ContactFacts, tenant_id: int) -> None:
    work.insert(
        "contact",
        contacts,
        tenant_id=tenant_id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
    )


def _key(name: str, email: str | None) -> str:
    return (email or name).casefold()


def _known(work: Work) -> dict[str, Any]:
    question = sa.select(tenants).where(tenants.c.site_id == work.site_id)
    return {row.name: row for row in work.conn.execute(question)}


def _numbers(work: Work) -> set[str]:
    return set(work.conn.scalars(sa.select(accounts.c.number).where(accounts.c.site_id == work.site_id)))


def _plan_now(work: Work, account_id: int) -> str | None:
    question = (
        sa.select(plans.c.name)
        .join(account_plans, account_plans.c.plan_id == plans.c.id)
        .where(account_plans.c.account_id == account_id, account_plans.c.from_at <= work.now)
        .order_by(account_plans.c.from_at.desc())
        .limit(1)
    )
    found: str | None = work.conn.scalar(question)
    return found


def _opening(work: Work, account_id: int) -> Decimal:
    question = sa.select(entries.c.amount).where(
        entries.c.account_id == account_id, entries.c.kind == EntryKind.OPENING, entries.c.entry_no == 1
    )
    found: Decimal | None = work.conn.scalar(question)
    return ZERO if found is None else found
