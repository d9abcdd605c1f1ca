"""The Analyzers page with devices that live: a row opens, a dialog is left in peace, a cut is followed to its proof."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from prepaid.records import Role, Wiring
from prepaid.switching import Supply
from sql.tables import analyzer_states, analyzers, supply_states
from tests.browser.product import Product
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visitor
from tests.dashboard.pages import Pages

PARTS = ("Live", "History", "Supply", "Device", "Charges", "Doubts")
PROMISED_MS = 30_000
REASON = "the tenant asked for it"


class Oven(NamedTuple):
    """An analyzer whose load can be seen to go."""

    analyzer_id: int
    name: str
    serial_number: str


@contextmanager
def admin_at(browser: Browser, product: Product, size: tuple[int, int] = DESKTOP) -> Iterator[Visitor]:
    """An administrator who is signed in already."""
    token = Pages(product.database).sign_in(Role.ADMIN)
    with visitor(browser, product.address, size) as person:
        person.page.context.add_cookies([{"name": product.cookie, "value": token, "url": product.address}])
        yield person


@pytest.fixture
def oven(product: Product) -> Oven:
    """The analyzer with the largest load among those that are on and can be switched."""
    question = (
        sa.select(analyzers.c.id, analyzers.c.name, analyzers.c.serial_number)
        .join(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .join(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .where(supply_states.c.supply == Supply.ON, analyzers.c.wiring != Wiring.NONE)
        .order_by(analyzer_states.c.power_w.desc())
        .limit(1)
    )
    with product.database.reading() as conn:
        found = conn.execute(question).one()
    return Oven(found.id, found.name, found.serial_number)


@pytest.mark.slow
def test_a_row_opens_and_the_way_back_keeps_the_search(browser: Browser, product: Product, oven: Oven) -> None:
    with admin_at(browser, product) as admin:
        admin.open("/analyzers")
        admin.page.get_by_placeholder("Name, tenant, account, serial number").fill(oven.serial_number)
        expect(admin.page.get_by_text(re.compile(r"^1 of \d+ shown"))).to_be_visible()

        click_first_row(admin.page)
        expect(admin.page.get_by_role("heading", level=1)).to_have_text(oven.name)
        address = admin.page.url
        admin.page.get_by_role("button", name="All analyzers").click()
        expect(admin.page.get_by_text(re.compile(r"^1 of \d+ shown"))).to_be_visible()

    assert f"analyzer={oven.analyzer_id}" in address


@pytest.mark.slow
def test_a_dialog_is_left_in_peace_and_a_cut_is_followed_to_its_proof(
    browser: Browser, product: Product, oven: Oven
) -> None:
    with admin_at(browser, product) as admin:
        page = admin.page
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}")
        page.get_by_role("button", name="Cut", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill(REASON)
        see_refreshes(page, 2)
        expect(dialog.get_by_label("Reason")).to_have_value(REASON)
        expect(dialog.get_by_text("A software cut is no isolation")).to_be_visible()

        dialog.get_by_role("button", name="Cut the supply").click()
        expect(page.get_by_text("✓ Asked")).to_be_visible()
        expect(page.get_by_text("✓ Proven")).to_be_visible(timeout=PROMISED_MS)
        expect(page.get_by_text(re.compile("^Cut because a person asked for it"))).to_be_visible()

        page.get_by_role("button", name="Withdraw", exact=True).click()
        dialog.get_by_role("button", name="Withdraw the wish").click()
        expect(page.get_by_text("On: in credit.")).to_be_visible(timeout=PROMISED_MS)


@pytest.mark.slow
def test_on_a_phone_no_part_is_wider_than_the_screen(browser: Browser, product: Product, oven: Oven) -> None:
    with admin_at(browser, product, PHONE) as admin:
        admin.open("/analyzers")
        expect(admin.page.get_by_text(re.compile(r"\d+ of \d+ shown"))).to_be_visible()
        widths = {"list": admin.overflow_px()}
        admin.open(f"/analyzers?analyzer={oven.analyzer_id}")
        for part in PARTS:
            admin.page.get_by_role("tab", name=part).click()
            expect(admin.page.get_by_role("tab", name=part, selected=True)).to_be_visible()
            admin.ready()
            widths[part] = admin.overflow_px()

    assert set(widths.values()) == {0}


def click_first_row(page: Page) -> None:
    """The table is a canvas: its rows are places on it."""
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("canvas").first).to_be_visible()
    table.click(position={"x": 60, "y": 52})


def see_refreshes(page: Page, count: int) -> None:
    """Waits until the live part behind the dialog has drawn other numbers so many times."""
    power = page.get_by_test_id("stMetric").filter(has_text="Current").first
    for _each in range(count):
        before = power.inner_text()
        expect(power).not_to_have_text(before, use_inner_text=True)
