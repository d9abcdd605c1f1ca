"""What may be asked of the enforcer: ends, reasons, which wishes end which, and what a wish would do now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from prepaid.errors.wishes import WishEndInvalid, WishReasonMissing
from prepaid.records import WishKind
from prepaid.supply import Answer, Facts
from prepaid.switching import Supply
from prepaid.wishes import (
    LONGEST,
    LONGEST_REASON,
    OFFERED,
    REFUSALS,
    SUPPLY_KINDS,
    TEST_KINDS,
    Course,
    Obstacle,
    ended_by,
    ends_at,
    lock_obstacle,
    prospect,
    why,
    without_locks,
)

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
CUT, KEEP_ON, RESTORE = WishKind.CUT, WishKind.KEEP_ON, WishKind.RESTORE
BROKE = {"live_balance": Decimal(-1)}


def facts(**changes: Any) -> Facts:
    """A rich account, changed."""
    return replace(Facts(now=NOW, live_balance=Decimal(100)), **changes)


@pytest.mark.parametrize("kind", [CUT, KEEP_ON, WishKind.PAUSE])
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=-1), LONGEST + timedelta(milliseconds=1), None])
def test_an_end_that_is_missing_past_or_too_far_is_refused(kind: WishKind, ahead: timedelta | None) -> None:
    with pytest.raises(WishEndInvalid, match="7 days"):
        ends_at(kind, NOW, None if ahead is None else NOW + ahead)


def test_a_wish_ends_when_it_was_asked_to_end_and_a_restore_after_ten_minutes() -> None:
    assert ends_at(KEEP_ON, NOW, NOW + LONGEST) == NOW + LONGEST
    assert ends_at(CUT, NOW, NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1)
    assert ends_at(RESTORE, NOW, None) == ends_at(RESTORE, NOW, NOW + LONGEST) == NOW + timedelta(minutes=10)


def test_a_reason_is_one_line_and_never_empty() -> None:
    assert why("  work \n on  the riser ") == "work on the riser"
    assert len(why("x" * 1000)) == LONGEST_REASON
    with pytest.raises(WishReasonMissing):
        why(" \n\t ")


def test_every_supply_wish_ends_the_other_kinds_and_a_pause_none() -> None:
    assert ended_by(CUT) == {KEEP_ON, RESTORE}
    assert ended_by(KEEP_ON) == {CUT, RESTORE}
    assert ended_by(RESTORE) == {CUT, KEEP_ON}
    assert ended_by(WishKind.PAUSE) == frozenset()
    assert {WishKind.PAUSE} == OFFERED - SUPPLY_KINDS - TEST_KINDS


@pytest.mark.parametrize("kind", sorted(SUPPLY_KINDS))
@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"locked": True}, Obstacle.LOCKED),
        ({"switchable": False}, Obstacle.NOT_SWITCHABLE),
        ({"commissioned": False}, Obstacle.NOT_COMMISSIONED),
        ({"locked": True, "commissioned": False}, Obstacle.LOCKED),
    ],
)
def test_what_the_decision_puts_before_wishes_is_in_the_way(
    kind: WishKind, changes: dict[str, Any], obstacle: Obstacle
) -> None:
    found = prospect(kind, facts(**changes), Supply.UNKNOWN)

    assert (found.obstacle, found.then) == (obstacle, None)


def test_an_analyzer_without_account_is_never_switched() -> None:
    assert prospect(CUT, None, Supply.ON).obstacle is Obstacle.NOT_ASSIGNED
    assert lock_obstacle(None) is Obstacle.NOT_ASSIGNED


def test_a_restore_that_the_rules_would_undo_at_once_is_no_help() -> None:
    broke = facts(cut_for_credit=True, **BROKE)

    assert prospect(RESTORE, broke, Supply.CUT).obstacle is Obstacle.CUT_AGAIN
    assert prospect(KEEP_ON, broke, Supply.CUT).obstacle is None
    assert prospect(RESTORE, replace(broke, enforced=False), Supply.CUT).obstacle is None
    assert prospect(RESTORE, replace(broke, exempt=True), Supply.CUT).obstacle is None
    assert prospect(RESTORE, facts(), Supply.CUT).obstacle is None
    assert prospect(RESTORE, facts(), Supply.ON).obstacle is Obstacle.ON_ALREADY


def test_what_follows_a_wish_is_what_the_rules_say_without_it() -> None:
    assert prospect(CUT, facts(), Supply.ON).then is Answer.ON
    assert prospect(CUT, facts(**BROKE), Supply.CUT).then is Answer.CUT
    assert prospect(KEEP_ON, facts(**BROKE), Supply.CUT).then is Answer.CUT
    assert prospect(CUT, facts(enforced=False, **BROKE), Supply.ON).then is Answer.KEEP
    assert prospect(KEEP_ON, facts(wish=CUT, wish_until=NOW + LONGEST), Supply.CUT).then is Answer.ON


def test_a_lock_needs_an_output_and_no_commissioning() -> None:
    assert lock_obstacle(facts()) is None
    assert lock_obstacle(facts(commissioned=False)) is None
    assert lock_obstacle(facts(switchable=False)) is Obstacle.NOT_SWITCHABLE
    assert without_locks(facts(locked=True)) is Answer.ON
    assert without_locks(facts(locked=True, **BROKE)) is Answer.CUT


def test_every_obstacle_has_a_sentence() -> None:
    for obstacle in Obstacle:
        assert "Oven" in str(REFUSALS[obstacle](analyzer="Oven"))


def test_a_wish_for_what_is_so_already_has_nothing_to_send() -> None:
    assert Course(asked_at=NOW, in_force=True).nothing_to_send
    assert not Course(asked_at=NOW, in_force=True, taken_at=NOW).nothing_to_send
    assert not Course(asked_at=NOW).nothing_to_send
