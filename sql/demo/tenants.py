"""The people of the demo site in the database: site, plans, tenants with contacts and accounts, users."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import SOURCES, AccountKind, Role, Stage
from sql.accounts import NewAccount, open_account
from sql.demo.credit import Credit
from sql.demo.prices import HOUSE, DemoPlan, plan_of
from sql.demo.sign_ins import PASSWORDS
from sql.demo.site import DemoSite
from sql.passwords import hash_password
from sql.tables import accounts, contacts, plans, prices, sites, tenants, users

ACTOR = "demo site"
LANGUAGE = "en"
HOUSE_NUMBER = "HOUSE"
LARGEST_RECHARGE = Decimal(2_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where the people went: ids by name. `accounts` by tenant, the house account under None."""

    site_id: int
    plans: Mapping[str, int]
    accounts: Mapping[str | None, int]
    cashier_id: int


def open_site(
    conn: Connection, site: DemoSite, wanted: Mapping[str, DemoPlan], credits: Mapping[str, Credit], at: datetime
) -> Opened:
    """Writes everybody as of the beginning of the history: all of them have been there since then."""
    site_id = _insert(
        conn,
        sites,
        name=site.name,
        time_zone=site.time_zone,
        country=site.country,
        currency=site.currency,
        language=LANGUAGE,
        created_at=at,
    )
    plan_ids = {name: _open_plan(conn, site, site_id, plan, at) for name, plan in wanted.items()}
    tenant_ids = _add_tenants(conn, site, site_id, at)
    opened: dict[str | None, int] = {None: _open_house(conn, site, site_id, plan_ids[HOUSE], at)}
    for number, tenant in enumerate(site.tenants, start=1):
        account = NewAccount(
            site_id=site_id,
            number=f"A-{number:04d}",
            kind=AccountKind.TENANT,
            tenant_id=tenant_ids[tenant.name],
            currency=site.currency,
            plan_id=plan_ids[plan_of(tenant)],
            stage=Stage.ENFORCED,
            opening=credits[tenant.name].opening,
        )
        opened[tenant.name] = open_account(conn, account, ACTOR, at)
    cashier_id = _add_users(conn, site, site_id, tenant_ids, at)
    return Opened(site_id=site_id, plans=plan_ids, accounts=opened, cashier_id=cashier_id)


def user_name(site: DemoSite, tenant: str) -> str:
    """The name under which a tenant signs in."""
    return tenant.casefold().replace(" ", ".") + site.mark


def _open_plan(conn: Connection, site: DemoSite, site_id: int, plan: DemoPlan, at: datetime) -> int:
    plan_id = _insert(conn, plans, site_id=site_id, name=plan.name, currency=site.currency, created_at=at)
    rows = [
        {
            "plan_id": plan_id,
            "source": source,
            "from_at": price.from_at,
            "price_per_kwh": price.price_per_kwh,
            "entered_at": at,
            "entered_by": ACTOR,
        }
        for source in SOURCES
        for price in plan.prices[source]
    ]
    conn.execute(prices.insert(), rows)
    return plan_id


def _open_house(conn: Connection, site: DemoSite, site_id: int, plan_id: int, at: datetime) -> int:
    house = NewAccount(
        site_id=site_id,
        number=HOUSE_NUMBER,
        kind=AccountKind.HOUSE,
        tenant_id=None,
        currency=site.currency,
        plan_id=plan_id,
        stage=Stage.ENFORCED,
    )
    account_id = open_account(conn, house, ACTOR, at)
    why = {"exempt": True, "exempt_why": "common areas, incomers and check meters"}
    conn.execute(accounts.update().where(accounts.c.id == account_id).values(why))
    return account_id


def _add_tenants(conn: Connection, site: DemoSite, site_id: int, at: datetime) -> dict[str, int]:
    rows = [
        {"site_id": site_id, "name": each.name, "unit": each.unit, "language": LANGUAGE, "created_at": at}
        for each in site.tenants
    ]
    conn.execute(tenants.insert(), rows)
    question = sa.select(tenants.c.name, tenants.c.id).where(tenants.c.site_id == site_id)
    ids = {row.name: int(row.id) for row in conn.execute(question)}
    people = [
        {"tenant_id": ids[each.name], "name": each.name, "email": each.email, "language": LANGUAGE}
        for each in site.tenants
    ]
    conn.execute(contacts.insert(), people)
    return ids


def _add_users(conn: Connection, site: DemoSite, site_id: int, tenant_ids: Mapping[str, int], at: datetime) -> int:
    """One user for each role of the staff and one for each tenant; answers the cashier's id. The admin must choose
    another password at the first sign-in, and belongs to all sites, so that a second one brings none."""
    hashes = {role: hash_password(password) for role, password in PASSWORDS.items()}

    def user(role: Role, name: str, shown: str, email: str, **more: Any) -> dict[str, Any]:
        return {
            "site_id": None if role is Role.ADMIN else site_id,
            "tenant_id": None,
            "user_name": name,
            "display_name": shown,
            "email": email,
            "language": LANGUAGE,
            "role": role,
            "password_hash": hashes[role],
            "must_change_password": role is Role.ADMIN,
            "session_version": 1,
            "largest_recharge": LARGEST_RECHARGE if role is Role.CASHIER else None,
            "created_at": at,
            **more,
        }

    cashier = f"cashier{site.mark}"
    rows = [
        *([] if site.mark else [user(Role.ADMIN, "admin", "Administrator", "admin@example.com")]),
        user(Role.CASHIER, cashier, "Cashier", f"{cashier}@example.com"),
        user(Role.MANAGER, f"manager{site.mark}", "Manager", f"manager{site.mark}@example.com"),
        *(
            user(Role.TENANT, user_name(site, each.name), each.name, each.email, tenant_id=tenant_ids[each.name])
            for each in site.tenants
        ),
    ]
    conn.execute(users.insert(), rows)
    found: int = conn.execute(sa.select(users.c.id).where(users.c.user_name == cashier)).scalar_one()
    return found


def _insert(conn: Connection, table: sa.Table, **values: Any) -> int:
    inserted = conn.execute(table.insert().values(**values))
    assert inserted.inserted_primary_key is not None, "the database numbers rows"
    return int(inserted.inserted_primary_key[0])
