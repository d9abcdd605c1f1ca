"""Commissioning in the browser, with devices that live: a record taken back, the test with its cut, a swap, a lock."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from enforcer.simulator.faults import Fault
from prepaid.records import Wiring
from prepaid.switching import Supply
from sql.tables import analyzer_states, analyzers, supply_states
from tests.browser.product import Product
from tests.browser.test_analyzers import Oven, admin_at

TESTED_MS = 90_000
"""A test on the spot takes half a minute; a swap needs two readings more."""
FOLLOWED_MS = 30_000


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
        expect(page.get_by_text(re.compile("Safety lock")).first).to_be_visible()
        expect(page.get_by_text("Cut by a safety lock.").first).to_be_visible(timeout=FOLLOWED_MS)

        page.get_by_role("button", name="Unlock", exact=True).click()
        dialog.get_by_role("textbox").first.fill(oven.name)
        dialog.get_by_role("button", name="It is safe: take the lock away").click()
        expect(page.get_by_text("On: in credit.")).to_be_visible(timeout=FOLLOWED_MS)


def _test_with_cut(page: Page) -> None:
    page.get_by_role("button", name="Test on the spot").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Cut the supply and restore it").click()
    expect(dialog.get_by_text("A software cut is no isolation")).to_be_visible()
    dialog.get_by_label("Reason").fill("the analyzer was installed today")
    dialog.get_by_role("button", name="Begin the test").click()
