"""A mall of shops whose credit ends in the same pass, as by a wrong price, and what a pass decides about each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from enforcer.crossings import find_crossings
from enforcer.decide import decide_all, live_of, read_circumstances
from enforcer.guard import stand_guard
from enforcer.tell import Money, raise_all
from prepaid.alerts import AlertKind
from prepaid.forecast import Forecast
from prepaid.records import EntryKind, Source, Stage
from prepaid.supply import Reason
from prepaid.switching import Supply, SupplyState
from sql.connection import Database
from sql.crossings import load_levels
from sql.forecasts import save_forecasts
from sql.site_alarms import alarm_stands
from sql.tables import alerts, crossings
from tests.building import MORNING, Building, Person

DAY = timedelta(days=1)


@dataclass
class Mall:
    """Shops with one analyzer each, all of them supplied. Every pass knows only what is in the database."""

    building: Building
    shops: list[Person]
    meters: list[int]
    now: datetime = MORNING
    supply: dict[int, SupplyState] = field(default_factory=dict)

    def foresee(self, days: float, of: Mapping[int, Person] | None = None, ago: timedelta = DAY) -> None:
        """A forecast that was made so long ago."""
        made_at = self.now - ago
        made = Forecast(
            made_at=made_at,
            days_left=days,
            ends_at=made_at + days * DAY,
            ends_early_at=None,
            ends_late_at=None,
            generator_share=0,
            daily_amount=Decimal(10),
            live_balance=Decimal(10),
            emergency_credit=Decimal(0),
        )
        chosen = self.shops if of is None else of.values()
        with self.building.database.writing() as conn:
            save_forecasts(conn, {each.account_id: made for each in chosen})

    def run_out(self, *numbers: int) -> None:
        """The credit of these shops ends."""
        for number in numbers:
            self.building.post(self.shops[number], EntryKind.FEE, "-10")

    def run(self, after_s: float = 5) -> list[Reason]:
        """A pass: why each shop's supply is as it is."""
        self.now += timedelta(seconds=after_s)
        site = self.building.load()
        with self.building.database.writing() as conn:
            levels = {key: level for key, (level, _) in load_levels(conn, site.site_id).items()}
            circumstances = read_circumstances(conn, site, self.now, self.now, time_trusted=True)
            live = live_of(site, {}, circumstances)
            money = Money(live=live, last_recharges={}, forecasts={}, source=Source.GRID)
            entries = {key: entry_no for key, (entry_no, _) in circumstances.heads.items()}
            fallen, told = find_crossings(conn, site, levels, money, entries, self.now, {})
            alarmed = alarm_stands(conn, site.site_id, AlertKind.GUARD)
            guarded = stand_guard(conn, site, fallen, self.supply, circumstances, self.now, alarmed=alarmed)
            serials = {meter: f"LQN/{number}" for number, meter in enumerate(self.meters)}
            decided = decide_all(site, {}, self.supply, serials, live, guarded.circumstances)
            raise_all(conn, site, circumstances, money, [*told, *guarded.alerts], self.now)
        return [decided[meter].decision.reason for meter in self.meters]

    def cut(self, *numbers: int) -> None:
        """The devices of these shops confirmed their cut."""
        for number in numbers:
            self.supply[self.meters[number]] = SupplyState(supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT)

    def held(self) -> list[int]:
        """The shops that the guard holds."""
        question = sa.select(crossings.c.account_id).where(crossings.c.guarded_at.is_not(None))
        with self.building.database.reading() as conn:
            accounts = set(conn.scalars(question))
        return [number for number, each in enumerate(self.shops) if each.account_id in accounts]

    def alarms(self) -> list[Any]:
        """The alarms of the guard, ended or not."""
        with self.building.database.reading() as conn:
            question = sa.select(alerts).where(alerts.c.kind == AlertKind.GUARD).order_by(alerts.c.id)
            return list(conn.execute(question).all())


def mall(database: Database, shops: int = 5, stage: Stage = Stage.ENFORCED) -> Mall:
    """So many shops with a credit of 10 each, and supplies that are on."""
    building = Building(database)
    building.admin()
    people = [building.tenant(f"Shop {number}", opening="10", stage=stage) for number in range(shops)]
    meters = []
    for number, person in enumerate(people):
        meters.append(building.analyzer(f"Meter {number}", person, serial_number=f"LQN/{number}"))
        building.begin(meters[-1])
    made = Mall(building, people, meters)
    made.supply = {meter: SupplyState(supply=Supply.ON) for meter in meters}
    made.run()
    return made
