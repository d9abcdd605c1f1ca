"""Low and critical by days left: between two forecasts the balance decides, after a recharge at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from enforcer.crossings import find_crossings
from enforcer.decide import read_circumstances
from enforcer.tell import Money, explained, find_clock_doubt, raise_all
from enforcer.written import alert_mail
from prepaid.alerts import AlertKind, Level
from prepaid.forecast import Forecast
from prepaid.no_cut import APART, PLACES
from prepaid.records import EntryKind, Role, Source, Stage
from prepaid.supply import Reason
from prepaid.tenancy import Policy
from sql.accounts import last_recharges, live_balances
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.crossings import load_levels, open_notices
from sql.forecasts import latest_forecasts, save_forecasts
from sql.policies import change_policy
from sql.site_alarms import alarm_stands
from sql.tables import alerts, messages
from tests.building import MORNING, Building, Person
from tests.enforcer.supplies import ON, supplied
from tests.signed_in import signed_in
from tests.sql.messages import claimed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Shop:
    """A shop that spends 10 a day; each pass tells what is to be told."""

    building: Building
    person: Person
    kinds: list[AlertKind] = field(default_factory=list)

    def foresee(self, live: int, at: datetime) -> None:
        days = live / 10
        made = Forecast(
            made_at=at,
            days_left=days,
            ends_at=at + days * DAY,
            ends_early_at=at + days * DAY,
            ends_late_at=at + days * DAY,
            generator_share=0,
            daily_amount=Decimal(10),
            live_balance=Decimal(live),
            emergency_credit=Decimal(0),
        )
        with self.building.database.writing() as conn:
            save_forecasts(conn, {self.person.account_id: made})

    def look(self, at: datetime, late: Mapping[int, datetime] | None = None) -> Mapping[int, Level]:
        """What a pass of the enforcer does with the money of all accounts."""
        site = self.building.load()
        with self.building.database.writing() as conn:
            levels = {key: level for key, (level, _) in load_levels(conn, site.site_id).items()}
            balances = live_balances(conn, site.site_id)
            money = Money(
                live={key: each.live for key, each in balances.items()},
                last_recharges=last_recharges(conn, site.site_id),
                forecasts=latest_forecasts(conn, site.site_id),
                source=Source.GRID,
            )
            entries = {key: each.entry_no for key, each in balances.items()}
            fallen, alerts = find_crossings(conn, site, levels, money, entries, at, late or {})
            circumstances = read_circumstances(conn, site, at, at, time_trusted=True)
            self.kinds += [each.kind for each in raise_all(conn, site, circumstances, money, alerts, at)]
        return fallen

    def kept(self) -> list[tuple[AlertKind, int | None]]:
        """The alerts, with how many people would have been told."""
        with self.building.database.reading() as conn:
            return [
                (row.kind, row.would_tell)
                for row in conn.execute(sa.select(alerts.c.kind, alerts.c.would_tell).order_by(alerts.c.id))
            ]

    def mails(self) -> int:
        with self.building.database.reading() as conn:
            return int(conn.scalar(sa.select(sa.func.count()).select_from(messages)) or 0)


def shop(database: Database, opening: str, stage: Stage = Stage.ENFORCED) -> Shop:
    building = Building(database)
    return Shop(building, building.tenant("Shop", opening=opening, stage=stage))


def test_a_credit_that_lasts_less_than_three_days_is_low_however_much_of_it_is_left(database: Database) -> None:
    told = shop(database, "29")
    unknown = told.look(MORNING)
    told.foresee(29, MORNING)

    fallen = [told.look(MORNING + minutes * HOUR / 60) for minutes in (1, 2)]

    assert (unknown, fallen) == ({}, [{told.person.account_id: Level.LOW}, {}])
    assert told.kinds == [AlertKind.LOW]


def test_between_two_forecasts_the_balance_crosses(database: Database) -> None:
    told = shop(database, "55")
    told.foresee(55, MORNING)
    told.look(MORNING)

    told.building.post(told.person, EntryKind.FEE, "-30")
    told.look(MORNING + HOUR / 2)
    told.building.post(told.person, EntryKind.FEE, "-19")
    told.look(MORNING + HOUR)

    assert told.kinds == [AlertKind.LOW, AlertKind.CRITICAL]


def test_a_recharge_counts_at_once_and_not_with_the_next_forecast(database: Database) -> None:
    """Two days are bought by somebody whose credit was over: still low, and told so again."""
    told = shop(database, "1")
    told.foresee(0, MORNING)
    told.building.recharge(told.person, "19", "one")
    told.look(MORNING + HOUR / 2)
    told.building.recharge(told.person, "40", "two")
    told.look(MORNING + HOUR)

    assert told.kinds == [AlertKind.LOW]


def test_the_mail_says_how_long_the_credit_lasts(database: Database) -> None:
    told = shop(database, "29")
    told.foresee(29, MORNING)
    told.look(MORNING)

    [parcel] = claimed(database, seconds=3600)
    mail = alert_mail(parcel.first, "energy@building.example", MORNING)

    assert mail.credit is not None
    assert mail.credit.days_left == 2.9


def test_without_a_forecast_the_mail_does_not_know(database: Database) -> None:
    told = shop(database, "100")
    told.building.post(told.person, EntryKind.FEE, "-90")
    told.look(MORNING)

    [parcel] = claimed(database, seconds=3600)
    mail = alert_mail(parcel.first, "energy@building.example", MORNING)

    assert told.kinds == [AlertKind.LOW]
    assert mail.credit is not None
    assert mail.credit.days_left is None


# --- observed accounts ------------------------------------------------------------------------------------------------


def test_of_an_observed_account_is_kept_what_would_have_been_told_once_per_crossing(database: Database) -> None:
    told = shop(database, "29", Stage.OBSERVED)
    told.foresee(29, MORNING)

    told.look(MORNING)
    told.look(MORNING + HOUR / 60)
    told.building.post(told.person, EntryKind.FEE, "-29")
    told.look(MORNING + HOUR)
    told.look(MORNING + 2 * HOUR)

    assert told.kept() == [(AlertKind.LOW, 1), (AlertKind.EXHAUSTED, 1)]
    assert told.mails() == 0


def test_a_recharge_arms_an_observed_account_again(database: Database) -> None:
    told = shop(database, "0", Stage.OBSERVED)
    told.look(MORNING)
    told.building.recharge(told.person, "5", "one")
    told.building.post(told.person, EntryKind.FEE, "-5")
    told.look(MORNING + HOUR)

    assert told.kept() == [(AlertKind.EXHAUSTED, 1), (AlertKind.EXHAUSTED, 1)]


@pytest.mark.parametrize("stage", [Stage.WARNED, Stage.ENFORCED])
def test_who_is_observed_no_longer_is_told_for_real_what_would_have_been_told_before(
    database: Database, stage: Stage
) -> None:
    told = shop(database, "0", Stage.OBSERVED)
    told.look(MORNING)

    admin = signed_in(database, Role.ADMIN)
    change_policy(database, admin, told.person.account_id, Policy(stage=Stage.OBSERVED), Policy(stage=stage))
    told.look(MORNING + HOUR)
    told.look(MORNING + 2 * HOUR)

    assert told.kept() == [(AlertKind.EXHAUSTED, 1), (AlertKind.EXHAUSTED, None)]
    assert told.mails() == 1


def test_from_warned_to_enforced_nothing_is_told_a_second_time(database: Database) -> None:
    told = shop(database, "0", Stage.WARNED)
    told.look(MORNING)

    admin = signed_in(database, Role.ADMIN)
    change_policy(database, admin, told.person.account_id, Policy(stage=Stage.WARNED), Policy(stage=Stage.ENFORCED))
    told.look(MORNING + HOUR)

    assert told.kept() == [(AlertKind.EXHAUSTED, None)]


def test_of_a_draft_nothing_is_kept(database: Database) -> None:
    told = shop(database, "0", Stage.DRAFT)

    told.look(MORNING)

    assert told.kept() == []


def test_a_crossing_that_is_seen_late_gets_its_notice_once(database: Database) -> None:
    told = shop(database, "0")
    late = {told.person.account_id: MORNING + HOUR / 2}

    told.look(MORNING, late)
    told.look(MORNING + HOUR / 4, {told.person.account_id: MORNING + HOUR})

    with database.reading() as conn:
        assert open_notices(conn, told.building.site_id, MORNING + HOUR / 4) == late
        assert open_notices(conn, told.building.site_id, MORNING + HOUR / 2) == {}
    assert told.kinds == [AlertKind.EXHAUSTED]


def test_a_recharge_that_does_not_cover_the_debt_does_not_end_the_notice(database: Database) -> None:
    told = shop(database, "-5")
    late = {told.person.account_id: MORNING + HOUR / 2}
    told.look(MORNING, late)

    told.building.recharge(told.person, "1", "slip")
    told.look(MORNING + HOUR / 4)

    with database.reading() as conn:
        assert open_notices(conn, told.building.site_id, MORNING + HOUR / 4) == late


def test_a_low_credit_is_no_reason_for_a_notice(database: Database) -> None:
    told = shop(database, "29")
    told.foresee(29, MORNING)

    told.look(MORNING, {told.person.account_id: MORNING + HOUR})

    with database.reading() as conn:
        assert open_notices(conn, told.building.site_id, MORNING) == {}


def test_a_used_up_credit_is_told_with_what_keeps_the_supply_on_and_until_when(database: Database) -> None:
    made = supplied(database)
    made.building.no_cut(0, 0, 12 * 60)
    made.building.no_cut(0, 12 * 60, 13 * 60, made.shop)
    made.credit("-10")
    made.run(ON)
    assert made.decided is not None
    new = NewAlert(
        site_id=made.building.site_id,
        kind=AlertKind.EXHAUSTED,
        cause="crossing",
        account_id=made.shop.account_id,
        details={"enforced": True},
    )

    used_up, low = explained([new, replace(new, kind=AlertKind.LOW)], {made.meter: made.decided})

    assert used_up.details == {
        "enforced": True,
        "reason": Reason.WINDOW,
        "until": (MORNING + 2 * HOUR + APART * (made.shop.account_id % PLACES)).isoformat(),
    }
    assert low.details == {"enforced": True}


def test_clocks_that_disagree_are_one_alarm_that_stands_until_they_agree(database: Database) -> None:
    building = Building(database)
    told, standing = [], []

    for second, trusted in enumerate([True, False, False, True, True, False]):
        at = MORNING + timedelta(seconds=second)
        with database.writing() as conn:
            alarmed = alarm_stands(conn, building.site_id, AlertKind.CLOCK)
            found = find_clock_doubt(conn, building.load(), at, trusted=trusted, alarmed=alarmed)
            told.append([each.kind for each in found if raise_alert(conn, each, at)])
            standing.append(alarm_stands(conn, building.site_id, AlertKind.CLOCK))

    assert told == [[], [AlertKind.CLOCK], [], [], [], [AlertKind.CLOCK]]
    assert standing == [False, True, True, False, False, True]
