"""What fingers, keys and eyes need of the pages: they scroll under a finger, go on by key, and can be read."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.product import Product
from tests.browser.test_analyzers import admin_at
from tests.browser.test_walk import TENANT, TENANT_PASSWORD
from tests.browser.visitor import PHONE, visitor
from tests.dashboard.charts.sight import contrast

READABLE = 4.5
"""WCAG AA for text."""
PIXEL = """(colour) => {
  const drawn = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
  drawn.fillStyle = colour;
  drawn.fillRect(0, 0, 1, 1);
  return "#" + [...drawn.getImageData(0, 0, 1, 1).data].slice(0, 3).map(b => b.toString(16).padStart(2, "0")).join("");
}"""
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
STEP_PX = 10
FOCUSED = "document.activeElement.innerText.trim() || document.activeElement.getAttribute('aria-label')"


@pytest.mark.slow
def test_the_page_scrolls_when_the_finger_is_on_a_chart(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address, PHONE) as tenant:
        tenant.open()
        tenant.sign_in(TENANT, TENANT_PASSWORD)
        tenant.open("/usage")
        tenant.charts()
        assert tenant.page.evaluate(SCROLLED) == 0

        swipe_up(tenant.page, "[data-testid=stPlotlyChart]", by_px=80)

        tenant.page.wait_for_function(f"{SCROLLED} > 0")


@pytest.mark.slow
def test_keys_never_come_to_what_is_folded_away(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address, PHONE) as tenant:
        tenant.open()
        expect(tenant.page).to_have_title("Sign in")
        expect(tenant.page.get_by_role("heading", level=1)).to_have_text("Prepaid energy")
        tenant.sign_in(TENANT, TENANT_PASSWORD)
        tenant.open("/usage")
        tenant.charts()

        folded = []
        for _each in range(12):
            tenant.page.keyboard.press("Tab")
            folded.append(tenant.page.evaluate("document.activeElement.closest('[data-testid=stSidebar]') !== null"))

    assert not any(folded)


@pytest.mark.slow
def test_one_signs_in_by_keys_alone_and_reaches_the_first_page_in_reading_order(
    browser: Browser, product: Product
) -> None:
    with visitor(browser, product.address) as cashier:
        cashier.open()
        keys = cashier.page.keyboard
        cashier.page.get_by_label("User name").focus()
        keys.type("cashier")
        keys.press("Tab")
        keys.type("Cashier123!")
        keys.press("Enter")
        expect(cashier.page.get_by_role("heading", name="Recharge", exact=True)).to_be_visible()
        cashier.ready()

        reached = []
        for _each in range(12):
            keys.press("Tab")
            reached.append(str(cashier.page.evaluate(FOCUSED)).split("\n")[-1])

        wanted = ("Recharge", "Tenants", "Profile", "Sign out")
        assert [name for name in reached if name in wanted][: len(wanted)] == list(wanted), reached
        ahead = cashier.page.locator("[tabindex]:not([tabindex='0']):not([tabindex^='-'])")
        assert ahead.count() == 0, "nothing jumps the queue"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_the_main_button_of_a_dialog_can_be_read(browser: Browser, product: Product, dark: bool) -> None:
    with admin_at(browser, product) as admin:
        admin.page.emulate_media(color_scheme="dark" if dark else "light")
        admin.open("/tenants")
        outside = shown_contrast(admin.page, "[data-testid=stMain] [data-testid=stBaseButton-primary]")
        admin.page.get_by_role("button", name="Add tenant").click()
        expect(admin.page.get_by_role("dialog")).to_be_visible()

        inside = shown_contrast(admin.page, "[role=dialog] [data-testid=stBaseButton-primaryFormSubmit]")

    assert min(outside, inside) >= READABLE, (outside, inside)


def swipe_up(page: Page, selector: str, by_px: int) -> None:
    """A finger in the middle of something moves up, as a browser feels it."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None, "it is on the page"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touches = page.context.new_cdp_session(page)
    touches.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for moved_px in range(STEP_PX, by_px + 1, STEP_PX):
        at = {"x": x, "y": y - moved_px}
        touches.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def shown_contrast(page: Page, selector: str) -> float:
    """Of the text of a button against its ground."""
    button = page.locator(selector).first
    expect(button).to_be_visible()
    text, ground = (
        button.evaluate(f"found => ({PIXEL})(getComputedStyle(found).{name})") for name in ("color", "backgroundColor")
    )
    return contrast(str(text), str(ground))
