"""One product and one browser for all walks."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.product import Product, running

REQUIRED = os.environ.get("BROWSER_TESTS") == "required"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def program() -> str | None:
    """The Chromium of this machine."""
    names = ("chromium", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def chromium(playwright: Playwright) -> Browser:
    """That Chromium, opened without a window."""
    return playwright.chromium.launch(executable_path=program(), args=FLAGS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Without a browser these tests are skipped, unless BROWSER_TESTS=required.

    Closed after the tests of this folder: while Playwright is open, nobody else can run an event loop in this thread.
    """
    if program() is None:
        assert not REQUIRED, "install chromium: the browser tests are required here"
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product over a demo site of its own."""
    assert browser.is_connected()
    with running(tmp_path_factory.mktemp("product")) as found:
        yield found
