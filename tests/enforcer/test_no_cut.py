"""Hours in which no cut is started, and notices of crossings that were seen late, pass after pass and over restarts."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from documents.formats import Formats
from documents.reasons import SupplyFacts, reason_for_staff
from documents.standing_texts import supply_sentences
from prepaid.access import Viewer
from prepaid.no_cut import APART, PLACES
from prepaid.records import Role
from prepaid.supply import Answer, Decision, Reason, decide
from sql.connection import Database
from sql.facts import facts_now
from sql.questions.account import tenant_picture
from sql.tables import analyzer_states
from tests.building import MORNING
from tests.enforcer.supplies import OFF, ON, Supplies, cut_for_credit, supplied

HOUR = timedelta(hours=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
NOON = 12 * 60
"""By the wall clock of Baghdad; it shows 11:00 at the beginning, on a Monday."""


def in_no_cut_hours(database: Database, credit: str = "10") -> Supplies:
    made = supplied(database, credit)
    made.building.no_cut(0, 0, NOON)
    return made


def its_place(made: Supplies) -> timedelta:
    return APART * (made.shop.account_id % PLACES)


def last_look(made: Supplies) -> Decision:
    """What the statement before a frame would say now."""
    with made.database.writing() as conn:
        conn.execute(analyzer_states.update().values(serial_number=made.serial_number))
        facts, _state = facts_now(conn, made.building.site_id, made.meter, made.now)
    assert facts is not None, "the analyzer belongs to the shop"
    return decide(facts)


def test_in_no_cut_hours_nothing_is_cut_and_the_hour_of_the_cut_is_named(database: Database) -> None:
    made = in_no_cut_hours(database)

    made.credit("-10")
    jobs = made.run(ON)

    ends_at = MORNING + HOUR + its_place(made)
    assert (jobs, made.reason, made.row().answer_until_at) == ([], Reason.WINDOW, ends_at)
    assert last_look(made) == Decision(Answer.KEEP, Reason.WINDOW, ends_at, Answer.CUT)


def test_when_the_hours_end_the_cut_leaves_at_the_place_of_the_account(database: Database) -> None:
    made = in_no_cut_hours(database)
    made.credit("-10")
    made.run(ON)

    just_before = made.run(ON, after_s=(MORNING + HOUR + its_place(made) - made.now).total_seconds() - 0.001)
    kept = last_look(made)
    [job] = made.run(ON, after_s=0.001)

    assert just_before == []
    assert (kept.reason, last_look(made).reason) == (Reason.WINDOW, Reason.OUT_OF_CREDIT)
    assert (job.change.wanted, job.change.reason) == (Answer.CUT, Reason.OUT_OF_CREDIT)


def test_the_hours_protect_down_to_the_debt_floor_of_the_account(database: Database) -> None:
    made = in_no_cut_hours(database)
    made.building.debt_floor(made.shop, "5")

    made.credit("-14.9999999")
    above = made.run(ON)
    made.credit("-0.0000001")
    seen = last_look(made).reason
    [job] = made.run(ON)

    assert above == []
    assert (seen, job.change.reason) == (Reason.OUT_OF_CREDIT, Reason.OUT_OF_CREDIT)


def test_own_hours_go_on_where_those_of_the_site_end_and_one_end_is_named(database: Database) -> None:
    made = in_no_cut_hours(database)
    made.building.no_cut(0, NOON, NOON + 60, made.shop)
    made.credit("-10")

    first, ends_at = made.run(ON), MORNING + 2 * HOUR + its_place(made)
    named = (made.reason, made.row().answer_until_at)
    kept = made.run(ON, after_s=(ends_at - made.now).total_seconds() - 0.001)
    seen = last_look(made)
    [job] = made.run(ON, after_s=0.001)

    assert (first, kept, named) == ([], [], (Reason.WINDOW, ends_at))
    assert seen == Decision(Answer.KEEP, Reason.WINDOW, ends_at, Answer.CUT)
    assert (job.change.wanted, last_look(made).reason) == (Answer.CUT, Reason.OUT_OF_CREDIT)


def test_pages_of_tenant_and_staff_name_the_end_of_both(database: Database) -> None:
    """11:00 in Baghdad; the hours of the site end at 12:00, those of the shop at 13:00."""
    made = in_no_cut_hours(database)
    made.building.no_cut(0, NOON, NOON + 60, made.shop)
    made.credit("-10")
    made.run(ON)

    with database.reading() as conn:
        [standing] = tenant_picture(conn, ADMIN, made.building.site_id, made.shop.tenant_id, made.now).accounts
    [(_names, for_tenant)] = supply_sentences(standing, FORMATS)
    [point] = standing.points
    shown = SupplyFacts(
        supply=point.supply, answer=point.answer, answer_reason=point.answer_reason, until_at=point.answer_until_at
    )
    for_staff = reason_for_staff(shown, FORMATS)

    assert "stays on until Jan 5, 2026, 1:00" in for_tenant.replace("\u202f", " ")
    assert "It is cut after Jan 5, 2026, 1:00" in for_staff.replace("\u202f", " ")


def test_in_own_hours_the_debt_floor_holds_too(database: Database) -> None:
    made = supplied(database)
    made.building.no_cut(0, 0, NOON, made.shop)
    made.building.debt_floor(made.shop, "5")

    made.credit("-14.9999999")
    above = made.run(ON)
    made.credit("-0.0000001")
    [job] = made.run(ON)

    assert (above, job.change.reason) == ([], Reason.OUT_OF_CREDIT)


def test_a_restart_within_the_hours_changes_nothing(database: Database) -> None:
    made = in_no_cut_hours(database)
    made.credit("-10")
    made.run(ON)

    made.restart()

    assert (made.run(ON), made.reason) == ([], Reason.WINDOW)


def test_no_cut_hours_bring_nothing_back_and_delay_no_restore(database: Database) -> None:
    made = cut_for_credit(database)
    made.building.no_cut(0, 0, NOON)

    out = made.run(OFF)
    still = made.reason
    made.credit("1")
    [job] = made.run(OFF)

    assert (out, still) == ([], Reason.STILL_OUT)
    assert job.change.wanted is Answer.ON


def test_a_notice_keeps_the_supply_until_its_end_over_restarts_too(database: Database) -> None:
    made = supplied(database)
    ends_at = made.now + timedelta(minutes=30)
    made.building.notice(made.shop, ends_at)
    made.credit("-10")

    first = made.run(ON)
    named = made.row().answer_until_at
    made.restart()
    last = made.run(ON, after_s=(ends_at - made.now).total_seconds() - 0.001)
    reason, seen = made.reason, last_look(made).reason
    [job] = made.run(ON, after_s=0.001)

    assert (first, last, named) == ([], [], ends_at)
    assert (reason, seen) == (Reason.NOTICE, Reason.NOTICE)
    assert job.change.wanted is Answer.CUT


def test_before_the_first_recharge_the_supply_is_cut_at_zero(database: Database) -> None:
    made = supplied(database)
    made.building.emergency_credit(made.shop, "5")

    made.credit("-10")
    [job] = made.run(ON)
    made.answer(job)
    made.building.recharge(made.shop, "0.0000001", "first")
    [back] = made.run(OFF)
    made.answer(back, before=OFF, after=ON)
    made.credit("-3")
    within = made.run(ON)

    assert job.change.reason is Reason.OUT_OF_CREDIT
    assert (within, made.reason) == ([], Reason.CREDIT)
