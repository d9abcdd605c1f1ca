"""What one look at a device says about it: the table of everything that prevents a cutoff or a right bill."""

from dataclasses import replace
from math import nan
from typing import Any

import pytest

from prepaid.commissioning import Found, Outcome, Weight, outcome_of
from prepaid.device_findings import Examined, Wanted, device_findings, measures_rightly, tariff_finding
from prepaid.parameters import Measures, Status
from prepaid.records import Purpose, Source, Wiring
from prepaid.switching import Contact

GOOD, NOTE, PREVENTS = Weight.OK, Weight.REMARK, Weight.PREVENTS
SETTINGS = {
    "connection_type": 0,
    "voltage_transformer": 0,
    "voltage_primary_v": 400,
    "voltage_secondary_v": 400,
    "current_primary_a": 100,
    "current_secondary_a": 5,
    "synchronisation": 0,
    "input_use": 2,
    "output_0_group": 0,
    "output_0_use": 2,
    "output_0_timeout_s": 0,
    "output_1_group": 1,
    "output_1_use": 0,
    "output_1_timeout_s": 0,
}
MEASURES = Measures._make([230.0] * 37)
STATUS = Status._make([0] * len(Status._fields))
WANTED = Wanted(
    contact=Contact(wiring=Wiring.HELD_ON_SUPPLY, ct_primary_a=100),
    purpose=Purpose.TENANT,
    serial_number="LQN/1",
    ct_primary_a=100,
    ct_secondary_a=5,
    generator_tariff=2,
)
SEEN = Examined(
    serial_number="LQN/1",
    manufacturer_id=42,
    order_number="7KM3220-0BA01-1DA0",
    firmware="V2.1.0",
    words_swapped=False,
    settings=SETTINGS,
    measures=MEASURES,
    status=STATUS,
    refusals=(),
    write_code=0,
)
PULSE = Contact(wiring=Wiring.PULSE_PAIR, output=0, close_output=1, feedback_input=1, ct_primary_a=100)
PULSE_SETTINGS = {**SETTINGS, "output_1_use": 2, "output_0_timeout_s": 1, "output_1_timeout_s": 1}


def settings(**changes: int) -> dict[str, Any]:
    return {"settings": {**SETTINGS, **changes}}


def wired(**changes: Any) -> dict[str, Any]:
    return {"contact": replace(WANTED.contact, **changes)}


def pulsed(contact: dict[str, Any], **changes: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"contact": replace(PULSE, **contact)}, {"settings": {**PULSE_SETTINGS, **changes}}


# What differs from a device that is right: what the product wants, what was seen, what is found of it.
CASES: list[tuple[str, dict[str, Any], dict[str, Any], Found, Weight]] = [
    ("another maker", {}, {"manufacturer_id": 17}, Found.DEVICE_UNKNOWN, PREVENTS),
    ("no device bound yet", {"serial_number": None}, {}, Found.SERIAL_FIRST, GOOD),
    ("another device", {}, {"serial_number": "LQN/9"}, Found.SERIAL_OTHER, PREVENTS),
    ("swapped words", {}, {"words_swapped": True}, Found.WORDS_SWAPPED, PREVENTS),
    ("a part refused", {}, {"refusals": ("exception 2",)}, Found.PART_REFUSED, PREVENTS),
    ("another primary", {}, settings(current_primary_a=250), Found.TRANSFORMER_OTHER, PREVENTS),
    ("another secondary", {}, settings(current_secondary_a=1), Found.TRANSFORMER_OTHER, PREVENTS),
    ("two wires", {}, settings(connection_type=4), Found.CONNECTION, NOTE),
    ("voltage transformers", {}, settings(voltage_transformer=1), Found.CONNECTION, NOTE),
    ("a dead phase", {}, {"measures": MEASURES._replace(voltage_l2_n_v=0.0)}, Found.VOLTAGE_MISSING, NOTE),
    ("a phase without number", {}, {"measures": MEASURES._replace(voltage_l3_n_v=nan)}, Found.VOLTAGE_MISSING, NOTE),
    ("DI 0.0 not the tariff", {}, settings(input_use=0), Found.INPUT_OTHER, PREVENTS),
    ("demand synchronisation", {}, settings(synchronisation=1), Found.SYNCHRONISED, PREVENTS),
    ("no wiring", wired(wiring=Wiring.NONE), {}, Found.NOT_WIRED, PREVENTS),
    ("an incomer", {**wired(wiring=Wiring.NONE), "purpose": Purpose.GRID_INCOMER}, {}, Found.ONLY_MEASURED, NOTE),
    ("the output is no switch", {}, settings(output_0_use=4), Found.OUTPUT_OTHER, PREVENTS),
    ("the other output is no switch", wired(output=1), {}, Found.OUTPUT_OTHER, PREVENTS),
    ("the right group", wired(output_group=7), settings(output_0_group=7), Found.GROUP_RIGHT, GOOD),
    ("another group", wired(output_group=7), {}, Found.GROUP_OTHER, PREVENTS),
    ("a held output that falls back", {}, settings(output_0_timeout_s=60), Found.HELD_TIMEOUT, NOTE),
    ("a held output that falls back at once", {}, settings(output_0_timeout_s=29), Found.HELD_TIMEOUT_SHORT, PREVENTS),
    ("a pulse that ends itself", *pulsed({}), Found.PULSE_TIMEOUT_RIGHT, GOOD),
    ("a pulse without feedback", *pulsed({"feedback_input": None}), Found.PULSE_WITHOUT_FEEDBACK, PREVENTS),
    ("a pulse without time-out", *pulsed({}, output_0_timeout_s=0), Found.PULSE_WITHOUT_TIMEOUT, PREVENTS),
    ("its other pulse without time-out", *pulsed({}, output_1_timeout_s=0), Found.PULSE_WITHOUT_TIMEOUT, PREVENTS),
    ("a pulse of minutes", *pulsed({}, output_0_timeout_s=600), Found.PULSE_TIMEOUT_LONG, PREVENTS),
    ("the closing output is no switch", *pulsed({}, output_1_use=0), Found.OUTPUT_OTHER, PREVENTS),
    ("protected", {}, {"status": STATUS._replace(diagnostics=0x4000_0000)}, Found.PROTECTED, PREVENTS),
    ("protected for Modbus", {}, {"status": STATUS._replace(diagnostics=0x8000_0000)}, Found.PROTECTED, PREVENTS),
    ("hardware write protection", {}, {"write_code": 0xF0}, Found.WRITE_PROTECTED, PREVENTS),
    ("behind the IP filter", {}, {"write_code": 2}, Found.WRITE_REFUSED, PREVENTS),
]


def found(wanted: dict[str, Any], seen: dict[str, Any]) -> dict[Found, Weight]:
    return {each.found: each.weight for each in device_findings(replace(WANTED, **wanted), replace(SEEN, **seen))}


def test_nothing_prevents_a_device_that_is_right() -> None:
    assert set(found({}, {}).values()) == {GOOD}
    assert {Found.OUTPUT_RIGHT, Found.WRITE_TAKEN, Found.TRANSFORMER_RIGHT, Found.INPUT_RIGHT} <= set(found({}, {}))


@pytest.mark.parametrize(
    ("wanted", "seen", "expected", "weight"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_each_difference_is_found_and_weighed(
    wanted: dict[str, Any], seen: dict[str, Any], expected: Found, weight: Weight
) -> None:
    assert found(wanted, seen)[expected] is weight


@pytest.mark.parametrize(("wanted", "seen"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_one_difference_makes_at_most_one_thing_that_prevents(wanted: dict[str, Any], seen: dict[str, Any]) -> None:
    assert sum(weight is PREVENTS for weight in found(wanted, seen).values()) <= 1


def test_behind_swapped_words_nothing_else_is_said_of_the_values() -> None:
    swapped = found({}, {"words_swapped": True, "measures": None, "settings": {}})

    assert set(swapped) == {Found.DEVICE_KNOWN, Found.SERIAL_RIGHT, Found.WORDS_SWAPPED}


def test_who_is_only_measured_need_not_take_writes() -> None:
    incomer = found({**wired(wiring=Wiring.NONE), "purpose": Purpose.COMMON}, {"write_code": 2})

    assert PREVENTS not in incomer.values()


@pytest.mark.parametrize(
    ("generator_tariff", "active", "source", "expected"),
    [
        (2, 0, Source.GRID, Found.TARIFF_AGREES),
        (2, 1, Source.GRID, Found.TARIFF_WRONG),
        (2, 1, Source.GENERATOR, Found.TARIFF_AGREES),
        (2, 0, Source.GENERATOR, Found.TARIFF_WRONG),
        (1, 1, Source.GRID, Found.TARIFF_AGREES),
        (1, 0, Source.GENERATOR, Found.TARIFF_AGREES),
        (1, 1, Source.GENERATOR, Found.TARIFF_WRONG),
        (2, 0, None, Found.TARIFF_UNKNOWN),
    ],
)
def test_the_tariff_that_counts_is_held_against_the_source(
    generator_tariff: int, active: int, source: Source | None, expected: Found
) -> None:
    wanted = replace(WANTED, generator_tariff=generator_tariff)

    assert tariff_finding(wanted, STATUS._replace(active_tariff=active), source).found is expected


def test_a_device_that_said_no_status_proves_no_tariff() -> None:
    assert tariff_finding(WANTED, None, Source.GRID).found is Found.TARIFF_UNKNOWN


def test_what_a_device_counts_is_believed_although_it_cannot_cut() -> None:
    cannot_cut = device_findings(WANTED, replace(SEEN, write_code=2, settings={**SETTINGS, "output_0_use": 0}))
    wrong_ratio = device_findings(WANTED, replace(SEEN, settings={**SETTINGS, "current_primary_a": 250}))

    assert measures_rightly(cannot_cut)
    assert not measures_rightly(wrong_ratio)


@pytest.mark.parametrize(
    ("weights", "wiring", "cut_proven", "outcome"),
    [
        ([GOOD, NOTE], Wiring.HELD_ON_SUPPLY, True, Outcome.PASSED),
        ([GOOD, NOTE], Wiring.HELD_ON_SUPPLY, False, Outcome.UNPROVEN),
        ([GOOD, PREVENTS], Wiring.HELD_ON_SUPPLY, True, Outcome.FAILED),
        ([GOOD], Wiring.NONE, False, Outcome.PASSED),
        ([PREVENTS], Wiring.NONE, False, Outcome.FAILED),
    ],
)
def test_only_what_nothing_prevents_and_what_was_proven_passes(
    weights: list[Weight], wiring: Wiring, cut_proven: bool, outcome: Outcome
) -> None:
    found_here = [replace(device_findings(WANTED, SEEN)[0], weight=weight) for weight in weights]

    assert outcome_of(found_here, wiring, cut_proven=cut_proven) is outcome
