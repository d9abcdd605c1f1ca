"""What an admin chooses from when a tenant is added or an analyzer is handed over: plans, accounts, analyzers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.records import AccountKind, Purpose, Source, Stage
from sql.tables import accounts, analyzers, assignments, plans, prices, tenants

PLANS_AT_MOST = 500
ANALYZERS_AT_MOST = 2000
ACCOUNTS_AT_MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """A plan that an account can be opened on, with its prices per kWh now (None: the source has none yet)."""

    plan_id: int
    name: str
    currency: str
    grid_per_kwh: Decimal | None
    generator_per_kwh: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerChoice:
    """An analyzer for a tenant's supply, with who has it now (`tenant` None: the site itself), and what waits."""

    analyzer_id: int
    name: str
    location: str | None
    account_id: int | None
    number: str | None
    tenant: str | None
    waiting_number: str | None
    waiting_tenant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """An open account that an analyzer can be given to. `tenant` None: the site's own."""

    account_id: int
    number: str
    tenant: str | None
    unit: str | None


def plan_choices(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> tuple[PlanChoice, ...]:
    """The plans in use of the site that have a price, by name."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    later = prices.alias("later")
    replaced = sa.exists().where(
        later.c.plan_id == prices.c.plan_id,
        later.c.source == prices.c.source,
        later.c.withdrawn_at.is_(None),
        later.c.from_at > prices.c.from_at,
        later.c.from_at <= now,
    )
    question = (
        sa.select(plans.c.id, plans.c.name, plans.c.currency, prices.c.source, prices.c.price_per_kwh)
        .join(prices, prices.c.plan_id == plans.c.id)
        .where(
            plans.c.site_id == site_id,
            plans.c.retired_at.is_(None),
            prices.c.withdrawn_at.is_(None),
            prices.c.from_at <= now,
            ~replaced,
        )
        .order_by(plans.c.name, plans.c.id)
        .limit(2 * PLANS_AT_MOST)
    )
    named: dict[int, tuple[str, str]] = {}
    found: dict[int, dict[Source, Decimal]] = {}
    for row in conn.execute(question):
        named[row.id] = (row.name, row.currency)
        found.setdefault(row.id, {})[row.source] = row.price_per_kwh
    return tuple(
        PlanChoice(
            plan_id=plan_id,
            name=name,
            currency=currency,
            grid_per_kwh=found[plan_id].get(Source.GRID),
            generator_per_kwh=found[plan_id].get(Source.GENERATOR),
        )
        for plan_id, (name, currency) in named.items()
    )


def analyzer_choices(conn: Connection, viewer: Viewer, site_id: int) -> tuple[AnalyzerChoice, ...]:
    """The analyzers in use that measure a tenant's supply, by name."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    running, waiting = assignments.alias("running"), assignments.alias("waiting")
    account, next_account = accounts.alias("account"), accounts.alias("next_account")
    person, next_person = tenants.alias("person"), tenants.alias("next_person")
    question = (
        sa.select(
            analyzers.c.id.label("analyzer_id"),
            analyzers.c.name,
            analyzers.c.location,
            account.c.id.label("account_id"),
            account.c.number,
            person.c.name.label("tenant"),
            next_account.c.number.label("waiting_number"),
            next_person.c.name.label("waiting_tenant"),
        )
        .select_from(analyzers)
        .outerjoin(
            running,
            sa.and_(
                running.c.analyzer_id == analyzers.c.id, running.c.from_at.is_not(None), running.c.until_at.is_(None)
            ),
        )
        .outerjoin(account, account.c.id == running.c.account_id)
        .outerjoin(person, person.c.id == account.c.tenant_id)
        .outerjoin(
            waiting,
            sa.and_(waiting.c.analyzer_id == analyzers.c.id, waiting.c.from_at.is_(None), waiting.c.until_at.is_(None)),
        )
        .outerjoin(next_account, next_account.c.id == waiting.c.account_id)
        .outerjoin(next_person, next_person.c.id == next_account.c.tenant_id)
        .where(
            analyzers.c.site_id == site_id,
            analyzers.c.purpose == Purpose.TENANT,
            analyzers.c.retired_at.is_(None),
        )
        .order_by(analyzers.c.name)
        .limit(ANALYZERS_AT_MOST)
    )
    return tuple(AnalyzerChoice(**row) for row in conn.execute(question).mappings())


def account_choices(conn: Connection, viewer: Viewer, site_id: int) -> tuple[AccountChoice, ...]:
    """The open accounts of the site: the tenants' by name, the site's own last."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    is_house = sa.case((accounts.c.kind == AccountKind.HOUSE, 1), else_=0)
    question = (
        sa.select(accounts.c.id.label("account_id"), accounts.c.number, tenants.c.name.label("tenant"), tenants.c.unit)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(accounts.c.site_id == site_id, accounts.c.stage != Stage.CLOSED)
        .order_by(is_house, tenants.c.name, accounts.c.number)
        .limit(ACCOUNTS_AT_MOST)
    )
    return tuple(AccountChoice(**row) for row in conn.execute(question).mappings())
