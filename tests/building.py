"""A small building in an empty database: one site with a plan, prices, tenants, accounts and analyzers, for any test.

house = Building(database)
shop = house.tenant("Shop", opening="100")
meter = house.analyzer("Shop, ground floor", shop, serial_number="LQN/1")
house.begin(meter, grid_wh=5_000)  # or let the enforcer begin it at the first accepted readings
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.calendar import hour_of
from prepaid.charging import Mark, Part
from prepaid.commissioning import Outcome
from prepaid.records import AccountKind, BaseCause, ChargeCause, EntryKind, Feed, Purpose, Role, Source, Stage, Wiring
from prepaid.site import Site
from sql.accounts import NewAccount, open_account
from sql.allocations import Receipt, Recharge, recharge
from sql.connection import Connection
from sql.hours import HourLine, add_hours
from sql.ledger import ChargeDetail, Posted, Posting, charge_posting, post
from sql.readings import ensure_states
from sql.sites import load_site
from sql.tables import (
    accounts,
    analyzers,
    assignments,
    bases,
    commissionings,
    contacts,
    locks,
    tenants,
    users,
    wishes,
)
from tests.building_site import BY, GENERATOR_PRICE, GRID_PRICE, MORNING, BuildingSite, Person, count, key_of

__all__ = ["BY", "GENERATOR_PRICE", "GRID_PRICE", "MORNING", "Bases", "Building", "Person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """The two open bases of an analyzer that was begun."""

    grid_id: int
    generator_id: int

    def of(self, source: Source) -> int:
        return self.grid_id if source is Source.GRID else self.generator_id


class Building(BuildingSite):
    """One site with people and analyzers. Every method is one transaction and answers the ids of what it made."""

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
            number = f"A{count(conn, accounts):05}"
            address = email or f"{number.lower()}@tenants.example"
            tenant_id = key_of(
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
            return key_of(
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
            analyzer_id = key_of(
                conn,
                analyzers.insert().values(
                    site_id=self.site_id,
                    name=name,
                    purpose=purpose,
                    feed=Feed.MODBUS,
                    host=host,
                    port=port or 20_000 + count(conn, analyzers),
                    unit_id=1,
                    serial_number=serial_number or f"LQN/{count(conn, analyzers) + 1:06}",
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
            return key_of(
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
                key_of(
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
            return key_of(
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
            return key_of(
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
