"""Pictures of every page, for people to look at: `python -m tests.browser.screens [--into docs/screens]`."""

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import chromium
from tests.browser.product import Product, running
from tests.browser.test_walk import OWN_PASSWORD, TENANT, TENANT_PASSWORD, choose_password
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visitor
from tests.house.lock import ROOT

COLOURS = 224
LONGEST_PX = 2600
SETTLED_MS = 2500


class Scene(NamedTuple):
    """A page as one user sees it; `name` is the file's."""

    name: str
    path: str
    user_name: str


SCENES = (
    Scene("overview", "/overview", "admin"),
    Scene("analyzers", "/analyzers", "admin"),
    Scene("analyzer", "/analyzers?analyzer=9", "admin"),
    Scene("consumption", "/consumption", "admin"),
    Scene("alerts", "/alerts", "admin"),
    Scene("tenants", "/tenants", "admin"),
    Scene("tenant", "/tenants?tenant=1", "admin"),
    Scene("recharge", "/recharge?account=A-0001", "admin"),
    Scene("balance", "/balance", TENANT),
    Scene("usage", "/usage", TENANT),
    Scene("payments", "/payments", TENANT),
    Scene("profile", "/profile", TENANT),
)
PASSWORDS = {"admin": OWN_PASSWORD, TENANT: TENANT_PASSWORD}
LOOKS = tuple((size, dark) for size in (DESKTOP, PHONE) for dark in (False, True))


def main(arguments: list[str]) -> int:
    """Starts a demo site, walks through it once for each look, and writes the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screens")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "screens")
    parser.add_argument("--analyzers", type=int, default=33)
    chosen = parser.parse_args(arguments)
    chosen.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = chromium(playwright)
        with running(Path(name), chosen.analyzers) as product:
            for said in take_all(browser, product, chosen.into):
                print(said, flush=True)
        browser.close()
    return 0


def take_all(browser: Browser, product: Product, into: Path) -> Iterator[str]:
    """Every scene in every look; answers a line for each, with what its browser complained about."""
    _open_admin(browser, product)
    for size, dark in LOOKS:
        for user_name, password in PASSWORDS.items():
            with visitor(browser, product.address, size, dark=dark) as person:
                person.open()
                if user_name == "admin":
                    yield _take(person, into, "sign-in", size, dark)
                person.sign_in(user_name, password)
                for scene in SCENES:
                    if scene.user_name == user_name:
                        person.open(scene.path)
                        yield _take(person, into, scene.name, size, dark)


def _open_admin(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address) as admin:
        admin.open()
        admin.sign_in("admin", "Admin123!")
        choose_password(admin.page)
        expect(admin.page.get_by_role("heading", name="Overview")).to_be_visible()


def _take(person: Visitor, into: Path, name: str, size: tuple[int, int], dark: bool) -> str:
    page = person.page
    page.wait_for_timeout(SETTLED_MS)
    height: int = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size[0], "height": min(max(height, size[1]), LONGEST_PX)})
    page.wait_for_timeout(SETTLED_MS / 2)
    person.charts()
    file = into / f"{name}-{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}.png"
    _small(page.screenshot()).save(file, optimize=True)
    overflow_px = person.overflow_px()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return f"{file.name}: {file.stat().st_size // 1024} KiB" + (f", {overflow_px} px too wide" if overflow_px else "")


def _small(picture: bytes) -> Image.Image:
    """The picture with few colours: a tenth of the bytes, and to the eye the same."""
    with Image.open(io.BytesIO(picture)) as opened:
        return opened.convert("RGB").quantize(COLOURS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
