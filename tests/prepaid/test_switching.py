"""From a decision to a proven supply: what to send, what is drift, what counts as evidence."""

from itertools import product

import pytest

from prepaid.records import Wiring
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import (
    Act,
    Contact,
    Evidence,
    Look,
    Supply,
    SupplyState,
    act,
    carries_load,
    cut_evidence,
    follows,
    load_floor_a,
    output_for,
    restore_evidence,
    retry_after_s,
    shown,
)

NAN = float("nan")
CUT, ON, UNKNOWN = Supply.CUT, Supply.ON, Supply.UNKNOWN
OUT, CREDIT = Decision(Answer.CUT, Reason.OUT_OF_CREDIT), Decision(Answer.ON, Reason.CREDIT)
KEEP = Decision(Answer.KEEP, Reason.PAUSED)
ASKED, KEPT_ON = Decision(Answer.ON, Reason.WISH_RESTORE), Decision(Answer.ON, Reason.WISH_KEEP_ON)
HELD, TRIP = Contact(wiring=Wiring.HELD_ON_SUPPLY), Contact(wiring=Wiring.HELD_ON_CUT, output=1)
WITH_CONTACT = Contact(wiring=Wiring.PULSE_TRIP, feedback_input=1)
INVERTED = Contact(wiring=Wiring.HELD_ON_SUPPLY, feedback_input=0, feedback_on_means_supply=False)
BELOW = Contact(wiring=Wiring.HELD_ON_SUPPLY, taps_below_contactor=True)


def look(
    *,
    outputs: int = 0,
    inputs: int = 0,
    currents: tuple[float, float, float] = (0.0, 0.0, 0.0),
    voltages: tuple[float, float, float] = (230.0, 230.0, 230.0),
) -> Look:
    return Look(outputs, inputs, currents, voltages)


LOADED = look(currents=(8.0, 0.0, 7.5))
IDLE = look(currents=(0.02, 0.0, 0.05))

# --- what the device shows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "outputs", "inputs", "supply"),
    [
        (HELD, 0b00, 0, CUT),
        (HELD, 0b01, 0, ON),
        (HELD, 0b10, 0, CUT),
        (TRIP, 0b00, 0, ON),
        (TRIP, 0b10, 0, CUT),
        (TRIP, 0b01, 0, ON),
        (WITH_CONTACT, 0b11, 0b00, CUT),
        (WITH_CONTACT, 0b00, 0b10, ON),
        (WITH_CONTACT, 0b00, 0b01, CUT),
        (INVERTED, 0b01, 0b01, CUT),
        (INVERTED, 0b00, 0b00, ON),
        (Contact(wiring=Wiring.PULSE_PAIR), 0b11, 0b11, UNKNOWN),
        (Contact(wiring=Wiring.NONE), 0b11, 0b11, UNKNOWN),
    ],
)
def test_a_supply_is_what_the_output_or_the_feedback_contact_shows(
    contact: Contact, outputs: int, inputs: int, supply: Supply
) -> None:
    assert shown(contact, look(outputs=outputs, inputs=inputs)) is supply


@pytest.mark.parametrize(
    ("wiring", "supply", "on"),
    [
        (Wiring.HELD_ON_SUPPLY, ON, True),
        (Wiring.HELD_ON_SUPPLY, CUT, False),
        (Wiring.HELD_ON_CUT, ON, False),
        (Wiring.HELD_ON_CUT, CUT, True),
    ],
)
def test_on_is_not_always_supply_on(wiring: Wiring, supply: Supply, on: bool) -> None:
    assert output_for(wiring, supply) is on
    assert shown(Contact(wiring=wiring), look(outputs=int(on))) is supply


# --- what to do ---------------------------------------------------------------------------------------------------

# decision, known, seen, restarted -> act
ACTS = [
    (OUT, ON, ON, False, Act.WRITE_CUT),
    (OUT, CUT, CUT, False, Act.NOTHING),
    (OUT, ON, CUT, False, Act.ADOPT),
    (OUT, UNKNOWN, CUT, False, Act.ADOPT),
    (OUT, UNKNOWN, ON, False, Act.WRITE_CUT),
    (OUT, CUT, ON, False, Act.WRITE_CUT),
    (OUT, CUT, ON, True, Act.WRITE_CUT),
    (CREDIT, ON, ON, False, Act.NOTHING),
    (CREDIT, UNKNOWN, ON, False, Act.ADOPT),
    (CREDIT, CUT, ON, False, Act.ADOPT),
    (CREDIT, CUT, CUT, False, Act.WRITE_ON),
    (CREDIT, ON, CUT, False, Act.DRIFT_TO_CUT),
    (CREDIT, ON, CUT, True, Act.WRITE_ON),
    (ASKED, ON, CUT, False, Act.WRITE_ON),
    (KEPT_ON, ON, CUT, False, Act.WRITE_ON),
    (KEEP, ON, ON, False, Act.NOTHING),
    (KEEP, CUT, CUT, False, Act.NOTHING),
    (KEEP, UNKNOWN, CUT, False, Act.ADOPT),
    (KEEP, UNKNOWN, ON, False, Act.ADOPT),
    (KEEP, ON, CUT, False, Act.DRIFT_TO_CUT),
    (KEEP, CUT, ON, False, Act.DRIFT_TO_ON),
    (KEEP, ON, UNKNOWN, False, Act.NOTHING),
]


@pytest.mark.parametrize(("decision", "known", "seen", "restarted", "doing"), ACTS)
def test_what_is_done_follows_from_decision_and_sight(
    decision: Decision, known: Supply, seen: Supply, restarted: bool, doing: Act
) -> None:
    assert act(decision, known, seen, restarted) is doing


@pytest.mark.parametrize(
    ("decision", "ours", "output", "doing"),
    [
        (CREDIT, True, CUT, Act.WRITE_ON),
        (CREDIT, True, ON, Act.ADOPT),
        (CREDIT, True, UNKNOWN, Act.ADOPT),
        (CREDIT, False, CUT, Act.ADOPT),
        (KEEP, True, CUT, Act.DRIFT_TO_ON),
        (OUT, True, CUT, Act.WRITE_CUT),
    ],
)
def test_a_cut_supply_that_a_welded_contact_keeps_on_is_switched_on_by_its_output_too(
    decision: Decision, ours: bool, output: Supply, doing: Act
) -> None:
    """Found by seed 7000694: the contact came loose, and a tenant who had paid sat in the dark."""
    assert act(decision, CUT, ON, False, ours=ours, output=output) is doing


@pytest.mark.parametrize(
    ("outputs", "inputs", "supply", "followed"),
    [
        (0b01, 0b10, ON, True),
        (0b00, 0b10, ON, False),
        (0b01, 0b00, ON, False),
        (0b00, 0b00, CUT, True),
        (0b01, 0b00, CUT, True),
        (0b00, 0b10, CUT, False),
    ],
)
def test_a_supply_that_is_on_follows_only_with_its_output(
    outputs: int, inputs: int, supply: Supply, followed: bool
) -> None:
    fed_back = Contact(wiring=Wiring.HELD_ON_SUPPLY, feedback_input=1)

    assert follows(fed_back, look(outputs=outputs, inputs=inputs), supply) is followed


@pytest.mark.parametrize(("known", "seen", "restarted"), list(product(Supply, Supply, (False, True))))
def test_keep_never_writes(known: Supply, seen: Supply, restarted: bool) -> None:
    assert act(KEEP, known, seen, restarted) not in (Act.WRITE_CUT, Act.WRITE_ON)


@pytest.mark.parametrize("known", [ON, UNKNOWN])
def test_a_supply_found_off_is_never_switched_on_by_itself(known: Supply) -> None:
    """Only where this product had cut it, a person asks, or the device restarted."""
    assert act(CREDIT, known, CUT, False) is not Act.WRITE_ON


# --- evidence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("primary_a", "floor_a"), [(5.0, 0.1), (50.0, 0.1), (100.0, 0.2), (1000.0, 2.0)])
def test_a_phase_carries_load_above_a_tenth_of_an_ampere_or_two_permille(primary_a: float, floor_a: float) -> None:
    contact = Contact(wiring=Wiring.HELD_ON_SUPPLY, ct_primary_a=primary_a)

    assert load_floor_a(contact) == pytest.approx(floor_a)
    assert not carries_load(contact, look(currents=(floor_a, 0.0, -floor_a)))
    assert carries_load(contact, look(currents=(0.0, 0.0, -floor_a - 0.01)))


CUTS = [
    (HELD, LOADED, IDLE, Evidence.CURRENT),
    (HELD, LOADED, look(currents=(0.0, 0.0, 0.11)), Evidence.NONE),
    (HELD, LOADED, LOADED, Evidence.NONE),
    (HELD, IDLE, IDLE, Evidence.NO_LOAD),
    (HELD, IDLE, LOADED, Evidence.NONE),
    (HELD, LOADED, look(currents=(NAN, NAN, NAN)), Evidence.NONE),
    (HELD, LOADED, look(currents=(0.0, NAN, 0.0)), Evidence.NONE),
    (HELD, look(currents=(NAN, NAN, NAN)), IDLE, Evidence.NO_LOAD),
    (WITH_CONTACT, LOADED, look(inputs=0b00, currents=LOADED.currents_a), Evidence.FEEDBACK),
    (WITH_CONTACT, LOADED, look(inputs=0b10), Evidence.NONE),
    (BELOW, LOADED, look(voltages=(0.5, 0.0, 1.0)), Evidence.VOLTAGE),
    (BELOW, IDLE, look(voltages=(0.5, 0.0, 1.0)), Evidence.VOLTAGE),
    (BELOW, LOADED, look(voltages=(0.5, 0.0, 230.0)), Evidence.NONE),
    (BELOW, LOADED, look(voltages=(0.0, NAN, 0.0)), Evidence.NONE),
    (BELOW, look(voltages=(0.0, 0.0, 0.0)), look(voltages=(0.0, 0.0, 0.0)), Evidence.NO_LOAD),
]


@pytest.mark.parametrize(("contact", "before", "after", "evidence"), CUTS)
def test_a_cut_is_proven_by_what_was_measured_before_and_after(
    contact: Contact, before: Look, after: Look, evidence: Evidence
) -> None:
    assert cut_evidence(contact, before, after) is evidence


RESTORES = [
    (HELD, LOADED, Evidence.CURRENT),
    (HELD, IDLE, Evidence.NO_LOAD),
    (HELD, look(currents=(NAN, NAN, NAN)), Evidence.NO_LOAD),
    (WITH_CONTACT, look(inputs=0b10), Evidence.FEEDBACK),
    (WITH_CONTACT, look(inputs=0b01, currents=LOADED.currents_a), Evidence.NONE),
    (BELOW, look(), Evidence.VOLTAGE),
    (BELOW, look(voltages=(230.0, 0.0, 230.0)), Evidence.NONE),
    (BELOW, look(voltages=(230.0, NAN, 230.0)), Evidence.NONE),
]


@pytest.mark.parametrize(("contact", "after", "evidence"), RESTORES)
def test_a_restore_is_proven_by_what_is_measured_after_it(contact: Contact, after: Look, evidence: Evidence) -> None:
    assert restore_evidence(contact, after) is evidence


# --- memory -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(Reason))
def test_a_supply_is_cut_for_credit_only_by_a_credit_reason_and_while_cut(reason: Reason) -> None:
    for_credit = reason in (Reason.OUT_OF_CREDIT, Reason.STILL_OUT)

    assert SupplyState(supply=CUT, reason=reason).cut_for_credit is for_credit
    assert not SupplyState(supply=ON, reason=reason).cut_for_credit
    assert not SupplyState(supply=UNKNOWN, reason=reason).cut_for_credit


def test_tries_grow_apart_from_two_seconds_to_five_minutes() -> None:
    assert [retry_after_s(tries) for tries in (1, 2, 3, 8, 9, 10**6)] == [2, 4, 8, 256, 300, 300]
