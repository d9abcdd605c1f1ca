"""One product and one browser for all walks of a run."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.product import Product, running

REQUIRED = os.environ.get("BROWSER_TESTS") == "required"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine. Without one these tests are skipped, unless BROWSER_TESTS=required."""
    program = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
    if program is None:
        assert not REQUIRED, "install chromium: the browser tests are required here"
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product over a demo site of its own."""
    assert browser.is_connected()
    with running(tmp_path_factory.mktemp("product")) as found:
        yield found
