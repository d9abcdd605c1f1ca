"""Pictures of every page, for people to look at: `python -m tests.browser.screens [--into docs/screens]`."""

import argparse
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, expect, sync_playwright

from tests.browser.conftest import chromium
from tests.browser.product import Product, running
from tests.browser.scenes import SCENES, Look, Scene, people, places_of
from tests.browser.test_analyzers import PROMISED_MS
from tests.browser.test_walk import choose_password
from tests.browser.visitor import Visitor, visitor
from tests.house.lock import ROOT

COLOURS = 224
LONGEST_PX = 2600
SETTLED_MS = 2500
MARGIN_PX = 24


def main(arguments: list[str]) -> int:
    """Starts a demo site, walks through it once for each look, and writes the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screens")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "screens")
    parser.add_argument("--analyzers", type=int, default=33)
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="the scenes whose names fit")
    chosen = parser.parse_args(arguments)
    chosen.into.mkdir(parents=True, exist_ok=True)
    wanted = [scene for scene in SCENES if chosen.only.search(scene.name)]
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for sites in sorted({scene.sites for scene in wanted}):
            scenes = [scene for scene in wanted if scene.sites == sites]
            with tempfile.TemporaryDirectory() as name, running(Path(name), chosen.analyzers, sites) as product:
                for said in take_all(browser, product, scenes, chosen.into):
                    print(said, flush=True)
        browser.close()
    return 0


def take_all(browser: Browser, product: Product, scenes: list[Scene], into: Path) -> Iterator[str]:
    """Every scene in its looks; answers a line for each. A complaint of a browser ends it."""
    yield from _doors(browser, product, into)
    _open_admin(browser, product)
    places = places_of(product)
    for look in Look:
        for user_name, password in people().items():
            shown = [scene for scene in scenes if scene.user_name == user_name and look in scene.looks]
            if not shown:
                continue
            with visitor(browser, product.address, look.size, dark=look.dark) as person:
                person.open()
                person.sign_in(places.get(user_name, user_name), password)
                for scene in shown:
                    person.open(scene.path.format(**places))
                    _press(person, scene)
                    yield _take(person, into, scene.name, look)


def _doors(browser: Browser, product: Product, into: Path) -> Iterator[str]:
    """The sign-in, and the password that must be chosen behind it the first time."""
    for look in Look:
        with visitor(browser, product.address, look.size, dark=look.dark) as person:
            person.open()
            yield _take(person, into, "sign-in", look)
            person.sign_in("admin", "Admin123!")
            yield _take(person, into, "choose-password", look)


def _open_admin(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address) as admin:
        admin.open()
        admin.sign_in("admin", "Admin123!")
        choose_password(admin.page)
        expect(admin.page.get_by_role("heading", name=re.compile("Overview|Portfolio"))).to_be_visible()


def _press(person: Visitor, scene: Scene) -> None:
    """Presses the buttons of the scene, one after the other, on the page or in the dialog above it, and waits for what
    comes of it."""
    within = person.page.locator("[data-testid=stMain] button, [role=dialog] button")
    for name in scene.press:
        person.page.get_by_role("button", name=re.compile(name)).and_(within).first.click()
        person.ready()
    if scene.until:
        expect(person.page.get_by_text(scene.until)).to_be_visible(timeout=PROMISED_MS)


def _take(person: Visitor, into: Path, name: str, look: Look) -> str:
    page = person.page
    page.wait_for_timeout(SETTLED_MS)
    dialog = page.get_by_role("dialog")
    is_dialog = dialog.count() > 0
    height: int = (dialog if is_dialog else page.get_by_test_id("stMain")).evaluate("found => found.scrollHeight")
    wanted_px = height + 4 * MARGIN_PX if is_dialog else height
    page.set_viewport_size({"width": look.size[0], "height": min(max(wanted_px, look.size[1]), LONGEST_PX)})
    page.wait_for_timeout(SETTLED_MS / 2)
    person.charts()
    file = into / f"{name}-{look}.png"
    _small(page.screenshot(clip=_around(dialog) if is_dialog else None)).save(file, optimize=True)
    overflow_px = person.overflow_px()
    assert overflow_px == 0, f"{file.name}: {overflow_px} px too wide"
    page.set_viewport_size({"width": look.size[0], "height": look.size[1]})
    return f"{file.name}: {file.stat().st_size // 1024} KiB"


def _around(dialog: Locator) -> FloatRect:
    """The dialog with a little of the page it lies on."""
    box = dialog.bounding_box()
    assert box is not None, "it is on the page"
    left, top = max(0.0, box["x"] - MARGIN_PX), max(0.0, box["y"] - MARGIN_PX)
    right, bottom = box["x"] + box["width"] + MARGIN_PX, box["y"] + box["height"] + MARGIN_PX
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _small(picture: bytes) -> Image.Image:
    """The picture with few colours: a tenth of the bytes, and to the eye the same, small dots and pale grounds too."""
    with Image.open(io.BytesIO(picture)) as opened:
        return opened.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
