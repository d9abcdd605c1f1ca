"""Supply changes: found again after a restart, superseded by newer ones, their instants set once."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.records import Wiring
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Contact, Evidence, Look, Progress, Supply, SupplyState, carries_load
from sql.connection import Database
from sql.supply import load_supply, save_states
from sql.supply_changes import save_change, start_change
from sql.tables import supply_changes
from tests.building import MORNING
from tests.sql.bakery import HOUR, Scene, bakery_scene

OUT = Decision(Answer.CUT, Reason.OUT_OF_CREDIT)


@pytest.fixture
def scene(database: Database) -> Scene:
    return bakery_scene(database)


def started(scene: Scene, decision: Decision = OUT, at: datetime = MORNING) -> int:
    with scene.building.database.writing() as conn:
        load_supply(conn, scene.building.site_id)
        return start_change(
            conn,
            site_id=scene.building.site_id,
            analyzer_id=scene.oven,
            account_id=scene.bakery.account_id,
            serial_number="LQN/000001",
            decision=decision,
            live=Decimal(-3),
            entry_no=1,
            wish_id=None,
            lock_id=None,
            before=Look(1, 0, (0.09, 0.09, 0.09), (230.0, 230.0, 230.0)),
            at=at,
        ).change_id


def loaded(scene: Scene) -> SupplyState:
    with scene.building.database.writing() as conn:
        return load_supply(conn, scene.building.site_id)[scene.oven]


def test_a_change_is_found_again_after_a_restart(scene: Scene) -> None:
    change_id = started(scene)

    change = loaded(scene).change

    assert change is not None
    assert (change.change_id, change.wanted, change.reason) == (change_id, Answer.CUT, Reason.OUT_OF_CREDIT)
    assert (change.progress, change.decided_at, change.tries) == (Progress.WANTED, MORNING, 0)
    assert change.before is not None
    assert not carries_load(Contact(wiring=Wiring.HELD_ON_SUPPLY), change.before)


def test_a_new_change_supersedes_the_one_that_was_open(scene: Scene) -> None:
    first, second = started(scene), started(scene, Decision(Answer.ON, Reason.RECHARGED), MORNING + HOUR)

    with scene.building.database.reading() as conn:
        rows = {row.id: row for row in conn.execute(sa.select(supply_changes))}
    assert (rows[first].progress, rows[first].ended_at) == (Progress.SUPERSEDED, MORNING + HOUR)
    assert (rows[second].progress, rows[second].ended_at) == (Progress.WANTED, None)


def test_the_instants_of_a_change_are_set_once(scene: Scene) -> None:
    started(scene)
    change = loaded(scene).change
    assert change is not None

    with scene.building.database.writing() as conn:
        for minutes, progress in enumerate((Progress.CONFIRMED, Progress.CONFIRMED, Progress.PROVEN)):
            at = MORNING + timedelta(minutes=minutes)
            evidence = Evidence.CURRENT if progress is Progress.PROVEN else Evidence.NONE
            save_change(conn, replace(change, progress=progress), at=at, evidence=evidence)
        row = conn.execute(sa.select(supply_changes)).one()

    assert (row.written_at, row.confirmed_at) == (MORNING, MORNING)
    assert (row.proven_at, row.evidence) == (MORNING + timedelta(minutes=2), Evidence.CURRENT)


def test_what_is_held_true_of_a_supply_outlives_a_restart(scene: Scene) -> None:
    state = replace(loaded(scene), supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT, restarted=True, repeats=2)

    with scene.building.database.writing() as conn:
        save_states(conn, {scene.oven: (state, Supply.CUT, OUT)}, MORNING)

    assert loaded(scene) == state
    assert loaded(scene).cut_for_credit
