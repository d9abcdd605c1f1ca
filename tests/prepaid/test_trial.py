"""The supervised cut: what each course of it proves."""

from dataclasses import replace
from typing import Any

import pytest

from prepaid.commissioning import Found, Weight
from prepaid.records import Wiring
from prepaid.switching import Contact, Evidence, Look
from prepaid.trial import Trial, trial_findings

CONTACT = Contact(wiring=Wiring.HELD_ON_SUPPLY, ct_primary_a=100)
LOADED = Look(1, 0, (20.0, 20.0, 20.0), (230.0, 230.0, 230.0))
DARK = Look(0, 0, (0.0, 0.0, 0.0), (230.0, 230.0, 230.0))
GOOD = Trial(
    begun=True,
    confirmed=True,
    evidence=Evidence.CURRENT,
    before=LOADED,
    after=DARK,
    answered=True,
    restored=True,
)


def found(trial: Trial, contact: Contact = CONTACT) -> dict[Found, Weight]:
    return {each.found: each.weight for each in trial_findings(contact, trial)}


def test_a_cut_with_evidence_that_came_back_is_proven() -> None:
    assert set(found(GOOD)) == {Found.CUT_PROVEN, Found.ANSWERS_WHILE_CUT, Found.RESTORED}
    assert GOOD.proven


def test_a_test_without_a_cut_proves_nothing() -> None:
    assert found(Trial()) == {Found.CUT_NOT_TRIED: Weight.REMARK}
    assert not Trial().proven


@pytest.mark.parametrize(
    ("changes", "expected", "weight"),
    [
        ({"confirmed": False, "evidence": Evidence.NONE}, Found.CUT_NOT_FOLLOWED, Weight.PREVENTS),
        ({"confirmed": False, "refused": "exception 2"}, Found.CUT_REFUSED, Weight.PREVENTS),
        ({"evidence": Evidence.NO_LOAD, "before": DARK}, Found.CUT_UNSEEN, Weight.REMARK),
        ({"evidence": Evidence.NONE, "after": LOADED}, Found.LOAD_WHILE_CUT, Weight.PREVENTS),
        ({"answered": False}, Found.SILENT_WHILE_CUT, Weight.REMARK),
        ({"answered": False, "died": True}, Found.DIES_WHEN_CUT, Weight.PREVENTS),
        ({"answered": False, "restored": False}, Found.DIES_WHEN_CUT, Weight.PREVENTS),
        ({"restored": False}, Found.NOT_RESTORED, Weight.PREVENTS),
    ],
)
def test_what_is_missing_is_found_and_the_test_proves_nothing(
    changes: dict[str, Any], expected: Found, weight: Weight
) -> None:
    trial = replace(GOOD, **changes)

    assert found(trial)[expected] is weight
    assert not trial.proven


def test_a_pole_that_stays_closed_is_named() -> None:
    welded = replace(GOOD, evidence=Evidence.NONE, after=Look(0, 0, (20.0, 0.0, 0.0), (230.0,) * 3))

    [finding] = [each for each in trial_findings(CONTACT, welded) if each.found is Found.LOAD_WHILE_CUT]

    assert finding.facts == {"phases": "L1"}


def test_phases_without_load_before_the_cut_are_named() -> None:
    one_phase = replace(GOOD, before=Look(1, 0, (20.0, 0.1, 0.0), (230.0,) * 3))

    [finding] = [each for each in trial_findings(CONTACT, one_phase) if each.found is Found.PHASES_UNPROVEN]

    assert (finding.weight, finding.facts) == (Weight.REMARK, {"phases": "L2, L3"})


def test_a_breaker_that_is_closed_by_hand_is_no_failure_while_it_is_open() -> None:
    by_hand = Contact(wiring=Wiring.PULSE_TRIP, feedback_input=1, ct_primary_a=100)

    assert found(replace(GOOD, restored=False), by_hand)[Found.CLOSE_BY_HAND] is Weight.REMARK
