"""Commissioning: the test on the spot that a device measures and cuts what it is said to, and what a test proved.

A record belongs to one serial number and one wiring. The newest record that decides says whether the policy may switch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from prepaid.records import Wiring

OFF_AT_MOST_S = 30
"""So long a supervised cut lasts at most, whatever happens; then the supply is wanted on again."""
RESTORED_WITHIN_S = 120.0
"""So long a test waits for the supply to come back. The product tries on for ever; the test has failed then."""
LOOKED_WITHIN_S = 60.0
"""So long a test waits for the device to be read and for its supply to follow."""


class Weight(StrEnum):
    """What a finding means for the cutoff."""

    OK = "ok"
    REMARK = "remark"
    PREVENTS = "prevents"


class Found(StrEnum):
    """Everything a test can find; the sentences are in documents/commissioning_texts.py."""

    DEVICE_KNOWN = "device_known"
    DEVICE_UNKNOWN = "device_unknown"
    SERIAL_RIGHT = "serial_right"
    SERIAL_FIRST = "serial_first"
    SERIAL_OTHER = "serial_other"
    SERIAL_TAKEN = "serial_taken"
    WORDS_RIGHT = "words_right"
    WORDS_SWAPPED = "words_swapped"
    PART_REFUSED = "part_refused"
    TRANSFORMER_RIGHT = "transformer_right"
    TRANSFORMER_OTHER = "transformer_other"
    CONNECTION = "connection"
    VOLTAGES_RIGHT = "voltages_right"
    VOLTAGE_MISSING = "voltage_missing"
    INPUT_RIGHT = "input_right"
    INPUT_OTHER = "input_other"
    SYNCHRONISED = "synchronised"
    TARIFF_AGREES = "tariff_agrees"
    TARIFF_FOLLOWS = "tariff_follows"
    TARIFF_WRONG = "tariff_wrong"
    TARIFF_UNKNOWN = "tariff_unknown"
    NOT_WIRED = "not_wired"
    ONLY_MEASURED = "only_measured"
    OUTPUT_RIGHT = "output_right"
    OUTPUT_OTHER = "output_other"
    GROUP_RIGHT = "group_right"
    GROUP_OTHER = "group_other"
    PULSE_WITHOUT_FEEDBACK = "pulse_without_feedback"
    PULSE_WITHOUT_TIMEOUT = "pulse_without_timeout"
    PULSE_TIMEOUT_LONG = "pulse_timeout_long"
    PULSE_TIMEOUT_RIGHT = "pulse_timeout_right"
    HELD_TIMEOUT = "held_timeout"
    HELD_TIMEOUT_SHORT = "held_timeout_short"
    PROTECTED = "protected"
    WRITE_TAKEN = "write_taken"
    WRITE_REFUSED = "write_refused"
    WRITE_PROTECTED = "write_protected"
    CUT_NOT_TRIED = "cut_not_tried"
    SUPPLY_OFF = "supply_off"
    LOCKED = "locked"
    CUT_BY_POLICY = "cut_by_policy"
    CUT_PROVEN = "cut_proven"
    PHASES_UNPROVEN = "phases_unproven"
    CUT_UNSEEN = "cut_unseen"
    CUT_NOT_FOLLOWED = "cut_not_followed"
    CUT_REFUSED = "cut_refused"
    LOAD_WHILE_CUT = "load_while_cut"
    ANSWERS_WHILE_CUT = "answers_while_cut"
    DIES_WHEN_CUT = "dies_when_cut"
    SILENT_WHILE_CUT = "silent_while_cut"
    RESTORED = "restored"
    NOT_RESTORED = "not_restored"
    CLOSE_BY_HAND = "close_by_hand"
    BROKEN_OFF = "broken_off"


Fact = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `facts` fill the sentence."""

    found: Found
    weight: Weight
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Outcome(StrEnum):
    """What a record says. UNPROVEN decides nothing: what was true before stays true."""

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"
    REVOKED = "revoked"


DECIDING = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.REVOKED})


class Phase(StrEnum):
    """How far a test has come."""

    LOOKING = "looking"
    COUNTING_ANEW = "counting_anew"
    SWITCHING_ON = "switching_on"
    CUTTING = "cutting"
    RESTORING = "restoring"


def outcome_of(findings: Iterable[Finding], wiring: Wiring, *, cut_proven: bool) -> Outcome:
    """Passed is what nothing prevents and what was proven: a cut with evidence, where there is something to cut."""
    if any(finding.weight is Weight.PREVENTS for finding in findings):
        return Outcome.FAILED
    return Outcome.PASSED if cut_proven or wiring is Wiring.NONE else Outcome.UNPROVEN


def ok(found: Found, **facts: Fact) -> Finding:
    return Finding(found=found, weight=Weight.OK, facts=facts)


def remark(found: Found, **facts: Fact) -> Finding:
    return Finding(found=found, weight=Weight.REMARK, facts=facts)


def prevents(found: Found, **facts: Fact) -> Finding:
    return Finding(found=found, weight=Weight.PREVENTS, facts=facts)
