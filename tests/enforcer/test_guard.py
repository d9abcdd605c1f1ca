"""The guard in passes over a database: whom it holds, what staff are told once, and what a release changes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.errors.access import NotAllowed
from prepaid.errors.wishes import GuardHoldsNone, WishReasonMissing
from prepaid.records import HoldCause, Role, Stage
from prepaid.supply import Reason, decide
from prepaid.switching import Supply, SupplyState
from sql.connection import Database
from sql.facts import facts_now
from sql.guard_releases import release
from sql.metering import begin_hold
from sql.tables import accounts, events, holds
from tests.enforcer.mall import DAY, Mall, mall
from tests.signed_in import signed_in

CREDIT, CUT, HELD, STILL = Reason.CREDIT, Reason.OUT_OF_CREDIT, Reason.GUARD, Reason.STILL_OUT
ALL = range(5)
HOUR_S = 3600.0


def let_go(crowd: Mall, *numbers: int, reason: str = "the price was right") -> int:
    admin = signed_in(crowd.building.database, Role.ADMIN)
    chosen = [crowd.shops[number].account_id for number in numbers]
    return release(crowd.building.database, admin, crowd.building.site_id, chosen, reason)


def held_mall(database: Database) -> Mall:
    """Five shops whose credit ended at once and that the guard holds."""
    crowd = mall(database)
    crowd.foresee(20)
    crowd.run_out(*ALL)
    assert crowd.run() == [HELD] * 5
    return crowd


def test_a_few_that_run_out_by_surprise_are_cut(database: Database) -> None:
    crowd = mall(database)
    crowd.foresee(20)

    crowd.run_out(0, 1, 2)

    assert crowd.run() == [CUT, CUT, CUT, CREDIT, CREDIT]
    assert crowd.alarms() == []


def test_all_that_run_out_as_foreseen_are_cut_however_many(database: Database) -> None:
    crowd = mall(database)
    crowd.foresee(2)

    crowd.run_out(*ALL)

    assert crowd.run() == [CUT] * 5


def test_cuts_that_are_due_because_hours_ended_are_not_counted_and_leave_one_after_the_other(
    database: Database,
) -> None:
    """The hours of the site last until 12:00, two hours of two shops of their own until 13:00; it is 11:00."""
    crowd = mall(database)
    crowd.foresee(2)
    crowd.building.no_cut(0, 0, 12 * 60)
    for number in (3, 4):
        crowd.building.no_cut(0, 12 * 60, 13 * 60, crowd.shops[number])

    crowd.run_out(*ALL)
    found = [crowd.run(after_s) for after_s in (5, HOUR_S - 20, 2 * 60, HOUR_S)]

    assert [each.count(Reason.WINDOW) for each in found] == [5, 5, 2, 0]
    assert found[-1] == [CUT] * 5
    assert (crowd.held(), crowd.alarms()) == ([], [])


def test_who_runs_out_by_the_provisional_use_of_a_hold_is_counted_like_anybody(database: Database) -> None:
    crowd = mall(database)
    crowd.foresee(20)
    long_ago = crowd.now - 2 * DAY
    with database.writing() as conn:
        for meter in crowd.meters:
            begin_hold(conn, meter, HoldCause.FELL, "below the base", long_ago, DAY)
        conn.execute(holds.update().values(provisional_amount=Decimal(10), provisional_at=crowd.now))

    found = crowd.run()

    assert (found, crowd.held()) == ([HELD] * 5, list(ALL))
    assert len(crowd.alarms()) == 1


def test_a_forecast_that_is_older_counts_from_24_hours_ago_on(database: Database) -> None:
    crowd = mall(database)
    crowd.foresee(4, ago=3 * DAY)

    crowd.run_out(*ALL)

    assert crowd.run() == [CUT] * 5


def test_a_forecast_that_was_made_since_is_not_asked(database: Database) -> None:
    """It may have been made with the same wrong price."""
    crowd = mall(database)
    crowd.foresee(0, ago=timedelta(hours=1))

    crowd.run_out(*ALL)

    assert crowd.run() == [HELD] * 5


def test_too_many_surprises_are_held_with_one_alarm_that_says_how_many(database: Database) -> None:
    crowd = held_mall(database)

    again = crowd.run(HOUR_S)

    [alarm] = crowd.alarms()
    assert again == [HELD] * 5
    assert alarm.account_id is None
    assert (alarm.details["held"], alarm.details["unexpected"], alarm.details["allowed"]) == (5, 5, 3)
    assert alarm.details["why"].startswith("5 accounts are held")


def test_whom_it_holds_is_known_in_the_moment_before_a_frame(database: Database) -> None:
    crowd = held_mall(database)

    with database.reading() as conn:
        facts, _state = facts_now(conn, crowd.building.site_id, crowd.meters[0], crowd.now)

    assert facts is not None
    assert decide(replace(facts, commissioned=True)).reason is HELD


def test_those_cut_before_stay_cut_and_are_not_held(database: Database) -> None:
    crowd = mall(database)
    crowd.foresee(20)
    crowd.run_out(0, 1, 2)
    crowd.run()
    crowd.cut(0, 1)

    crowd.run_out(3, 4)

    assert crowd.run(HOUR_S) == [STILL, STILL, HELD, HELD, HELD]
    assert crowd.held() == [2, 3, 4]


def test_a_day_later_they_are_still_held(database: Database) -> None:
    crowd = held_mall(database)

    assert crowd.run(3 * 24 * HOUR_S) == [HELD] * 5


def test_a_person_releases_some_by_name_once_and_they_are_cut(database: Database) -> None:
    crowd = held_mall(database)

    released = let_go(crowd, 1, 3)

    assert released == 2
    assert crowd.run() == [HELD, CUT, HELD, CUT, HELD]
    assert crowd.run(30 * HOUR_S) == [HELD, CUT, HELD, CUT, HELD]
    with pytest.raises(GuardHoldsNone):
        let_go(crowd, 1, 3)


def test_a_release_is_an_event_of_each_account_with_its_reason(database: Database) -> None:
    crowd = held_mall(database)

    let_go(crowd, 2, reason="  the price   was right ")

    with database.reading() as conn:
        [event] = conn.execute(events.select().where(events.c.action == "guard.released")).all()
    assert event.subject == f"account:{crowd.shops[2].account_id}"
    assert event.after["reason"] == "the price was right"


def test_only_an_administrator_of_the_site_releases_and_says_why(database: Database) -> None:
    crowd = held_mall(database)
    chosen = [crowd.shops[0].account_id]

    for role in (Role.MANAGER, Role.CASHIER):
        with pytest.raises(NotAllowed):
            release(database, signed_in(database, role), crowd.building.site_id, chosen, "a reason")
    with pytest.raises(WishReasonMissing):
        let_go(crowd, 0, reason="  ")

    assert crowd.held() == list(ALL)


def test_the_alarm_ends_when_nobody_is_held_and_a_new_surprise_raises_another(database: Database) -> None:
    crowd = held_mall(database)
    for number in (0, 1):
        crowd.building.recharge(crowd.shops[number], "100", f"paid {number}")
    let_go(crowd, 2, 3, 4)

    after = crowd.run()
    [alarm] = crowd.alarms()
    ended = alarm.ended_at is not None
    crowd.run_out(*([0] * 10))
    again = crowd.run(60)

    assert after == [CREDIT, CREDIT, CUT, CUT, CUT]
    assert ended
    assert again == [HELD, CREDIT, CUT, CUT, CUT]
    assert len(crowd.alarms()) == 2


def test_accounts_that_are_only_observed_neither_count_nor_are_held(database: Database) -> None:
    crowd = mall(database, stage=Stage.OBSERVED)

    crowd.run_out(*ALL)

    assert crowd.run() == [Reason.NOT_ENFORCED] * 5
    assert crowd.held() == []


def test_a_supply_that_comes_on_again_is_held_with_the_others(database: Database) -> None:
    """A wish had it switched on; when that ends, it is one of too many again."""
    crowd = mall(database)
    crowd.foresee(20)
    crowd.run_out(0)
    crowd.run()
    crowd.cut(0)
    crowd.run_out(1, 2, 3)
    crowd.run()

    crowd.supply[crowd.meters[0]] = SupplyState(supply=Supply.ON)

    assert crowd.run() == [HELD, HELD, HELD, HELD, CREDIT]


def test_an_account_that_is_no_longer_enforced_is_not_held(database: Database) -> None:
    crowd = held_mall(database)

    with database.writing() as conn:
        conn.execute(accounts.update().values(stage=Stage.WARNED))

    assert crowd.run() == [Reason.NOT_ENFORCED] * 5
    assert crowd.held() == []
    assert crowd.alarms()[0].ended_at is not None
