"""What becomes of a supply change: only the device's own answer confirms and proves it; all else is tried again."""

import math
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.switching import Evidence, Progress, Supply
from sql.connection import Database
from tests.enforcer.supplies import BRIDGED, OFF, ON, Supplies, cut_for_credit, look, supplied

BACK_OFF_S = [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.fixture
def out(database: Database) -> Supplies:
    """A shop that is supplied and has no credit left."""
    made = supplied(database)
    made.credit("-10")
    return made


def test_a_cut_with_proof_ends_the_change_and_is_told(out: Supplies) -> None:
    [job] = out.run(ON)

    out.answer(job)

    row = out.change()
    assert (row.progress, row.evidence, row.tries) == (Progress.PROVEN, Evidence.CURRENT, 0)
    assert row.written_at == row.confirmed_at == row.proven_at == row.ended_at == out.now
    assert (row.current_before_a, row.current_after_a) == (60.0, 0.0)
    assert out.kinds == [AlertKind.CUT]
    assert out.actions[-1] == "supply.cut.proven"
    assert (out.state.supply, out.state.change) == (Supply.CUT, None)


def test_a_cut_without_load_is_confirmed_with_nothing_to_see(out: Supplies) -> None:
    [job] = out.run(look(output=True, load_a=0.0))

    out.answer(job, evidence=Evidence.NO_LOAD)

    row = out.change()
    assert (row.progress, row.evidence, row.proven_at) == (Progress.CONFIRMED, Evidence.NO_LOAD, None)
    assert row.ended_at == out.now
    assert out.kinds == [AlertKind.CUT]


def test_a_cut_that_is_proven_later_is_told_once(out: Supplies) -> None:
    [job] = out.run(ON)
    out.answer(job, evidence=Evidence.NONE, after=BRIDGED)
    unproven = out.change()

    jobs = out.run(OFF)

    proven = out.change()
    assert (unproven.progress, unproven.proven_at, unproven.ended_at) == (Progress.CONFIRMED, None, None)
    assert (proven.progress, proven.evidence, proven.proven_at) == (Progress.PROVEN, Evidence.CURRENT, out.now)
    assert proven.confirmed_at == unproven.confirmed_at
    assert jobs == []
    assert out.kinds == [AlertKind.CUT]
    assert out.actions[-2:] == ["supply.cut.confirmed", "supply.cut.proven"]


@pytest.mark.parametrize("killed", [True, False])
def test_a_lost_answer_does_not_lose_the_proof(out: Supplies, *, killed: bool) -> None:
    out.run(ON)

    if killed:
        out.restart()
    jobs = out.run(OFF)

    assert jobs == []
    assert (out.change().progress, out.change().evidence) == (Progress.PROVEN, Evidence.CURRENT)
    assert out.kinds == [AlertKind.CUT]


def test_a_write_that_was_answered_and_not_obeyed_is_written_and_not_confirmed(out: Supplies) -> None:
    [job] = out.run(ON)

    out.answer(job, confirmed=False, evidence=Evidence.NONE, after=ON)

    row = out.change()
    assert (row.progress, row.written_at, row.confirmed_at, row.ended_at) == (Progress.WRITTEN, out.now, None, None)
    assert (row.tries, row.error is not None) == (1, True)
    assert out.state.supply is Supply.ON
    assert out.kinds == []


def test_a_device_that_could_not_be_asked_leaves_the_change_as_wanted(out: Supplies) -> None:
    [job] = out.run(ON)

    out.answer(job, error="no answer within 1 s")

    row = out.change()
    assert (row.progress, row.written_at, row.error) == (Progress.WANTED, None, "no answer within 1 s")


def test_a_frame_that_was_not_sent_changes_nothing(out: Supplies) -> None:
    [job] = out.run(ON)

    out.answer(job, written=False, confirmed=False, evidence=Evidence.NONE)
    again = out.run(ON)

    assert (out.change().progress, out.change().tries) == (Progress.WANTED, 0)
    assert [each.change.change_id for each in again] == [job.change.change_id]


def test_failures_are_tried_again_for_ever_with_a_growing_back_off_and_one_alarm(out: Supplies) -> None:
    waits_s = []
    for _try in BACK_OFF_S:
        [job] = out.run(ON, after_s=301)
        out.answer(job, error="no answer within 1 s")
        waits_s.append((out.change().try_at - out.now).total_seconds())
        early = out.run(ON, after_s=waits_s[-1] - 0.1)
        out.restart()
        assert (early, out.kinds) == ([], [AlertKind.CUT_WITHOUT_EFFECT] if len(waits_s) >= 3 else [])

    assert waits_s == BACK_OFF_S
    assert len(out.changes()) == 1
    assert out.change().tries == len(BACK_OFF_S)


def test_a_restore_without_load_is_no_failure_and_one_that_fails_has_its_own_alarm(database: Database) -> None:
    made = cut_for_credit(database)
    made.credit("20")

    for _try in range(3):
        [job] = made.run(OFF, after_s=301)
        made.answer(job, confirmed=False, evidence=Evidence.NONE)
    [job] = made.run(OFF, after_s=301)
    made.answer(job, evidence=Evidence.NO_LOAD, after=look(output=True, load_a=0.0))

    assert made.kinds == [AlertKind.CUT, AlertKind.RESTORE_FAILED, AlertKind.RESTORED]
    assert (made.change().progress, made.change().evidence) == (Progress.CONFIRMED, Evidence.NO_LOAD)
    assert (made.state.supply, made.state.change) == (Supply.ON, None)


def test_the_answer_to_a_superseded_change_changes_nothing(out: Supplies) -> None:
    [job] = out.run(ON)
    out.credit("20")
    out.run(ON)

    out.answer(job)

    assert (out.change().progress, out.change().confirmed_at) == (Progress.SUPERSEDED, None)
    assert (out.state.supply, out.kinds) == (Supply.ON, [])


def test_currents_that_are_no_numbers_are_not_written(out: Supplies) -> None:
    """SQLite makes them NULL by itself; SQL Server refuses them, and with them the whole pass."""
    nothing = look(output=False, load_a=math.nan)
    given: list[object] = []

    @sa.event.listens_for(out.database.engine, "before_cursor_execute")
    def _listen(*arguments: Any) -> None:
        given.extend(arguments[3])

    [job] = out.run(look(output=True, load_a=math.nan))
    out.answer(job, evidence=Evidence.NONE, before=nothing, after=nothing)

    assert out.state.change is not None
    assert len(given) > 10
    assert not [value for value in given if isinstance(value, float) and math.isnan(value)]


def test_a_restore_that_a_person_asked_for_ends_the_wish(database: Database) -> None:
    made = supplied(database)
    made.run(OFF)
    wish_id = made.wish("restore")

    [job] = made.run(OFF)
    still_open = made.wish_state(wish_id)
    made.answer(job, after=ON)

    assert (still_open, made.wish_state(wish_id)) == ("open", "done")
    assert made.change().wish_id == wish_id


def test_a_restore_ends_its_wish_also_while_the_stamps_wait_for_a_clock_that_was_set_back(database: Database) -> None:
    made = supplied(database)
    made.run(OFF)
    wish_id = made.wish("restore")
    [job] = made.run(OFF)

    made.answer(job, after=ON, after_s=3600)

    assert made.wish_state(wish_id) == "done"
