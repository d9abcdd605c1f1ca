"""A small building in an empty database: one site with a plan, prices, tenants, accounts and analyzers, for any test.

house = Building(database)
shop = house.tenant("Shop", opening="100")
meter = house.analyzer("Shop, ground floor", shop, serial_number="LQN/1")
house.begin(meter, grid_wh=5_000)  # or let the enforcer begin it at the first accepted readings
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.calendar import hour_of
from prepaid.charging import Mark, Part
from prepaid.commissioning import Outcome
from prepaid.no_cut import parts_of
from prepaid.records import AccountKind, BaseCause, ChargeCause, EntryKind, Feed, Purpose, Role, Source, Stage, Wiring
from prepaid.site import Site
from prepaid.units import ZERO
from sql.accounts import NewAccount, open_account
from sql.allocations import Receipt, Recharge, recharge
from sql.connection import Connection, Database
from sql.hours import HourLine, add_hours
from sql.ledger import ChargeDetail, Posted, Posting, charge_posting, post
from sql.readings import ensure_states
from sql.sites import load_site
from sql.tables import (
    account_plans,
    accounts,
    analyzers,
    assignments,
    bases,
    commissionings,
    contacts,
    crossings,
    locks,
    no_cut_windows,
    plans,
    prices,
    settings,
    sites,
    tenants,
    users,
    wishes,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """The two open bases of an analyzer that was begun."""

    grid_id: int
    generator_id: int

    def of(self, source: Source) -> int:
        return self.grid_id if source is Source.GRID else self.generator_id


class Building:
    """One site. Every method is one transaction and answers the ids of what it made."""

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
            self.site_id = _key(
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
            plan_id = _key(
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
            return _key(
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

    def tenant(
        self,
        name: str,
        *,
        opening: str = "0",
        stage: Stage = Stage.ENFORCED,
        emergency_credit: str = "0",
        restore_threshold: str = "0",
        email: str | None = None,
    ) -> Person:
        """A tenant with an account on the site's plan, an opening balance and one contact."""
        with self.database.writing() as conn:
            number = f"A{_count(conn, accounts):05}"
            address = email or f"{number.lower()}@tenants.example"
            tenant_id = _key(
                conn,
                tenants.insert().values(site_id=self.site_id, name=name, language="en", created_at=self.long_ago),
            )
            conn.execute(contacts.insert().values(tenant_id=tenant_id, name=name, email=address, language="en"))
            wanted = NewAccount(
                site_id=self.site_id,
                number=number,
                kind=AccountKind.TENANT,
                tenant_id=tenant_id,
                currency=self.currency,
                plan_id=self.plan_id,
                stage=stage,
                emergency_credit=Decimal(emergency_credit),
                restore_threshold=Decimal(restore_threshold),
                opening=Decimal(opening),
                plan_from_at=self.long_ago,
            )
            account_id = open_account(conn, wanted, BY, self.at)
        return Person(tenant_id=tenant_id, account_id=account_id, number=number, email=address)

    def close(self, person: Person) -> None:
        """Closes the account: nothing may be posted to it any more."""
        with self.database.writing() as conn:
            conn.execute(
                accounts.update()
                .where(accounts.c.id == person.account_id)
                .values(stage=Stage.CLOSED, closed_at=self.at)
            )

    def admin(self, email: str = "admin@building.example") -> int:
        """A user of the staff who gets the alarms."""
        with self.database.writing() as conn:
            return _key(
                conn,
                users.insert().values(
                    user_name=email.casefold(),
                    display_name="Admin",
                    email=email,
                    language="en",
                    role=Role.ADMIN,
                    password_hash="-",
                    created_at=self.at,
                ),
            )

    def send_from(self, address: str | None) -> None:
        """Mails of the site come from this address; None: from the one of the machine."""
        with self.database.writing() as conn:
            conn.execute(sites.update().where(sites.c.id == self.site_id).values(mail_sender=address))

    def analyzer(
        self,
        name: str,
        person: Person | None = None,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        serial_number: str | None = None,
        purpose: Purpose = Purpose.TENANT,
        rated_power_w: int = 20_000,
        ct_primary_a: int = 100,
        wiring: Wiring = Wiring.HELD_ON_SUPPLY,
        commissioned: bool = True,
        **more: Any,
    ) -> int:
        """An analyzer of that tenant (or of the house), commissioned; its assignment waits for the first readings."""
        with self.database.writing() as conn:
            analyzer_id = _key(
                conn,
                analyzers.insert().values(
                    site_id=self.site_id,
                    name=name,
                    purpose=purpose,
                    feed=Feed.MODBUS,
                    host=host,
                    port=port or 20_000 + _count(conn, analyzers),
                    unit_id=1,
                    serial_number=serial_number or f"LQN/{_count(conn, analyzers) + 1:06}",
                    rated_power_w=rated_power_w,
                    ct_primary_a=ct_primary_a,
                    ct_secondary_a=5,
                    wiring=wiring,
                    created_at=self.long_ago,
                    **more,
                ),
            )
            if commissioned:
                conn.execute(commissionings.insert().values(_passed(conn, analyzer_id, self.long_ago)))
            ensure_states(conn, self.site_id)
        self.assign(analyzer_id, person, self.long_ago)
        return analyzer_id

    def assign(self, analyzer_id: int, person: Person | None, asked_from_at: datetime) -> int:
        """Enters an assignment; it begins with the first reading accepted at or after that instant."""
        with self.database.writing() as conn:
            return _key(
                conn,
                assignments.insert().values(
                    analyzer_id=analyzer_id,
                    account_id=self.house_account_id if person is None else person.account_id,
                    asked_from_at=asked_from_at,
                    entered_at=self.at,
                    entered_by=BY,
                ),
            )

    def begin(self, analyzer_id: int, *, grid_wh: int = 0, generator_wh: int = 0, at: datetime | None = None) -> Bases:
        """What the enforcer does at the first accepted readings: opens both bases and begins the assignment."""
        opened_at = at or self.at
        with self.database.writing() as conn:
            serial_number = conn.scalar(sa.select(analyzers.c.serial_number).where(analyzers.c.id == analyzer_id))
            conn.execute(
                assignments.update()
                .where(assignments.c.analyzer_id == analyzer_id, assignments.c.from_at.is_(None))
                .values(from_at=opened_at, opening_grid_wh=grid_wh, opening_generator_wh=generator_wh)
            )
            ids = [
                _key(
                    conn,
                    bases.insert().values(
                        analyzer_id=analyzer_id,
                        source=source,
                        serial_number=serial_number,
                        cause=BaseCause.FIRST,
                        opened_at=opened_at,
                        opening_wh=counter_wh,
                        counter_wh=counter_wh,
                        highest_wh=counter_wh,
                        accepted_at=opened_at,
                        charged_wh=counter_wh,
                        charged_at=opened_at,
                    ),
                )
                for source, counter_wh in ((Source.GRID, grid_wh), (Source.GENERATOR, generator_wh))
            ]
        return Bases(grid_id=ids[0], generator_id=ids[1])

    def hand_over(self, analyzer_id: int, person: Person | None, at: datetime) -> None:
        """What the enforcer does at a handover, where nothing is left to charge."""
        assignment_id = self.assign(analyzer_id, person, at)
        current = (assignments.c.analyzer_id == analyzer_id, assignments.c.until_at.is_(None))
        with self.database.writing() as conn:
            conn.execute(assignments.update().where(*current, assignments.c.from_at.is_not(None)).values(until_at=at))
            conn.execute(assignments.update().where(assignments.c.id == assignment_id).values(from_at=at))

    def use(self, base_id: int, wh: int, at: datetime | None = None) -> None:
        """The counter of a base grows; nothing is charged yet."""
        with self.database.writing() as conn:
            highest_wh = conn.execute(sa.select(bases.c.highest_wh).where(bases.c.id == base_id)).scalar_one() + wh
            conn.execute(
                bases.update()
                .where(bases.c.id == base_id)
                .values(counter_wh=highest_wh, highest_wh=highest_wh, accepted_at=at or self.at)
            )

    def charge(self, person: Person, base_id: int, wh: int, at: datetime | None = None) -> Posted:
        """Uses more Wh of a base and charges all that is open, with the hour's row, as the enforcer writes it."""
        end_at = at or self.at
        if wh:
            self.use(base_id, wh, end_at)
        site = self.load()
        with self.database.writing() as conn:
            base = conn.execute(sa.select(bases).where(bases.c.id == base_id)).one()
            begin = Mark(min(base.charged_at, end_at), base.charged_wh)
            part = Part(begin, Mark(end_at, base.highest_wh), ChargeCause.HOUR, spread=False)
            plan_id, price = site.price(person.account_id, base.source, begin.at)
            detail = ChargeDetail(
                analyzer_id=base.analyzer_id,
                base_id=base_id,
                source=base.source,
                part=part,
                plan_id=plan_id,
                price_per_kwh=price,
            )
            posting = charge_posting(person.account_id, detail, BY)
            posted = post(conn, [posting], end_at)[0]
            line = HourLine(
                hour_at=hour_of(begin.at, site.zone),
                analyzer_id=base.analyzer_id,
                account_id=person.account_id,
                source=base.source,
                wh=part.wh,
                amount=-posting.amount,
                spread=False,
            )
            add_hours(conn, [line])
            conn.execute(
                bases.update().where(bases.c.id == base_id).values(charged_wh=part.end.wh, charged_at=part.end.at)
            )
        return posted

    def recharge(self, person: Person, amount: str, key: str, *, caller: str = "till") -> Receipt:
        """Sells a recharge."""
        wanted = Recharge(
            account_id=person.account_id,
            amount=Decimal(amount),
            currency=self.currency,
            caller=caller,
            key=key,
            actor=BY,
        )
        return recharge(self.database, wanted, f"{caller}-writer")

    def post(self, person: Person, kind: EntryKind, amount: str) -> Posted:
        """Posts an entry without details, like a correction."""
        posting = Posting(account_id=person.account_id, kind=kind, amount=Decimal(amount), cause=str(kind), actor=BY)
        with self.database.writing() as conn:
            return post(conn, [posting], self.at)[0]

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

    def wish(
        self,
        kind: str,
        analyzer_id: int | None,
        until_at: datetime,
        asked_at: datetime | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """What a person asks of the enforcer."""
        with self.database.writing() as conn:
            return _key(
                conn,
                wishes.insert().values(
                    site_id=self.site_id,
                    kind=kind,
                    analyzer_id=analyzer_id,
                    reason="a test asks for it",
                    asked_by=BY,
                    asked_at=asked_at or self.at,
                    until_at=until_at,
                    state="open",
                    details=details,
                ),
            )

    def lock(self, analyzer_id: int) -> int:
        """A safety lock."""
        with self.database.writing() as conn:
            return _key(
                conn,
                locks.insert().values(
                    analyzer_id=analyzer_id, owner="Fitter", reason="work", phone="+964 1", placed_at=self.at
                ),
            )

    def unlock(self, lock_id: int) -> None:
        """Its owner has taken a safety lock away."""
        with self.database.writing() as conn:
            gone = {"removed_at": self.database.now(conn), "removed_by": "Fitter", "removal_confirmed": "work is done"}
            conn.execute(locks.update().where(locks.c.id == lock_id).values(gone))

    def load(self) -> Site:
        """The whole site as the enforcer holds it."""
        with self.database.reading() as conn:
            return load_site(conn, self.site_id)


def _key(conn: Connection, statement: sa.Insert) -> int:
    inserted = conn.execute(statement).inserted_primary_key
    assert inserted is not None, "the database numbers it"
    return int(inserted[0])


def _count(conn: Connection, table: sa.Table) -> int:
    return int(conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _passed(conn: Connection, analyzer_id: int, at: datetime) -> dict[str, Any]:
    serial_number = conn.scalar(sa.select(analyzers.c.serial_number).where(analyzers.c.id == analyzer_id))
    return {
        "analyzer_id": analyzer_id,
        "serial_number": serial_number,
        "began_at": at,
        "ended_at": at,
        "outcome": Outcome.PASSED,
        "tariff_proven": True,
        "answers_while_cut": True,
        "by_whom": BY,
        "verdict": "passed",
        "findings": {},
    }
