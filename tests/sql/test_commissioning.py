"""Tests on the spot in the database: who may ask, what refuses, which record counts, and what takes it back."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.clock import ManualClock
from prepaid.commissioning import Outcome, Phase
from prepaid.errors.access import NotAllowed
from prepaid.errors.wishes import (
    NothingToRevoke,
    NothingToTest,
    SupplyLocked,
    SupplyTestUnderWay,
    SwapCounterWrong,
    SwapSameDevice,
    SwapSerialMissing,
    SwapSerialTaken,
    WishOver,
    WishReasonMissing,
)
from prepaid.records import Role, Source, Wiring, WishKind, WishState
from prepaid.supply import Reason, decide
from sql.commissioning_wishes import ask_commissioning, note_phase, open_tests, revoke
from sql.connection import Database
from sql.facts import facts_now
from sql.open_wishes import expire_wishes
from sql.swaps import NewDevice, ask_swap
from sql.tables import analyzer_states, analyzers, commissionings, events, wishes
from sql.wishes import withdraw
from tests.building import MORNING, Building
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server


@pytest.fixture
def house(database: Database) -> Building:
    """A building whose clock stands at its morning."""
    database.clock = ManualClock(MORNING)
    return Building(database)


def oven(house: Building, serial_number: str = "LQN/1", **facts: Any) -> int:
    """An analyzer that answered a moment ago, of a tenant with credit."""
    analyzer_id = house.analyzer(
        f"Oven {serial_number}",
        house.tenant(f"Bakery {serial_number}", opening="100"),
        serial_number=serial_number,
        **facts,
    )
    house.begin(analyzer_id, grid_wh=5_000)
    with house.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == analyzer_id
        conn.execute(analyzer_states.update().where(of).values(serial_number=serial_number, read_at=MORNING))
    return analyzer_id


def record(house: Building, analyzer_id: int, outcome: Outcome, **facts: Any) -> None:
    """A newer record of the same device."""
    with house.database.writing() as conn:
        row = conn.execute(sa.select(commissionings).order_by(commissionings.c.id).limit(1)).mappings().one()
        kept = {name: value for name, value in row.items() if name not in ("id", "analyzer_id")}
        conn.execute(commissionings.insert().values({**kept, "analyzer_id": analyzer_id, "outcome": outcome, **facts}))


def may_be_switched(house: Building, analyzer_id: int) -> bool:
    """Whether the policy decides about it, as every statement of the product that asks says alike."""
    with house.database.reading() as conn:
        facts, _state = facts_now(conn, house.site_id, analyzer_id, MORNING)
    assert facts is not None, "it has an account"
    at_the_frame = facts.commissioned
    in_the_pass = "LQN/1" in house.load().analyzers[analyzer_id].passed_serials
    assert at_the_frame == in_the_pass
    assert (decide(facts).reason is Reason.NOT_COMMISSIONED) is not at_the_frame
    return at_the_frame


@pytest.mark.parametrize(
    ("newer", "counts"),
    [
        ([], True),
        ([Outcome.UNPROVEN], True),
        ([Outcome.FAILED], False),
        ([Outcome.REVOKED], False),
        ([Outcome.FAILED, Outcome.UNPROVEN], False),
        ([Outcome.REVOKED, Outcome.PASSED], True),
        ([Outcome.PASSED, Outcome.FAILED], False),
    ],
)
def test_the_newest_record_that_decides_says_whether_it_may_be_switched(
    house: Building, newer: list[Outcome], counts: bool
) -> None:
    analyzer_id = oven(house)
    for outcome in newer:
        record(house, analyzer_id, outcome)

    assert may_be_switched(house, analyzer_id) is counts


def test_a_record_of_another_device_or_analyzer_changes_nothing(house: Building) -> None:
    analyzer_id, other = oven(house), oven(house, "LQN/2")
    record(house, analyzer_id, Outcome.FAILED, serial_number="LQN/9")
    record(house, other, Outcome.FAILED)

    assert may_be_switched(house, analyzer_id)


@pytest.mark.parametrize(("tested", "counts"), [(None, True), (Wiring.HELD_ON_SUPPLY, True), (Wiring.NONE, False)])
def test_a_record_counts_only_for_the_wiring_that_was_tested(
    house: Building, tested: Wiring | None, counts: bool
) -> None:
    analyzer_id = oven(house, commissioned=False)
    elsewhere = oven(house, "LQN/2")
    with house.database.writing() as conn:
        conn.execute(commissionings.update().values(analyzer_id=analyzer_id, serial_number="LQN/1", wiring=tested))

    assert may_be_switched(house, analyzer_id) is counts
    assert elsewhere != analyzer_id


def test_a_test_is_asked_once_until_it_has_ended(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)

    asked = ask_commissioning(house.database, admin, analyzer_id, "new", switch=True)
    with pytest.raises(SupplyTestUnderWay, match="The admin"):
        ask_commissioning(house.database, admin, analyzer_id, "again", switch=False)

    with house.database.reading() as conn:
        [test] = open_tests(conn, house.site_id, MORNING)
        event = conn.execute(sa.select(events).where(events.c.action == "wish.asked")).one()
    assert (test.wish_id, test.kind, test.switch, test.switch_on) == (asked.wish_id, WishKind.COMMISSION, True, False)
    assert event.after["switch"] is True


def test_what_does_not_answer_or_is_locked_is_not_tested(house: Building) -> None:
    silent, locked, admin = oven(house), oven(house, "LQN/2"), signed_in(house.database, Role.ADMIN)
    house.lock(locked)
    with house.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == silent
        conn.execute(analyzer_states.update().where(of).values(read_at=MORNING - timedelta(minutes=5)))

    with pytest.raises(NothingToTest):
        ask_commissioning(house.database, admin, silent, "new", switch=False)
    with pytest.raises(SupplyLocked):
        ask_commissioning(house.database, admin, locked, "new", switch=True)
    ask_commissioning(house.database, admin, locked, "only to look", switch=False)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_only_administrators_test_swap_and_take_back(house: Building, role: Role) -> None:
    analyzer_id, person = oven(house), signed_in(house.database, role)
    new = NewDevice(serial_number="LQN/5", final_wh={})

    with pytest.raises(NotAllowed):
        ask_commissioning(house.database, person, analyzer_id, "new", switch=False)
    with pytest.raises(NotAllowed):
        ask_swap(house.database, person, analyzer_id, new, "new")
    with pytest.raises(NotAllowed):
        revoke(house.database, person, analyzer_id, "new")


def test_a_test_that_was_taken_is_neither_withdrawn_nor_ended_by_time(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    asked = ask_commissioning(house.database, admin, analyzer_id, "new", switch=True)
    late = MORNING + timedelta(hours=1)
    with house.database.writing() as conn:
        [test] = open_tests(conn, house.site_id, MORNING)
        note_phase(conn, test, Phase.CUTTING, MORNING)

    with pytest.raises(WishOver):
        withdraw(house.database, admin, asked.wish_id)
    with house.database.writing() as conn:
        expired = expire_wishes(conn, house.site_id, late)
        [still] = open_tests(conn, house.site_id, late)

    assert expired == []
    assert (still.state, still.details["phase"]) == (WishState.TAKEN, "cutting")


def test_a_test_that_nobody_takes_is_over_after_ten_minutes(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    ask_commissioning(house.database, admin, analyzer_id, "new", switch=True)

    with house.database.writing() as conn:
        later = MORNING + timedelta(minutes=11)
        assert open_tests(conn, house.site_id, later) == []
        assert len(expire_wishes(conn, house.site_id, later)) == 1


def test_a_record_is_taken_back_with_a_reason_and_once(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)

    with pytest.raises(WishReasonMissing):
        revoke(house.database, admin, analyzer_id, " ")
    revoke(house.database, admin, analyzer_id, "the contactor was exchanged")
    with pytest.raises(NothingToRevoke):
        revoke(house.database, admin, analyzer_id, "twice")

    assert not may_be_switched(house, analyzer_id)
    with house.database.reading() as conn:
        event = conn.execute(sa.select(events).where(events.c.action == "commissioning.revoked")).one()
    assert (event.after["serial_number"], event.after["reason"]) == ("LQN/1", "the contactor was exchanged")


def test_a_swap_says_which_device_comes_and_where_the_old_one_ended(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)
    new = NewDevice(serial_number=" LQN/5 ", final_wh={Source.GRID: 5_010, Source.GENERATOR: None}, switch=True)

    ask_swap(house.database, admin, analyzer_id, new, "broken display")

    with house.database.reading() as conn:
        [test] = open_tests(conn, house.site_id, MORNING)
    assert test.swap is not None
    assert (test.swap.serial_number, test.swap.grid_wh, test.swap.generator_wh) == ("LQN/5", 5_010, None)
    assert test.switch


def test_what_cannot_be_the_new_device_or_its_last_counters_is_refused(house: Building) -> None:
    analyzer_id, other = oven(house), oven(house, "LQN/2")
    admin = signed_in(house.database, Role.ADMIN)

    def refused(serial_number: str, grid_wh: int | None = None) -> str:
        new = NewDevice(serial_number=serial_number, final_wh={Source.GRID: grid_wh})
        errors = (SwapSerialMissing, SwapSameDevice, SwapSerialTaken, SwapCounterWrong)
        with pytest.raises(errors) as told:
            ask_swap(house.database, admin, analyzer_id, new, "broken")
        return told.typename

    assert refused(" ") == "SwapSerialMissing"
    assert refused("LQN/1") == "SwapSameDevice"
    assert refused("LQN/2") == "SwapSerialTaken"
    assert refused("LQN/5", 4_999) == "SwapCounterWrong"
    assert refused("LQN/5", 9_000_000) == "SwapCounterWrong"
    with house.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(wishes)) == 0
        assert conn.scalar(sa.select(analyzers.c.serial_number).where(analyzers.c.id == other)) == "LQN/2"


def test_the_statements_are_for_both_engines(house: Building) -> None:
    analyzer_id, admin = oven(house), signed_in(house.database, Role.ADMIN)

    with listening(house.database) as heard:
        ask_commissioning(house.database, admin, analyzer_id, "new", switch=False)
        with house.database.writing() as conn:
            open_tests(conn, house.site_id, MORNING)
        revoke(house.database, admin, analyzer_id, "taken back")
        may_be_switched(house, analyzer_id)

    for statement in heard.values():
        assert "LIMIT" not in on_sql_server(statement)
