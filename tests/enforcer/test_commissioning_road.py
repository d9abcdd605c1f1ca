"""A test on the spot over real sockets: what is found, what is cut and comes back, and what is kept of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.faults import Fault
from prepaid.commissioning import OFF_AT_MOST_S, Finding, Found, Outcome, Weight
from prepaid.records import Role, WishKind
from sql.check import check
from sql.commissioning import findings_of
from sql.commissioning_wishes import revoke
from sql.connection import Database
from sql.tables import analyzers, commissionings, events, fingerprints, locks, supply_states, wishes
from tests.databases import TimedDatabase
from tests.signed_in import signed_in
from tests.story.processes import begin
from tests.story.world import LOAD_W, SteppedClock, World, until, world

SOON = timedelta(minutes=9)
TEST_S = 30.0


def ready(w: World, load_w: float = LOAD_W / 10) -> None:
    """The supply is on and known to be on, and load flows."""
    until(lambda: w.supply() == "on", "the supply is seen to be on")
    w.simulator.set_load(0, load_w)
    until(lambda: w.simulator.power_w(0) > 0 or load_w == 0, "load flows")


def untested(w: World) -> None:
    """As after the site file was loaded: no device is bound, and none was tested."""
    with w.database.writing() as conn:
        of = commissionings.c.analyzer_id == w.analyzer_id
        conn.execute(commissionings.delete().where(of))
        conn.execute(analyzers.update().where(analyzers.c.id == w.analyzer_id).values(serial_number=None))


def revoked(w: World) -> None:
    """An administrator takes back what lets it be switched."""
    admin = signed_in(w.database, Role.ADMIN)
    revoke(w.database, admin, w.analyzer_id, "it is to be tested again")


def asked(w: World, *, switch: bool = True, switch_on: bool = False) -> int:
    now = w.clock.now()
    details = {"switch": switch, "switch_on": switch_on}
    return w.building.wish(WishKind.COMMISSION, w.analyzer_id, now + SOON, now, details)


def ended(w: World, wish_id: int) -> Any:
    """The record of the test, once it has ended."""

    def over() -> bool:
        with w.database.reading() as conn:
            return conn.scalar(sa.select(wishes.c.ended_at).where(wishes.c.id == wish_id)) is not None

    until(over, "the test has ended", TEST_S)
    with w.database.reading() as conn:
        return conn.execute(sa.select(commissionings).where(commissionings.c.wish_id == wish_id)).one_or_none()


def the_test(w: World, *, switch: bool = True) -> Any:
    return ended(w, asked(w, switch=switch))


def found(record: Any) -> dict[Found, Finding]:
    return {each.found: each for each in findings_of(record.findings)}


def preventing(record: Any) -> set[Found]:
    return {each.found for each in findings_of(record.findings) if each.weight is Weight.PREVENTS}


def device(w: World, change: Callable[[SimulatedAnalyzer], object]) -> None:
    """Somebody does something at the device itself."""
    w.simulator.call(lambda: change(w.simulator.simulator.site.analyzer(w.simulator.serial_number(0))))


def test_a_device_that_obeys_passes_and_is_the_commissioned_one_from_then_on(database: Database) -> None:
    with world(database, credit="100000", others=1) as w:
        untested(w)
        with w.enforcer():
            ready(w)

            record = the_test(w)
            until(w.connected, "the supply is back")
            until(lambda: not lent(w), "the supply belongs to the rules again")

    assert record.outcome is Outcome.PASSED
    assert (record.tariff_proven, record.answers_while_cut) == (True, True)
    assert record.cut_confirmed_at <= record.cut_proven_at < record.restored_at <= record.ended_at
    assert {Found.CUT_PROVEN, Found.ANSWERS_WHILE_CUT, Found.RESTORED, Found.TARIFF_AGREES} <= set(found(record))
    assert w.changes() == [("cut", "proven", "current"), ("on", "proven", "current")]
    with database.reading() as conn:
        assert conn.scalar(sa.select(analyzers.c.serial_number)) == record.serial_number
        assert conn.scalar(sa.select(fingerprints.c.serial_number)) == record.serial_number
        assert "commissioning.passed" in set(conn.scalars(sa.select(events.c.action)))
    assert check(database, everything=True) == []


def test_without_a_cut_it_is_looked_at_and_nothing_is_switched(database: Database) -> None:
    with world(database, credit="100000") as w:
        untested(w)
        with w.enforcer():
            ready(w)

            record = the_test(w, switch=False)

    assert record.outcome is Outcome.UNPROVEN
    assert found(record)[Found.CUT_NOT_TRIED].weight is Weight.REMARK
    assert preventing(record) == set()
    assert w.changes() == []
    assert record.findings["settings"]["output_0_use"] == 2


@pytest.mark.slow
def test_a_device_that_belongs_to_another_analyzer_is_bound_to_no_second_one(database: Database) -> None:
    with world(database, credit="100000") as w:
        untested(w)
        w.building.analyzer("Twin", serial_number=w.simulator.serial_number(0), port=1)
        with w.enforcer():
            ready(w)

            record = the_test(w)

    assert preventing(record) == {Found.SERIAL_TAKEN}
    assert w.changes() == []


def use_of_output(use: int) -> Callable[[World], None]:
    return lambda w: device(w, lambda it: it.settings.values.update({51712: use}))


def fault(kind: Fault) -> Callable[[World], None]:
    return lambda w: w.simulator.fault(0, kind)


def generator_contact(w: World) -> None:
    """The contact on DI 0.0 of this device alone says that the generator runs."""
    device(w, lambda it: it.run_generator(True))


def without_load(w: World) -> None:
    w.simulator.set_load(0, 0.0)
    until(lambda: w.simulator.power_w(0) == 0, "no load flows")


PREVENTED = [
    ("refuses writes", fault(Fault.REFUSE_WRITES), Outcome.FAILED, {Found.WRITE_REFUSED}, 0),
    ("its output is no switch", use_of_output(0), Outcome.FAILED, {Found.OUTPUT_OTHER}, 0),
    ("swapped words", fault(Fault.SWAPPED_WORDS), Outcome.FAILED, {Found.WORDS_SWAPPED}, 0),
    ("the wrong tariff input", generator_contact, Outcome.FAILED, {Found.TARIFF_WRONG}, 0),
    ("ignores writes", fault(Fault.IGNORE_WRITES), Outcome.FAILED, {Found.CUT_NOT_FOLLOWED}, 1),
    ("a welded contact", fault(Fault.WELDED), Outcome.FAILED, {Found.LOAD_WHILE_CUT}, 2),
    ("one pole welded", fault(Fault.WELDED_POLE), Outcome.FAILED, {Found.LOAD_WHILE_CUT}, 2),
    ("no load to see", without_load, Outcome.UNPROVEN, set(), 2),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "outcome", "expected", "changes"), [case[1:] for case in PREVENTED], ids=[case[0] for case in PREVENTED]
)
def test_what_prevents_a_cutoff_is_found_and_the_supply_is_on_afterwards(
    database: Database,
    prepare: Callable[[World], None],
    outcome: Outcome,
    expected: set[Found],
    changes: int,
) -> None:
    with world(database, credit="100000", others=2) as w, w.enforcer():
        ready(w)
        prepare(w)
        passes = w.passes() + 3
        until(lambda: w.passes() > passes, "it is known")

        record = the_test(w)
        until(lambda: not lent(w), "the supply belongs to the rules again")
        until(w.connected, "the supply is on again")

    assert (record.outcome, preventing(record)) == (outcome, expected)
    assert len(w.changes()) == changes
    assert check(database, everything=True) == []


def lose_link(w: World) -> None:
    w.simulator.fault(0, Fault.DEAD)
    passes = w.passes() + 20
    until(lambda: w.passes() > passes, "the link is lost for a while")
    w.simulator.fault(0, None)


def restart(w: World) -> None:
    w.simulator.fault(0, Fault.RESTART)


@pytest.mark.slow
@pytest.mark.parametrize("happens", [lose_link, restart])
def test_whatever_happens_in_the_middle_of_the_cut_the_supply_comes_back(
    database: Database, happens: Callable[[World], None]
) -> None:
    with world(database, credit="100000", others=1) as w, w.enforcer():
        ready(w)

        wish_id = asked(w)
        until(lambda: not w.connected(), "the test has cut")
        happens(w)
        record = ended(w, wish_id)
        until(w.connected, "the supply is back")
        until(lambda: not lent(w), "the supply belongs to the rules again")

    assert Found.RESTORED in found(record)
    assert check(database, everything=True) == []


@pytest.mark.slow
def test_a_clock_that_is_set_back_during_the_cut_does_not_prolong_it(database_url: str) -> None:
    clock = SteppedClock()
    database = TimedDatabase(database_url, clock)
    with world(database, credit="100000", clock=clock) as w, w.enforcer():
        ready(w)

        wish_id = asked(w)
        until(lambda: not w.connected(), "the test has cut")
        clock.offset = -timedelta(hours=1)
        until(w.connected, "the supply is back", OFF_AT_MOST_S)
        ended(w, wish_id)
        until(lambda: not lent(w), "the supply belongs to the rules again")
    database.close()


@pytest.mark.slow
def test_a_lock_ends_the_test_and_the_supply_comes_back_when_it_is_gone(database: Database) -> None:
    """Nothing here ever passed, so no rule but the test itself would switch the supply on."""
    with world(database, credit="100000") as w:
        untested(w)
        with w.enforcer():
            ready(w)

            wish_id = asked(w)
            until(lambda: not w.connected(), "the test has cut")
            lock_id = w.building.lock(w.analyzer_id)
            record = ended(w, wish_id)
            passes = w.passes() + 20
            until(lambda: w.passes() > passes, "twenty more passes are over")
            locked_off = not w.connected()
            gone = {"removed_at": w.clock.now(), "removed_by": "Fitter", "removal_confirmed": "Bookshop"}
            with database.writing() as conn:
                conn.execute(locks.update().where(locks.c.id == lock_id).values(gone))
            until(w.connected, "the supply is back")

    assert locked_off
    assert record.outcome is Outcome.UNPROVEN
    assert Found.LOCKED in found(record)


@pytest.mark.slow
def test_a_test_under_a_lock_switches_nothing(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        ready(w)
        w.building.lock(w.analyzer_id)
        until(lambda: not w.connected(), "the lock has cut")

        record = the_test(w)

    assert Found.LOCKED in found(record)
    assert w.changes() == [("cut", "proven", "current")]


@pytest.mark.slow
def test_an_enforcer_that_is_killed_in_the_middle_of_the_cut_is_followed_by_one_that_restores(
    database: Database,
) -> None:
    """Nothing ever passed here: no rule of the policy would switch it on, only what the killed one had written."""
    with world(database, credit="100000") as w:
        untested(w)
        first = begin(w)
        try:
            ready(w)
            wish_id = asked(w)
            until(lambda: not w.connected(), "the test has cut")
        finally:
            first.kill()
            first.wait(30)
        cut_by_the_dead = not w.connected()
        second = begin(w)
        try:
            record = ended(w, wish_id)
            until(w.connected, "the supply is back")
            until(lambda: not lent(w), "the supply belongs to the rules again")
        finally:
            second.terminate()
            second.wait(30)

    assert cut_by_the_dead
    assert record.outcome is Outcome.UNPROVEN
    assert Found.BROKEN_OFF in found(record)
    assert check(database, everything=True) == []


def lent(w: World) -> bool:
    with w.database.reading() as conn:
        return conn.scalar(sa.select(supply_states.c.lent_to_wish_id)) is not None


@pytest.mark.slow
def test_a_device_that_was_cut_for_credit_and_may_not_be_switched_comes_back_by_its_test(database: Database) -> None:
    with world(database, credit="1") as w, w.enforcer():
        ready(w, LOAD_W)
        until(lambda: ("cut", "proven", "current") in w.changes(), "it is cut for its credit")
        revoked(w)

        w.building.recharge(w.tenant, "100000", "more")
        until(lambda: "restore_failed" in w.alert_kinds(), "staff are told that nothing switches it on")
        kept_cut = not w.connected()
        record = ended(w, asked(w, switch_on=True))
        until(w.connected, "the supply is back")

    assert kept_cut
    assert record.outcome is Outcome.PASSED
    assert w.alert_kinds().count("restore_failed") == 1
    assert check(database, everything=True) == []
