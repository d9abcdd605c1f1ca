"""Commissioning in the browser, with devices that live: a record taken back, tests, a swap, a lock, a hold."""

import struct

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from pymodbus.client import ModbusTcpClient

from enforcer.simulator.faults import Fault
from prepaid.alerts import AlertKind
from prepaid.records import Wiring
from prepaid.switching import Supply
from sql.tables import alerts, analyzer_states, analyzers, supply_states
from tests.browser.product import Product
from tests.browser.test_analyzers import Oven, admin_at

TESTED_MS = 90_000
"""A test on the spot takes half a minute; a swap needs two readings more."""
FOLLOWED_MS = 30_000
HELD_MS = 90_000
"""A hold begins with three readings that agree over half a minute."""
IMPORTS = 801


@pytest.fixture
def busy(product: Product) -> list[Oven]:
    """Analyzers that are on and can be switched, those with the largest loads first."""
    question = (
        sa.select(analyzers.c.id, analyzers.c.name, analyzers.c.serial_number)
        .join(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .join(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .where(supply_states.c.supply == Supply.ON, analyzers.c.wiring != Wiring.NONE)
        .order_by(analyzer_states.c.power_w.desc())
    )
    with product.database.reading() as conn:
        return [Oven(row.id, row.name, row.serial_number) for row in conn.execute(question)]


@pytest.mark.slow
def test_a_record_is_taken_back_and_a_test_with_its_cut_brings_it_again(
    browser: Browser, product: Product, busy: list[Oven]
) -> None:
    oven = busy[1]
    with admin_at(browser, product) as admin:
        page = admin.page
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}")
        page.get_by_role("tab", name="Device").click()
        page.get_by_role("button", name="Take the record back").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("the contactor was exchanged")
        dialog.get_by_role("button", name="Take the record back").click()
        expect(page.get_by_text("Not commissioned").first).to_be_visible()

        _test_with_cut(page)
        expect(page.get_by_text("Under way")).to_be_visible()
        expect(page.get_by_text(f"Passed for {oven.serial_number}.").first).to_be_visible(timeout=TESTED_MS)
        expect(page.get_by_text("answers while cut").first).to_be_visible()
        overflow_px = admin.overflow_px()

    assert overflow_px == 0


@pytest.mark.slow
def test_another_device_that_answers_is_swapped_by_name(browser: Browser, product: Product, busy: list[Oven]) -> None:
    oven = busy[2]
    with admin_at(browser, product) as admin:
        page = admin.page
        for happens in (Fault.DEAD, "ok", Fault.SWAPPED):
            product.command(f"fault {oven.serial_number} {happens}")
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}")
        page.get_by_role("tab", name="Device").click()
        expect(page.get_by_text("answers instead of").first).to_be_visible(timeout=FOLLOWED_MS)

        page.get_by_role("button", name="Swap the device").click()
        dialog = page.get_by_role("dialog")
        answering = dialog.get_by_label("Serial number of the new device").input_value()
        dialog.get_by_text("Cut the supply and restore it").click()
        expect(dialog.get_by_text("will be off for a few seconds")).to_be_visible()
        dialog.get_by_label("Reason").fill("the display was broken")
        dialog.get_by_role("button", name="Swap the device").click()
        expect(page.get_by_text(f"Passed for {answering}.").first).to_be_visible(timeout=TESTED_MS)

    assert answering not in ("", oven.serial_number)


@pytest.mark.slow
def test_a_lock_cuts_and_its_owner_takes_it_away(browser: Browser, product: Product, busy: list[Oven]) -> None:
    oven = busy[3]
    with admin_at(browser, product) as admin:
        page = admin.page
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}")
        page.get_by_role("button", name="Lock", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("work on the wires")
        dialog.get_by_label("Phone of whoever works there").fill("+964 1 555")
        dialog.get_by_role("button", name="Lock the supply off").click()
        expect(page.get_by_text("Safety lock").first).to_be_visible()
        expect(page.get_by_text("Cut by a safety lock.").first).to_be_visible(timeout=FOLLOWED_MS)

        page.get_by_role("button", name="Unlock", exact=True).click()
        dialog.get_by_role("textbox").first.fill(oven.name)
        dialog.get_by_role("button", name="It is safe: take the lock away").click()
        expect(page.get_by_text("On: in credit.")).to_be_visible(timeout=FOLLOWED_MS)


@pytest.mark.slow
def test_a_hold_is_alarmed_and_released(browser: Browser, product: Product, busy: list[Oven]) -> None:
    oven = busy[0]
    with admin_at(browser, product) as admin:
        page = admin.page
        _write_lower_counters(product, oven)
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}&analyzer_part=Doubts")
        expect(page.get_by_text("Billing on hold").first).to_be_visible(timeout=HELD_MS)
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}&analyzer_part=Doubts")

        page.get_by_role("button", name="Release the hold").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("its counter was set anew")
        dialog.get_by_role("button", name="Release the hold").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_text("Answering").first).to_be_visible(timeout=FOLLOWED_MS)
        overflow_px = admin.overflow_px()

    assert overflow_px == 0
    assert _hold_was_alarmed(product, oven)


def _write_lower_counters(product: Product, oven: Oven) -> None:
    """Somebody writes both import counters of the device itself: half of what they were."""
    with product.database.reading() as conn:
        place = conn.execute(
            sa.select(analyzers.c.host, analyzers.c.port).where(analyzers.c.id == oven.analyzer_id)
        ).one()
    with ModbusTcpClient(place.host, port=place.port) as somebody:
        shown = somebody.read_holding_registers(IMPORTS, count=8).registers
        halves = [counter / 2 for counter in struct.unpack(">2d", struct.pack(">8H", *shown))]
        somebody.write_registers(IMPORTS, list(struct.unpack(">8H", struct.pack(">2d", *halves))))


def _hold_was_alarmed(product: Product, oven: Oven) -> bool:
    question = sa.select(sa.func.count()).select_from(alerts)
    of = (alerts.c.kind == AlertKind.HOLD, alerts.c.analyzer_id == oven.analyzer_id)
    with product.database.reading() as conn:
        return conn.scalar(question.where(*of)) == 1


def _test_with_cut(page: Page) -> None:
    page.get_by_role("button", name="Test on the spot").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Cut the supply and restore it").click()
    expect(dialog.get_by_text("A software cut is no isolation")).to_be_visible()
    dialog.get_by_label("Reason").fill("the analyzer was installed today")
    dialog.get_by_role("button", name="Begin the test").click()
