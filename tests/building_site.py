"""The site of a small building: its house account, plans, prices, settings, and what is agreed with accounts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from prepaid.no_cut import parts_of
from prepaid.records import AccountKind, Source, Stage
from prepaid.units import ZERO
from sql.accounts import NewAccount, open_account
from sql.connection import Connection, Database
from sql.tables import (
    account_plans,
    accounts,
    crossings,
    no_cut_windows,
    plans,
    prices,
    settings,
    sites,
)

MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""Where ManualClock stands, too."""
BY = "tests"
GRID_PRICE = Decimal("0.1500")
GENERATOR_PRICE = Decimal("0.4000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A tenant with an account, and where its mails go."""

    tenant_id: int
    account_id: int
    number: str
    email: str


class BuildingSite:
    """A site without tenants. Every method is one transaction and answers the ids of what it made."""

    def __init__(
        self,
        database: Database,
        *,
        name: str = "Corner House",
        time_zone: str = "Asia/Baghdad",
        currency: str = "IQD",
        at: datetime = MORNING,
        grid_price: Decimal = GRID_PRICE,
        generator_price: Decimal = GENERATOR_PRICE,
        values: Mapping[str, str] | None = None,
    ) -> None:
        self.database = database
        self.name = name
        self.currency = currency
        self.at = at
        with database.writing() as conn:
            self.site_id = key_of(
                conn,
                sites.insert().values(
                    name=name, time_zone=time_zone, currency=currency, language="en", created_at=self.long_ago
                ),
            )
        for setting, value in (values or {}).items():
            self.set(setting, value)
        self.plan_id = self.plan("Shops", grid_price, generator_price)
        self.house_plan_id = self.plan("House", ZERO, ZERO)
        with database.writing() as conn:
            self.house_account_id = open_account(
                conn,
                NewAccount(
                    site_id=self.site_id,
                    number=f"H{self.site_id}",
                    kind=AccountKind.HOUSE,
                    tenant_id=None,
                    currency=currency,
                    plan_id=self.house_plan_id,
                    stage=Stage.ENFORCED,
                    plan_from_at=self.long_ago,
                ),
                BY,
                at,
            )

    @property
    def long_ago(self) -> datetime:
        """Before anything that a test looks at."""
        return self.at - timedelta(days=400)

    def set(self, name: str, value: str) -> None:
        """A setting of the site, as a row of app.Settings."""
        with self.database.writing() as conn:
            conn.execute(
                settings.insert().values(site_id=self.site_id, name=name, value=value, set_at=self.at, set_by=BY)
            )

    def plan(self, name: str, grid: Decimal, generator: Decimal) -> int:
        """A plan with a price for each source, in force since long ago."""
        with self.database.writing() as conn:
            plan_id = key_of(
                conn,
                plans.insert().values(
                    site_id=self.site_id, name=name, currency=self.currency, created_at=self.long_ago
                ),
            )
        self.price(plan_id, Source.GRID, grid, self.long_ago)
        self.price(plan_id, Source.GENERATOR, generator, self.long_ago)
        return plan_id

    def price(self, plan_id: int, source: Source, price_per_kwh: Decimal, from_at: datetime) -> int:
        """A price from an instant on."""
        with self.database.writing() as conn:
            return key_of(
                conn,
                prices.insert().values(
                    plan_id=plan_id,
                    source=source,
                    from_at=from_at,
                    price_per_kwh=price_per_kwh,
                    entered_at=self.long_ago,
                    entered_by=BY,
                ),
            )

    def withdraw(self, price_id: int) -> None:
        """Withdraws a price, as if it had never been entered."""
        with self.database.writing() as conn:
            conn.execute(prices.update().where(prices.c.id == price_id).values(withdrawn_at=self.at, withdrawn_by=BY))

    def change_plan(self, person: Person, plan_id: int, from_at: datetime) -> None:
        """Puts the account on another plan from an instant on."""
        with self.database.writing() as conn:
            conn.execute(
                account_plans.insert().values(
                    account_id=person.account_id, from_at=from_at, plan_id=plan_id, entered_at=self.at, entered_by=BY
                )
            )

    def send_from(self, address: str | None) -> None:
        """Mails of the site come from this address; None: from the one of the machine."""
        with self.database.writing() as conn:
            conn.execute(sites.update().where(sites.c.id == self.site_id).values(mail_sender=address))

    def no_cut(self, weekday: int, from_minute: int, until_minute: int, person: Person | None = None) -> None:
        """Hours in which no cut is started, of the site or of an account of its own; those that end before they begin
        go on into the next day."""
        account_id = None if person is None else person.account_id
        with self.database.writing() as conn:
            for part in parts_of(weekday, from_minute, until_minute):
                row = {"site_id": self.site_id, "account_id": account_id, **asdict(part)}
                conn.execute(no_cut_windows.insert().values(row))

    def debt_floor(self, person: Person, amount: str | None) -> None:
        """How far beyond the emergency credit a window protects the account."""
        with self.database.writing() as conn:
            floor = None if amount is None else Decimal(amount)
            conn.execute(accounts.update().where(accounts.c.id == person.account_id).values(debt_floor=floor))

    def emergency_credit(self, person: Person, amount: str) -> None:
        """How far the balance may fall below 0, from the first recharge on."""
        with self.database.writing() as conn:
            of = accounts.c.id == person.account_id
            conn.execute(accounts.update().where(of).values(emergency_credit=Decimal(amount)))

    def notice(self, person: Person, until_at: datetime) -> None:
        """A crossing of the account was seen late."""
        with self.database.writing() as conn:
            of = crossings.c.account_id == person.account_id
            conn.execute(crossings.update().where(of).values(notice_until_at=until_at))


def key_of(conn: Connection, statement: sa.Insert) -> int:
    inserted = conn.execute(statement).inserted_primary_key
    assert inserted is not None, "the database numbers it"
    return int(inserted[0])


def count(conn: Connection, table: sa.Table) -> int:
    return int(conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
