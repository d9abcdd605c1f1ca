"""Wishes of people: placed once, renewed without a gap, withdrawn, refused where they would do nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange, SessionEnded
from prepaid.errors.wishes import (
    AnalyzerRetired,
    RestoreInVain,
    SupplyLocked,
    SupplyNotAssigned,
    SupplyNotCommissioned,
    SupplyNotSwitched,
    SupplyOnAlready,
    WishEndInvalid,
    WishOver,
    WishReasonMissing,
)
from prepaid.records import Role, Wiring, WishKind, WishState
from prepaid.switching import Supply
from sql.check import check
from sql.connection import Database
from sql.sessions import SignedIn
from sql.tables import analyzer_states, analyzers, events, supply_states, wishes
from sql.wishes import ask, pause, withdraw
from tests.building import MORNING, Building
from tests.signed_in import ADDRESS, sign_out, signed_in
from tests.sql.statements import listening, on_sql_server

CUT, KEEP_ON, RESTORE = WishKind.CUT, WishKind.KEEP_ON, WishKind.RESTORE
NOON = MORNING + timedelta(hours=4)
EVENING = MORNING + timedelta(hours=10)


@pytest.fixture
def house(database: Database) -> Building:
    """A building whose clock stands at its morning."""
    database.clock = ManualClock(MORNING)
    return Building(database)


def oven(house: Building, opening: str = "100", **facts: Any) -> int:
    """A commissioned analyzer that answers, of a tenant with credit."""
    analyzer_id = house.analyzer("Oven", house.tenant("Bakery", opening=opening), serial_number="LQN/1", **facts)
    house.begin(analyzer_id)
    answering(house, analyzer_id)
    return analyzer_id


def answering(house: Building, analyzer_id: int, serial_number: str = "LQN/1") -> None:
    """The analyzer was read a moment ago."""
    with house.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == analyzer_id
        conn.execute(analyzer_states.update().where(of).values(serial_number=serial_number, read_at=MORNING))


def supply(house: Building, analyzer_id: int, state: Supply, reason: str | None = None) -> None:
    with house.database.writing() as conn:
        conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, supply=state, seen=state, reason=reason))


def rows(house: Building) -> list[Any]:
    """(kind, state, result) of every wish, in their order."""
    with house.database.reading() as conn:
        found = conn.execute(sa.select(wishes.c.kind, wishes.c.state, wishes.c.result).order_by(wishes.c.id))
        return [tuple(row) for row in found]


def told(house: Building) -> list[tuple[str, str]]:
    with house.database.reading() as conn:
        found = conn.execute(sa.select(events.c.action, events.c.subject).order_by(events.c.event_no))
        return [tuple(row) for row in found]


def test_a_wish_is_one_row_with_its_event_and_says_who_asked(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)

    asked = ask(house.database, admin, CUT, analyzer_id, " the riser\nis repaired ", NOON)

    with house.database.reading() as conn:
        row = conn.execute(sa.select(wishes)).one()
        event = conn.execute(sa.select(events).where(events.c.action == "wish.asked")).one()
    assert (row.id, row.kind, row.state, row.site_id, row.analyzer_id) == (
        asked.wish_id,
        CUT,
        WishState.OPEN,
        house.site_id,
        analyzer_id,
    )
    assert (row.reason, row.user_id, row.asked_by) == ("the riser is repaired", admin.user_id, "The admin")
    assert (row.asked_at, row.until_at, asked.until_at, asked.repeated) == (MORNING, NOON, NOON, False)
    assert (event.actor, event.subject) == (admin.actor, f"analyzer:{analyzer_id}")
    assert (event.after["kind"], event.after["address"]) == ("cut", ADDRESS)
    assert check(house.database, everything=True) == []


def test_the_same_wish_again_answers_the_one_that_is_open(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    first = ask(house.database, admin, KEEP_ON, analyzer_id, "a guest", NOON)

    again = ask(house.database, signed_in(house.database, Role.ADMIN), KEEP_ON, analyzer_id, "me too", EVENING)

    assert (again.wish_id, again.until_at, again.repeated) == (first.wish_id, NOON, True)
    assert rows(house) == [(KEEP_ON, WishState.OPEN, None)]
    assert len(told(house)) == 1


def test_two_people_asking_the_same_at_once_make_one_wish(house: Building) -> None:
    analyzer_id = oven(house)
    people = [signed_in(house.database, Role.ADMIN) for _ in range(6)]

    def click(person: SignedIn) -> int:
        return ask(house.database, person, CUT, analyzer_id, "at once", NOON).wish_id

    with ThreadPoolExecutor(max_workers=6) as threads:
        found = list(threads.map(click, people))

    assert len(set(found)) == 1
    assert rows(house) == [(CUT, WishState.OPEN, None)]


def test_a_wish_is_renewed_without_a_moment_in_which_none_holds(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    first = ask(house.database, admin, KEEP_ON, analyzer_id, "a guest", NOON)

    second = ask(house.database, admin, KEEP_ON, analyzer_id, "stays longer", EVENING, instead_of=first.wish_id)
    third = ask(house.database, admin, KEEP_ON, analyzer_id, "clicked twice", EVENING, instead_of=first.wish_id)

    assert (second.until_at, second.repeated) == (EVENING, False)
    assert (third.wish_id, third.repeated) == (second.wish_id, True)
    assert rows(house) == [(KEEP_ON, WishState.WITHDRAWN, "replaced"), (KEEP_ON, WishState.OPEN, None)]


def test_a_newer_wish_of_another_kind_ends_the_older_one(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    supply(house, analyzer_id, Supply.CUT, "wish_cut")

    ask(house.database, admin, CUT, analyzer_id, "work", NOON)
    ask(house.database, admin, RESTORE, analyzer_id, "work is done")

    assert rows(house) == [(CUT, WishState.WITHDRAWN, "replaced"), (RESTORE, WishState.OPEN, None)]
    assert [action for action, _subject in told(house)] == ["wish.asked", "wish.withdrawn", "wish.asked"]


def test_a_wish_whose_time_is_over_stands_in_nobodys_way(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    first = ask(house.database, admin, CUT, analyzer_id, "work", NOON)
    house.database.clock = ManualClock(NOON)

    second = ask(house.database, signed_in(house.database, Role.ADMIN), CUT, analyzer_id, "more work", EVENING)

    assert second.wish_id != first.wish_id
    assert not second.repeated


@pytest.mark.parametrize(
    ("kind", "until", "error"),
    [
        (CUT, None, WishEndInvalid),
        (KEEP_ON, MORNING, WishEndInvalid),
        (CUT, MORNING + timedelta(days=8), WishEndInvalid),
    ],
)
def test_a_wrong_end_is_refused_and_nothing_is_written(
    house: Building, kind: WishKind, until: datetime | None, error: type[Exception]
) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)

    with pytest.raises(error):
        ask(house.database, admin, kind, analyzer_id, "work", until)
    with pytest.raises(WishReasonMissing):
        ask(house.database, admin, kind, analyzer_id, "   ", NOON)

    assert rows(house) == []
    assert told(house) == []


def test_a_wish_that_would_do_nothing_is_refused_with_what_is_in_the_way(house: Building) -> None:
    admin, kitchen = signed_in(house.database, Role.ADMIN), house.tenant("Kitchen", opening="5")
    unwired = house.analyzer("Check", kitchen, wiring=Wiring.NONE)
    untested = house.analyzer("New", kitchen, commissioned=False)
    waiting = house.analyzer("Waiting", kitchen)
    locked = oven(house)
    for each in (unwired, untested):
        house.begin(each)
    house.lock(locked)

    for analyzer_id, error in (
        (unwired, SupplyNotSwitched),
        (untested, SupplyNotCommissioned),
        (waiting, SupplyNotAssigned),
        (locked, SupplyLocked),
    ):
        with pytest.raises(error):
            ask(house.database, admin, CUT, analyzer_id, "work", NOON)

    assert rows(house) == []


def test_a_restore_that_would_not_last_or_is_not_needed_is_refused(house: Building) -> None:
    analyzer_id, admin = oven(house, opening="0"), signed_in(house.database, Role.ADMIN)
    supply(house, analyzer_id, Supply.CUT, "out_of_credit")
    lit = house.analyzer("Lit", house.tenant("Lamp shop", opening="50"), serial_number="LQN/2")
    house.begin(lit)
    answering(house, lit, "LQN/2")
    supply(house, lit, Supply.ON)

    with pytest.raises(RestoreInVain):
        ask(house.database, admin, RESTORE, analyzer_id, "please")
    with pytest.raises(SupplyOnAlready):
        ask(house.database, admin, RESTORE, lit, "please")
    kept = ask(house.database, admin, KEEP_ON, analyzer_id, "until the bank opens", NOON)

    assert rows(house) == [(KEEP_ON, WishState.OPEN, None)]
    assert not kept.repeated


def test_a_retired_or_unknown_analyzer_is_refused(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    with house.database.writing() as conn:
        conn.execute(analyzers.update().values(retired_at=MORNING))

    with pytest.raises(AnalyzerRetired):
        ask(house.database, admin, CUT, analyzer_id, "work", NOON)
    with pytest.raises(NotFound):
        ask(house.database, admin, CUT, 4711, "work", NOON)


def test_only_who_may_ask_the_enforcer_at_that_site_asks(house: Building) -> None:
    analyzer_id, bakery = oven(house), house.tenant("Florist")
    elsewhere = Building(house.database, name="Elsewhere")
    strangers = [
        signed_in(house.database, Role.MANAGER),
        signed_in(house.database, Role.CASHIER),
        signed_in(house.database, Role.TENANT, tenant_id=bakery.tenant_id, site_id=house.site_id),
        signed_in(house.database, Role.ADMIN, site_id=elsewhere.site_id),
        signed_in(house.database, Role.ADMIN, must_change_password=True),
    ]
    gone = signed_in(house.database, Role.ADMIN)
    asked = ask(house.database, gone, CUT, analyzer_id, "work", NOON)
    sign_out(house.database, gone)

    for person in strangers:
        refused = PasswordMustChange if person.viewer.must_change_password else NotAllowed
        with pytest.raises(refused):
            ask(house.database, person, KEEP_ON, analyzer_id, "work", NOON)
        with pytest.raises(refused):
            pause(house.database, person, house.site_id, "work", NOON)
        with pytest.raises(refused):
            withdraw(house.database, person, asked.wish_id)
    with pytest.raises(SessionEnded):
        ask(house.database, gone, KEEP_ON, analyzer_id, "work", NOON)

    assert rows(house) == [(CUT, WishState.OPEN, None)]


def test_a_pause_is_of_the_whole_site_and_there_is_one(house: Building) -> None:
    admin = signed_in(house.database, Role.ADMIN)

    first = pause(house.database, admin, house.site_id, "a feast day", NOON)
    second = pause(house.database, admin, house.site_id, "a feast day", EVENING)
    longer = pause(house.database, admin, house.site_id, "a feast day", EVENING, instead_of=first.wish_id)

    assert (second.wish_id, second.repeated) == (first.wish_id, True)
    assert (longer.until_at, longer.repeated) == (EVENING, False)
    assert rows(house) == [
        (WishKind.PAUSE, WishState.WITHDRAWN, "replaced"),
        (WishKind.PAUSE, WishState.OPEN, None),
    ]
    assert ("wish.asked", f"site:{house.site_id}") in told(house)
    with pytest.raises(NotFound):
        pause(house.database, admin, 4711, "a feast day", NOON)


def test_a_wish_is_withdrawn_once(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    asked = ask(house.database, admin, CUT, analyzer_id, "work", NOON)

    withdraw(house.database, admin, asked.wish_id)
    with pytest.raises(WishOver):
        withdraw(house.database, admin, asked.wish_id)
    with pytest.raises(NotFound):
        withdraw(house.database, admin, 4711)

    with house.database.reading() as conn:
        row = conn.execute(sa.select(wishes)).one()
    assert (row.state, row.result, row.details) == (WishState.WITHDRAWN, "withdrawn", {"ended_by": "The admin"})
    assert row.ended_at == MORNING


def test_every_statement_is_understood_by_sql_server(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)

    with listening(house.database) as heard:
        asked = ask(house.database, admin, CUT, analyzer_id, "work", NOON)
        ask(house.database, admin, KEEP_ON, analyzer_id, "work", NOON)
        pause(house.database, admin, house.site_id, "work", NOON)
        with pytest.raises(WishOver):
            withdraw(house.database, admin, asked.wish_id)

    statements = [on_sql_server(each) for each in heard.values()]
    assert sum("UPDLOCK, HOLDLOCK" in each for each in statements) >= 3
