"""/docs and /redoc in a real browser: all is there, nothing comes from elsewhere, and a route can be tried."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.product import Product
from tests.browser.visitor import PHONE, visitor

pytestmark = pytest.mark.slow


def test_a_route_is_read_about_and_tried(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address) as somebody:
        somebody.page.goto(f"{product.address}/docs")
        health = somebody.page.locator(".opblock", has_text="/health")
        health.locator(".opblock-summary").click()
        health.get_by_role("button", name="Try it out").click()
        health.get_by_role("button", name="Execute").click()

        expect(health.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
        expect(somebody.page.locator(".opblock")).to_have_count(10)


def test_the_whole_description_is_read_on_a_phone(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address, PHONE) as somebody:
        somebody.page.goto(f"{product.address}/redoc")

        expect(somebody.page.get_by_role("heading", name="Prepaid energy")).to_be_visible()
        expect(somebody.page.get_by_role("heading", name="Sell a recharge to a tenant's user")).to_be_attached()
