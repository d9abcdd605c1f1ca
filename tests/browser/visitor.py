"""Somebody at a browser: what they do, and everything their browser complained about."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Response, expect

PATIENCE_MS = 20_000
LOOK_EVERY_MS = 100
DESKTOP = (1440, 900)
PHONE = (390, 844)
READY = "[data-testid=stApp][data-test-script-state=notRunning]"

expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """One person with a browser of their own. `complaints` are errors in the console, failed requests and requests to
    any other host."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("response", self._response)

    def open(self, path: str = "/") -> None:
        """The page at that address, drawn to its end."""
        self.page.goto(self.address + path)
        self.ready()

    def ready(self) -> None:
        """Waits until the server has drawn everything."""
        expect(self.page.locator(READY)).to_have_count(1)

    def charts(self) -> None:
        """Waits until every chart of the page is drawn."""
        for chart in self.page.get_by_test_id("stPlotlyChart").all():
            expect(chart.locator(".main-svg").first).to_be_visible()

    def sign_in(self, user_name: str, password: str) -> None:
        """Fills in the form; the page after it may be any."""
        self.page.get_by_label("User name").fill(user_name)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_label("User name")).to_have_count(0)
        self.ready()
        self._wait_for_cookie()

    def _wait_for_cookie(self) -> None:
        """Waits until the browser has exchanged its ticket for the cookie: before, another address asks to sign in."""
        for _look in range(PATIENCE_MS // LOOK_EVERY_MS):
            if any(each["name"].startswith("prepaid_session") for each in self.page.context.cookies()):
                return
            self.page.wait_for_timeout(LOOK_EVERY_MS)
        raise AssertionError("the browser got no cookie")

    def click_first_row(self) -> None:
        """Clicks what stands first in the table of the page, a canvas: its rows are places on it."""
        table = self.page.get_by_test_id("stDataFrame")
        expect(table.locator("canvas").first).to_be_visible()
        table.click(position={"x": 40, "y": 52})

    def overflow_px(self) -> int:
        """How far the page is wider than the window."""
        found: int = self.page.evaluate(
            "Math.max(document.querySelector('[data-testid=stMain]').scrollWidth,"
            " document.documentElement.scrollWidth) - innerWidth"
        )
        return max(0, found)

    def _console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(f"console: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws", 1), "data:", "blob:")):
            self.complaints.append(f"another host: {url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")


@contextmanager
def visitor(
    browser: Browser, address: str, size: tuple[int, int] = DESKTOP, *, dark: bool = False
) -> Iterator[Visitor]:
    """A new person, without cookies. Leaving without a complaint is part of every test."""
    is_phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        is_mobile=is_phone,
        has_touch=is_phone,
        locale="en-GB",
    )
    try:
        person = Visitor(context.new_page(), address)
        yield person
        assert not person.complaints, "\n".join(person.complaints)
    finally:
        context.close()
