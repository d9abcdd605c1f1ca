"""Plans of a site file: new ones with their prices from now on, and the free plan of the house."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import SOURCES, AccountKind, Source, Stage
from prepaid.units import ZERO
from sql.accounts import NewAccount, open_account
from sql.site.checks import HOUSE_ACCOUNT, HOUSE_PLAN
from sql.site.work import Work
from sql.tables import accounts, plans, prices, tenants

HOUSE_WHY = "common areas, incomers and check meters"


class PlanOfSite(NamedTuple):
    """A plan by its id, with the currency that an account on it has for ever."""

    plan_id: int
    currency: str


def check_plans(work: Work) -> None:
    """A new tenant cannot be put on a retired plan."""
    question = sa.select(plans.c.name).where(plans.c.site_id == work.site_id, plans.c.retired_at.is_not(None))
    retired = set(work.conn.scalars(question))
    known = set(work.conn.scalars(sa.select(tenants.c.name).where(tenants.c.site_id == work.site_id)))
    for number, tenant in enumerate(work.file.tenants, start=1):
        if tenant.plan in retired and tenant.name not in known:
            said = _("{place}: this plan is retired. Choose another.")
            work.problems.append(said.format(place=work.file.places.key("tenants", number, tenant.name, "plan")))


def add_plans(work: Work) -> dict[str, PlanOfSite]:
    """Adds new plans; answers all plans by name."""
    known = _known(work)
    for number, plan in enumerate(work.file.plans, start=1):
        if plan.name in known:
            there = _prices_now(work, known[plan.name].plan_id)
            place_of = partial(work.file.places.key, "plans", number, plan.name)
            work.compare(place_of, {source.value: (there.get(source), plan.prices[source]) for source in SOURCES})
        else:
            known[plan.name] = _add(work, plan.name, plan.prices)
    return known


def add_house(work: Work) -> int:
    """The account for analyzers without a tenant: free, exempt, one per site."""
    house = sa.select(accounts.c.id).where(accounts.c.site_id == work.site_id, accounts.c.kind == AccountKind.HOUSE)
    found: int | None = work.conn.scalar(house)
    if found is not None:
        return found
    plan = _known(work).get(HOUSE_PLAN) or _add(work, HOUSE_PLAN, dict.fromkeys(SOURCES, ZERO))
    wanted = NewAccount(
        site_id=work.site_id,
        number=HOUSE_ACCOUNT,
        kind=AccountKind.HOUSE,
        tenant_id=None,
        currency=work.file.site.currency,
        plan_id=plan.plan_id,
        stage=Stage.OBSERVED,
    )
    account_id = open_account(work.conn, wanted, work.actor, work.now)
    work.conn.execute(accounts.update().where(accounts.c.id == account_id).values(exempt=True, exempt_why=HOUSE_WHY))
    work.note("account", f"account:{account_id}", {"number": HOUSE_ACCOUNT, "kind": AccountKind.HOUSE})
    return account_id


def _known(work: Work) -> dict[str, PlanOfSite]:
    question = sa.select(plans.c.name, plans.c.id, plans.c.currency).where(plans.c.site_id == work.site_id)
    return {row.name: PlanOfSite(int(row.id), row.currency) for row in work.conn.execute(question)}


def _add(work: Work, name: str, wanted: Mapping[Source, Decimal]) -> PlanOfSite:
    """No account is on a new plan yet, so its prices may begin at once."""
    currency = work.file.site.currency
    plan_id = work.insert("plan", plans, site_id=work.site_id, name=name, currency=currency, created_at=work.now)
    for source in SOURCES:
        values = {"plan_id": plan_id, "source": source, "from_at": work.now, "price_per_kwh": wanted[source]}
        work.conn.execute(prices.insert().values(**values, entered_at=work.now, entered_by=work.actor))
        work.note("price", f"plan:{plan_id}", values)
    return PlanOfSite(plan_id, currency)


def _prices_now(work: Work, plan_id: int) -> dict[Source, Decimal]:
    question = (
        sa.select(prices.c.source, prices.c.price_per_kwh)
        .where(prices.c.plan_id == plan_id, prices.c.withdrawn_at.is_(None), prices.c.from_at <= work.now)
        .order_by(prices.c.from_at)
    )
    return {row.source: row.price_per_kwh for row in work.conn.execute(question)}
