"""What people ask for on the pages is what the enforcer does: each kind that is offered, through its own steps."""

from datetime import timedelta

import pytest

from prepaid.clock import ManualClock
from prepaid.records import Role, WishKind
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Supply
from sql.connection import Database
from sql.locks import place_lock, remove_lock
from sql.open_wishes import expire_wishes
from sql.questions.wishes import WishLine, wishes_of
from sql.sessions import SignedIn
from sql.tables import analyzer_states
from sql.wishes import ask, pause, withdraw
from tests.enforcer.supplies import OFF, ON, Supplies, cut_for_credit, look, supplied
from tests.signed_in import signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
def admin(database: Database) -> SignedIn:
    return signed_in(database, Role.ADMIN)


def asked(made: Supplies, admin: SignedIn, kind: WishKind, *, hours: float | None = 1) -> int:
    """The act of a person, at the time of the passes."""
    made.database.clock = ManualClock(made.now)
    until = None if hours is None else made.now + timedelta(hours=hours)
    return ask(made.database, admin, kind, made.meter, "a test asks for it", until).wish_id


def wish(made: Supplies, admin: SignedIn) -> WishLine:
    """The newest wish as the page shows it."""
    with made.database.reading() as conn:
        return wishes_of(conn, admin.viewer, made.meter, made.now)[0]


def test_a_wish_to_cut_is_carried_out_and_can_be_followed_to_its_proof(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)

    wish_id = asked(made, admin, WishKind.CUT)
    before = wish(made, admin)
    [job] = made.run(ON)
    taken = wish(made, admin)
    made.answer(job)
    proven = wish(made, admin)
    resting = made.run(OFF)

    assert before.is_open and before.course.taken_at is None and not before.course.in_force
    assert taken.course.taken_at is not None and taken.course.written_at is None and taken.course.in_force
    assert proven.course.proven_at is not None and proven.course.evidence is Evidence.CURRENT
    assert (made.state.supply, made.reason, resting) == (Supply.CUT, Reason.WISH_CUT, [])
    assert made.change().wish_id == wish_id


def test_a_wish_to_cut_ends_with_the_supply_coming_back(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)
    asked(made, admin, WishKind.CUT)
    [job] = made.run(ON)
    made.answer(job)

    still = made.run(OFF, after_s=3000)
    [back] = made.run(OFF, after_s=700)
    made.answer(back, before=OFF, after=ON)

    assert still == []
    assert (made.state.supply, made.reason) == (Supply.ON, Reason.CREDIT)


def test_a_wish_to_restore_ends_the_cut_for_good(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)
    asked(made, admin, WishKind.CUT)
    [job] = made.run(ON)
    made.answer(job)

    asked(made, admin, WishKind.RESTORE, hours=None)
    [back] = made.run(OFF)
    made.answer(back, before=OFF, after=ON)
    later = [made.run(ON) for _ in range(3)]

    assert wish(made, admin).state == "done"
    assert (made.state.supply, later) == (Supply.ON, [[], [], []])


def test_a_wish_to_keep_on_brings_back_who_is_out_of_credit_and_ends_with_a_cut(
    database: Database, admin: SignedIn
) -> None:
    made = cut_for_credit(database)
    answered(made)

    asked(made, admin, WishKind.KEEP_ON)
    [back] = made.run(OFF)
    made.answer(back, before=OFF, after=ON)
    kept = made.run(ON, after_s=3000)
    in_force = wish(made, admin)
    [cut] = made.run(ON, after_s=900)

    assert kept == []
    assert in_force.course.in_force
    assert cut.change.wanted is Answer.CUT
    assert not wish(made, admin).is_open


def test_a_wish_for_what_is_so_already_is_in_force_without_a_frame(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)

    asked(made, admin, WishKind.KEEP_ON)
    frames = made.run(ON)

    assert frames == []
    assert wish(made, admin).course.nothing_to_send


def test_a_withdrawn_wish_is_not_followed_any_more(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)
    wish_id = asked(made, admin, WishKind.CUT)
    [job] = made.run(ON)
    made.answer(job)

    withdraw(database, admin, wish_id)
    [back] = made.run(OFF)

    assert (back.change.wanted, made.reason) == (Answer.ON, Reason.CREDIT)


def test_a_pause_of_the_site_forbids_a_cut_until_it_ends(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)
    made.database.clock = ManualClock(made.now)
    pause(database, admin, made.building.site_id, "a feast day", made.now + HOUR)

    made.credit("-10")
    paused = made.run(ON)
    why = made.reason
    with database.writing() as conn:
        expired = expire_wishes(conn, made.building.site_id, made.now + HOUR)
    [cut] = made.run(ON, after_s=3600)

    assert (paused, why) == ([], Reason.PAUSED)
    assert len(expired) == 1
    assert cut.change.reason is Reason.OUT_OF_CREDIT


def test_a_lock_cuts_until_it_is_taken_away(database: Database, admin: SignedIn) -> None:
    made = supplied(database)
    answered(made)

    placed = place_lock(database, admin, made.meter, "the board is open", "+964 1")
    [job] = made.run(ON)
    made.answer(job)
    resting = made.run(OFF)
    remove_lock(database, admin, placed.lock_id, "Meter")
    [back] = made.run(look(output=False, load_a=0))

    assert (job.change.reason, resting) == (Reason.LOCK, [])
    assert back.change.wanted is Answer.ON


def answered(made: Supplies) -> None:
    """The device has told its serial number, as the record of its commissioning asks for."""
    with made.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == made.meter
        conn.execute(analyzer_states.update().where(of).values(serial_number=made.serial_number, read_at=made.now))
