"""What an act will do, and how far a wish has come, in words that are complete for every kind and outcome."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from documents.formats import Formats
from documents.wish_texts import (
    AFTER_LOCKS,
    KINDS,
    STATES,
    Step,
    StepState,
    change_steps,
    effect,
    moment,
    steps,
    waiting,
    without,
)
from prepaid.records import WishKind, WishState
from prepaid.supply import Answer
from prepaid.switching import Evidence, Progress
from prepaid.wishes import SUPPLY_KINDS, Course, Prospect

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DONE, AHEAD = StepState.DONE, StepState.AHEAD


def states(found: list[Step]) -> list[StepState]:
    return [step.state for step in found]


@pytest.mark.parametrize(("kind", "then"), list(product(sorted(SUPPLY_KINDS), Answer)))
def test_an_act_says_whose_supply_and_what_becomes_of_it(kind: WishKind, then: Answer) -> None:
    prospect = Prospect(kind=kind, obstacle=None, then=then)

    told = effect(prospect, "Bakery", NOW, FORMATS, by_hand=True)

    assert "Bakery" in told
    assert ("11:00" in told) == (kind is not WishKind.RESTORE)
    assert ("by hand" in told) == (kind is not WishKind.CUT)
    assert without(prospect)


def test_every_kind_state_and_answer_has_words() -> None:
    assert set(KINDS) == set(WishKind)
    assert set(STATES) == set(WishState)
    assert set(AFTER_LOCKS) == set(Answer)


def test_the_road_of_a_wish_stands_at_the_first_step_that_is_not_reached() -> None:
    asked = Course(asked_at=NOW)
    taken = Course(asked_at=NOW, taken_at=NOW + SECOND, progress=Progress.WANTED, in_force=True)
    proven = Course(
        asked_at=NOW,
        taken_at=NOW,
        written_at=NOW,
        confirmed_at=NOW,
        proven_at=NOW + SECOND,
        progress=Progress.PROVEN,
        evidence=Evidence.CURRENT,
    )

    assert states(steps(asked, NOW, FORMATS)) == [DONE, StepState.NOW, AHEAD, AHEAD, AHEAD]
    assert states(steps(taken, NOW, FORMATS)) == [DONE, DONE, StepState.NOW, AHEAD, AHEAD]
    assert states(steps(proven, NOW, FORMATS)) == [DONE] * 5
    assert steps(proven, NOW, FORMATS)[-1].note == "11:00:01\u202fAM"
    assert [step.title for step in change_steps(proven, NOW, FORMATS, is_open=False)] == [
        "Decided",
        "Written",
        "Confirmed",
        "Proven",
    ]


def test_a_try_that_failed_a_load_that_flows_and_a_wish_that_ended_are_told() -> None:
    tried = Course(asked_at=NOW, taken_at=NOW, progress=Progress.WANTED, tries=2, error="no answer")
    flowing = Course(asked_at=NOW, taken_at=NOW, written_at=NOW, confirmed_at=NOW, progress=Progress.CONFIRMED)
    unloaded = Course(
        asked_at=NOW,
        taken_at=NOW,
        written_at=NOW,
        confirmed_at=NOW,
        progress=Progress.CONFIRMED,
        evidence=Evidence.NO_LOAD,
    )
    given_up = Course(asked_at=NOW, taken_at=NOW, progress=Progress.SUPERSEDED)

    assert steps(tried, NOW, FORMATS)[2] == Step("Written", StepState.FAILED, "Try 2 failed, tried again: no answer")
    assert steps(flowing, NOW, FORMATS)[-1] == Step("Proven", StepState.NOW, "Waits for the load to follow")
    assert steps(unloaded, NOW, FORMATS)[-1] == Step("Proven", AHEAD, "No load to see")
    assert steps(given_up, NOW, FORMATS)[2].state is StepState.FAILED
    assert steps(Course(asked_at=NOW), NOW, FORMATS, is_open=False)[1].state is StepState.FAILED


def test_what_is_so_already_is_in_force_without_a_frame() -> None:
    found = steps(Course(asked_at=NOW, in_force=True), NOW, FORMATS)

    assert [step.title for step in found] == ["Asked", "In force"]
    assert states(found) == [DONE, DONE]


def test_a_wish_that_nobody_takes_is_explained_after_a_while() -> None:
    course = Course(asked_at=NOW)

    assert waiting(course, NOW + 19 * SECOND) == ""
    assert "does not answer" in waiting(course, NOW + 20 * SECOND)
    assert waiting(Course(asked_at=NOW, in_force=True), NOW + 60 * SECOND) == ""


def test_today_is_told_to_the_second_and_another_day_with_its_date() -> None:
    assert moment(NOW, NOW, FORMATS) == "11:00:00\u202fAM"
    assert "Jan 5, 2026" in moment(NOW, NOW + timedelta(days=1), FORMATS)
