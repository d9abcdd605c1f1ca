"""Which hours of an account are known, and what was counted in them: nothing unknown may count as no use."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.charging import Mark
from prepaid.records import AccountKind, BaseCause, Purpose, Source, Stage
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from prepaid.usual import Counted
from sql.connection import Database
from sql.hours import HourLine, add_hours
from sql.past_use import PastUse, past_use
from sql.tables import accounts, assignments, bases, supply_changes, supply_states
from tests.building import Building, Person

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
FULL = NOW.replace(minute=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
"""The last full hour ends at 14:00; the first of the 336 begins at 14:00, fourteen days before."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop with one analyzer that has been read and charged for a month."""

    building: Building
    person: Person
    meter: int

    def use(self, at: datetime, wh: int, *, source: Source = Source.GRID, spread: bool = False) -> None:
        line = HourLine(
            hour_at=at,
            analyzer_id=self.meter,
            account_id=self.person.account_id,
            source=source,
            wh=wh,
            amount=Decimal(wh),
            spread=spread,
        )
        with self.building.database.writing() as conn:
            add_hours(conn, [line])

    def run(self, *statements: sa.Update | sa.Insert) -> None:
        with self.building.database.writing() as conn:
            for statement in statements:
                conn.execute(statement)

    def confirmed(self, wanted: Answer, at: datetime) -> sa.Insert:
        """A change of supply that the device confirmed."""
        return supply_changes.insert().values(
            site_id=self.building.site_id,
            analyzer_id=self.meter,
            account_id=self.person.account_id,
            wanted=wanted,
            reason=Reason.OUT_OF_CREDIT,
            progress=Progress.PROVEN,
            live_balance=Decimal(0),
            entry_no=1,
            decided_at=at,
            confirmed_at=at,
            ended_at=at,
            evidence=Evidence.CURRENT,
        )

    def still_cut(self, since_at: datetime | None) -> sa.Insert:
        return supply_states.insert().values(
            analyzer_id=self.meter, supply=Supply.CUT, seen=Supply.CUT, since_at=since_at, restarted=False
        )

    def known_after(self, *happened: sa.Update | sa.Insert) -> int:
        """How many hours are known if this had happened; it has not."""
        site = self.building.load()
        with self.building.database.writing() as conn:
            tried = conn.begin_nested()
            for statement in happened:
                conn.execute(statement)
            found = past_use(conn, site, NOW).accounts[self.person.account_id][0]
            tried.rollback()
        return sum(found.known)

    def past(self, now: datetime = NOW) -> PastUse:
        with self.building.database.reading() as conn:
            return past_use(conn, self.building.load(), now)

    def counted(self) -> Counted:
        return self.past().accounts[self.person.account_id][0]


@pytest.fixture
def shop(database: Database) -> Shop:
    building = Building(database, at=NOW)
    person = building.tenant("Shop")
    meter = building.analyzer("Shop", person)
    building.begin(meter, at=NOW - 30 * DAY)
    with database.writing() as conn:
        conn.execute(bases.update().values(charged_at=FULL, accepted_at=NOW))
    return Shop(building, person, meter)


def test_two_weeks_are_336_hours_and_an_hour_without_a_row_is_one_without_use(shop: Shop) -> None:
    shop.use(FULL - HOUR, 500)
    shop.use(FULL - HOUR, 70, source=Source.GENERATOR)
    shop.use(FULL - 14 * DAY, 30, spread=True)
    shop.use(FULL - 14 * DAY - HOUR, 999)
    shop.use(FULL, 999)

    past = shop.past()

    found = past.accounts[shop.person.account_id][0]
    assert (past.hours.begins[0], past.hours.begins[-1], len(past.hours)) == (FULL - 14 * DAY, FULL, 336)
    assert (sum(found.known), found.grid_wh[0], found.grid_wh[-1], sum(found.grid_wh)) == (336, 30, 500, 530)
    assert (found.generator_wh[-1], sum(found.generator_wh)) == (70, 70)


def test_an_hour_is_known_once_it_is_charged_and_since_it_is_the_account_s(shop: Shop) -> None:
    begun, moved = assignments.update(), bases.update()
    generator = moved.where(bases.c.source == Source.GENERATOR)

    assert shop.known_after() == 336
    assert shop.known_after(begun.values(from_at=FULL - 2 * DAY)) == 48
    assert shop.known_after(begun.values(from_at=NOW - 2 * DAY)) == 47
    assert shop.known_after(moved.values(charged_at=FULL - 3 * HOUR)) == 333
    assert shop.known_after(moved.values(charged_at=FULL - 3 * HOUR + timedelta(minutes=59))) == 333
    assert shop.known_after(generator.values(charged_at=FULL - HOUR)) == 335
    assert shop.known_after(moved.values(charged_at=FULL - 20 * DAY)) == 0
    assert shop.known_after(moved.values(opened_at=FULL - DAY)) == 24


def test_an_hour_in_which_the_supply_was_cut_is_not_one_without_use(shop: Shop) -> None:
    on, cut = Answer.ON, Answer.CUT

    assert shop.known_after(shop.confirmed(on, FULL - 10 * DAY)) == 240
    assert shop.known_after(shop.confirmed(cut, FULL - 10 * DAY), shop.confirmed(on, FULL - 9 * DAY)) == 312
    assert shop.known_after(shop.confirmed(cut, NOW - DAY), shop.confirmed(on, NOW - DAY + HOUR)) == 334
    assert shop.known_after(shop.confirmed(cut, NOW - 20 * DAY), shop.confirmed(on, NOW - 19 * DAY)) == 336
    assert shop.known_after(shop.still_cut(NOW - 2 * HOUR)) == 334
    assert shop.known_after(shop.confirmed(cut, NOW - 5 * HOUR), shop.still_cut(NOW - 2 * HOUR)) == 331
    assert shop.known_after(shop.still_cut(NOW - 20 * DAY)) == 0
    assert shop.known_after(shop.still_cut(None)) == 0


def test_between_a_lost_base_and_the_new_one_nobody_knows(shop: Shop) -> None:
    """The device was silent for a day and came back as another one."""
    with shop.building.database.writing() as conn:
        conn.execute(bases.update().values(charged_at=FULL - 5 * DAY, closed_at=FULL - 4 * DAY))
        for source in Source:
            mark = Mark(FULL - 4 * DAY, 0)
            conn.execute(
                bases.insert().values(
                    analyzer_id=shop.meter,
                    source=source,
                    serial_number="LQN/2",
                    cause=BaseCause.SWAP,
                    opened_at=mark.at,
                    opening_wh=mark.wh,
                    counter_wh=mark.wh,
                    highest_wh=mark.wh,
                    accepted_at=FULL,
                    charged_wh=mark.wh,
                    charged_at=FULL,
                )
            )

    known = shop.counted().known

    assert sum(known) == 336 - 24
    assert not any(known[336 - 120 : 336 - 96])


def test_only_what_is_the_account_s_now_is_foreseen(shop: Shop) -> None:
    """An analyzer that was handed over counts for its new account, from then on; the house has no forecast."""
    shop.use(FULL - 3 * DAY, 500)
    bakery = shop.building.tenant("Bakery")
    shop.building.hand_over(shop.meter, bakery, FULL - DAY)
    common = shop.building.analyzer("Stairs", purpose=Purpose.COMMON)
    shop.building.begin(common, at=NOW - 30 * DAY)

    past = shop.past()

    assert set(past.accounts) == {bakery.account_id}
    found = past.accounts[bakery.account_id][0]
    assert (sum(found.known), sum(found.grid_wh)) == (24, 0)


def test_closed_accounts_and_other_sites_are_left_out(shop: Shop) -> None:
    other = Building(shop.building.database, name="Other House", at=NOW)
    stranger = other.tenant("Stranger")
    meter = other.analyzer("Stranger", stranger)
    other.begin(meter, at=NOW - 30 * DAY)
    Shop(other, stranger, meter).use(FULL - HOUR, 70)

    before = set(shop.past().accounts)
    shop.building.close(shop.person)

    assert before == {shop.person.account_id}
    assert shop.past().accounts == {}
    with shop.building.database.reading() as conn:
        closed = conn.scalar(
            sa.select(sa.func.count())
            .select_from(accounts)
            .where(accounts.c.kind == AccountKind.TENANT, accounts.c.stage == Stage.CLOSED)
        )
    assert closed == 1
