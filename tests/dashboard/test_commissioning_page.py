"""The Device tab of an analyzer: tests on the spot, swaps, and records that are kept and taken back."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.analyzers.commissioning_acts import draw_ask_test, draw_revoke
from dashboard.analyzers.swap_acts import draw_ask_swap
from prepaid.commissioning import Finding, Found, Outcome, Weight
from prepaid.records import Role, Wiring, WishKind
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.commissioning import Record, keep_record
from sql.questions.analyzer_tests import Serials
from sql.tables import wishes
from tests.dashboard.analyzers_page import Corner, texts
from tests.dashboard.pages import Pages


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


def kept(corner: Corner, outcome: Outcome, *findings: Finding, verdict: str = "Said so.") -> None:
    """A newer record of the oven's device."""
    at = corner.now
    record = Record(
        analyzer_id=corner.oven,
        serial_number="LQN/1",
        wiring=Wiring.HELD_ON_SUPPLY,
        wish_id=None,
        began_at=at,
        ended_at=at,
        outcome=outcome,
        tariff_proven=True,
        answers_while_cut=True,
        cut_confirmed_at=at,
        cut_proven_at=at,
        restored_at=at,
        by_whom="Sara",
        verdict=verdict,
        findings=findings,
        settings={},
    )
    with corner.database.writing() as conn:
        keep_record(conn, record, corner.building.site_id)


def asked(corner: Corner, kind: WishKind = WishKind.COMMISSION, **details: Any) -> None:
    corner.building.wish(kind, corner.oven, corner.now + timedelta(minutes=9), corner.now, details)


def device(corner: Corner, role: Role = Role.ADMIN) -> AppTest:
    return corner.detail(corner.oven, role, part="Device")


def test_what_prevents_stands_first_and_says_what_to_do(corner: Corner) -> None:
    good = Finding(found=Found.WORDS_RIGHT, weight=Weight.OK)
    bad = Finding(found=Found.OUTPUT_OTHER, weight=Weight.PREVENTS, facts={"output": 0, "use": 0, "register": 51712})
    kept(corner, Outcome.FAILED, good, bad, verdict="Failed for LQN/1.")

    told = texts(device(corner))

    assert "Not commissioned: nothing is switched automatically." in told
    assert "Failed for LQN/1." in told
    assert "LQN/1 · Sara" in told
    assert 'Set it to "switching output" (51712 = 2).' in told
    assert told.index("51712 = 2") < told.index("in their order")
    assert "tariff input proven · answers while cut · cut proven at" in told


def test_a_passed_record_names_its_device_and_can_be_taken_back(corner: Corner) -> None:
    kept(corner, Outcome.PASSED, verdict="Passed for LQN/1.")
    before = texts(device(corner))

    app = corner.dialog(partial(draw_revoke, corner.oven))
    app.text_input[0].set_value("the contactor was exchanged")
    app.button[0].click().run()

    after = texts(device(corner))
    assert "Passed for LQN/1." in before
    assert "Take the record back" in before
    assert "Not commissioned" not in before
    assert "Taken back" in after
    assert "the contactor was exchanged" in after
    assert "Not commissioned: nothing is switched automatically." in after


def test_a_test_under_way_says_how_far_it_has_come_and_no_second_one_is_offered(corner: Corner) -> None:
    asked(corner, switch=True, phase="cutting")

    app = device(corner)

    told = texts(app)
    buttons = {button.key: button for button in app.button}
    assert "Commission, asked by" in told
    assert "The supply is cut for the test and comes back by itself." in told
    assert buttons["act-test"].disabled and buttons["act-swap"].disabled


def test_a_test_that_nobody_took_yet_can_be_withdrawn(corner: Corner) -> None:
    asked(corner, switch=True)

    app = device(corner)
    app.button(key="withdraw-test").click().run()

    [row] = corner.rows(wishes)
    assert row.state == "withdrawn"


def test_a_refused_test_says_why(corner: Corner) -> None:
    asked(corner, switch=True)
    with corner.database.writing() as conn:
        conn.execute(wishes.update().values(state="refused", result="it does not answer", ended_at=corner.now))

    assert "was not made: it does not answer" in texts(device(corner))


def test_who_only_looks_is_offered_nothing(corner: Corner) -> None:
    keys = {button.key for button in device(corner, Role.MANAGER).button}

    assert not keys & {"act-test", "act-swap", "act-revoke", "withdraw-test"}


def test_a_test_switches_only_with_consent(corner: Corner) -> None:
    app = corner.dialog(partial(draw_ask_test, corner.oven))
    told = texts(app)
    app.text_input[0].set_value("installed today")
    app.button[0].click().run()

    [row] = corner.rows(wishes)
    assert "Without a cut nothing is switched." in told
    assert (row.kind, row.details) == ("commission", {"switch": False, "switch_on": False})


def test_consent_says_that_the_load_will_be_off(corner: Corner) -> None:
    app = corner.dialog(partial(draw_ask_test, corner.oven))
    app.checkbox(key="test-switch").check().run()
    told = texts(app)
    app.text_input[0].set_value("installed today")
    app.button[0].click().run()

    [row] = corner.rows(wishes)
    assert "The load of Bakery (Oven *1*) will be off for a few seconds, at most 30\u00a0s." in told
    assert "A software cut is no isolation" in told
    assert row.details == {"switch": True, "switch_on": False}


def test_a_supply_that_is_off_is_switched_on_only_with_a_second_consent(corner: Corner) -> None:
    corner.show(corner.oven, Supply.CUT, None, Answer.KEEP, Reason.NOT_COMMISSIONED)
    app = corner.dialog(partial(draw_ask_test, corner.oven))
    app.checkbox(key="test-switch").check().run()
    app.checkbox(key="test-switch-on").check().run()
    app.text_input[0].set_value("installed today")
    app.button[0].click().run()

    [row] = corner.rows(wishes)
    assert row.details == {"switch": True, "switch_on": True}


def test_another_device_that_answers_is_offered_to_be_swapped(corner: Corner) -> None:
    corner.read(serial_number="LQN/77", verdict="wrong_device")
    told = texts(device(corner))

    app = corner.dialog(partial(draw_ask_swap, corner.oven, Serials(bound="LQN/1", answering="LQN/77")))
    app.number_input(key="swap-grid").set_value(2.005)
    app.text_input[1].set_value("broken display")
    app.button[0].click().run()

    [row] = corner.rows(wishes)
    assert "LQN/77 answers instead of LQN/1. If the device was exchanged, swap it here." in told
    assert row.kind == "swap"
    assert (row.details["serial_number"], row.details["grid_wh"]) == ("LQN/77", 2_005)
    assert row.details["generator_wh"] is None


def test_a_planned_swap_says_which_device_is_awaited(corner: Corner) -> None:
    asked(corner, WishKind.SWAP, serial_number="LQN/88", switch=False)

    assert "LQN/88 is awaited at this address until" in texts(device(corner))
