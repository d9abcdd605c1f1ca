"""One walk per role through the running product, as people go: clicks, waits, and what they must see."""

import re
from decimal import Decimal

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from dashboard.navigation import PAGES
from prepaid.records import AccountKind, Stage
from prepaid.switching import Supply
from sql.tables import accounts, assignments, supply_states, tenants
from tests.browser.product import Product
from tests.browser.visitor import PHONE, visitor

OWN_PASSWORD = "the lamps of the bazaar burn"
TENANT, TENANT_PASSWORD = "dijla.supermarket", "Tenant123!"
PROMISED_MS = 60_000
"""A restore is promised within a minute, plus the place in the queue."""
ACTS = ("Cut", "Restore", "Keep on", "Add tenant", "Edit", "Assign", "Lock", "Sell", "Recharge")
STAFF_PAGES = tuple(entry for entry in PAGES if entry.file.startswith("admin/"))
BALANCE = re.compile(r"IQD\s[\d,]+")


def test_the_admin_finds_who_is_cut_sells_a_recharge_and_sees_the_supply_come_back(
    browser: Browser, product: Product
) -> None:
    name = somebody_cut(product)
    with visitor(browser, product.address) as admin:
        admin.open()
        admin.sign_in("admin", "Admin123!")
        choose_password(admin.page)
        expect(admin.page.get_by_role("heading", name="Overview")).to_be_visible()
        expect(admin.page.get_by_test_id("stMetric").first).to_be_visible()
        expect(admin.page.locator(".js-plotly-plot .main-svg").first).to_be_visible()

        admin.open("/tenants")
        admin.page.get_by_role("button", name="Filter").click()
        admin.page.get_by_role("button", name="Cut", exact=True).click()
        expect(admin.page.get_by_text(re.compile(r"\d+ of \d+ shown"))).to_be_visible()
        # What is drawn in a table stands for screen readers inside its canvas.
        expect(admin.page.locator("[data-testid=stDataFrame] canvas td", has_text=name)).to_have_count(1)

        admin.open("/recharge")
        admin.page.get_by_role("combobox", name="Tenant").fill(name)
        admin.page.get_by_role("option", name=name).click()
        admin.page.get_by_role("button", name=re.compile("^1 week")).click()
        admin.page.get_by_role("button", name=re.compile("^Sell")).click()
        expect(admin.page.get_by_text(re.compile(f"Booked: .* for {name}"))).to_be_visible()
        expect(admin.page.get_by_text("On, proven")).to_be_visible(timeout=PROMISED_MS)

    with product.database.reading() as conn:
        assert name not in cut_tenants(conn)


def test_the_tenant_sees_the_balance_move_on_a_phone_and_reaches_no_page_of_the_staff(
    browser: Browser, product: Product
) -> None:
    with visitor(browser, product.address, PHONE) as tenant:
        tenant.open()
        tenant.sign_in(TENANT, TENANT_PASSWORD)
        big = tenant.page.get_by_text(BALANCE).first
        before = big.inner_text()

        expect(big).not_to_have_text(before, timeout=60_000)

        assert amount(big.inner_text()) < amount(before)
        for name in ("usage", "payments", "messages", "profile"):
            tenant.open(f"/{name}")
            assert tenant.overflow_px() == 0, name

    with visitor(browser, product.address, PHONE) as tenant:
        tenant.open()
        tenant.sign_in(TENANT, TENANT_PASSWORD)
        for entry in STAFF_PAGES:
            tenant.open(f"/{entry.name}")
            expect(tenant.page.get_by_role("heading", name="Balance", exact=True)).to_be_visible()
            expect(tenant.page.get_by_role("heading", name=entry.title, exact=True)).to_have_count(0)
        # Streamlit says in the console, too, that there is no such page for this viewer.
        tenant.complaints = [each for each in tenant.complaints if "does not seem to exist" not in each]


def test_the_manager_sees_everything_and_can_change_nothing(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address) as manager:
        manager.open()
        manager.sign_in("manager", "Manager123!")
        for path in ("overview", "analyzers?analyzer=1", "consumption", "alerts", "tenants?tenant=1"):
            manager.open(f"/{path}")
            expect(manager.page.get_by_role("heading", level=1).first).to_be_visible()
            assert manager.overflow_px() == 0, path
            for act in ("Cut", "Restore", "Keep on", "Add tenant", "Edit", "Assign", "Lock", "Sell", "Recharge"):
                expect(manager.page.get_by_test_id("stMain").get_by_role("button", name=act, exact=True)).to_have_count(
                    0
                )
        expect(manager.page.get_by_role("link", name="Recharge")).to_have_count(0)


def test_the_cashier_sells_and_sees_balances_only(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address) as cashier:
        cashier.open()
        cashier.sign_in("cashier", "Cashier123!")
        expect(cashier.page.get_by_role("heading", name="Recharge", exact=True)).to_be_visible()

        links = cashier.page.get_by_test_id("stSidebarNav").get_by_role("link")

        assert links.all_inner_texts() and {text.split("\n")[-1] for text in links.all_inner_texts()} == {
            "Recharge",
            "Tenants",
            "Profile",
        }


def test_signing_out_shuts_the_pages_for_the_browser_that_was_in(browser: Browser, product: Product) -> None:
    with visitor(browser, product.address) as cashier:
        cashier.open()
        cashier.sign_in("cashier", "Cashier123!")
        kept = cashier.page.context.cookies()
        ours = [(each["httpOnly"], each["sameSite"]) for each in kept if each["name"] == product.cookie]
        assert ours == [(True, "Lax")]
        cashier.page.get_by_role("button", name="Sign out").click()
        expect(cashier.page.get_by_label("User name")).to_be_visible()

        cashier.page.context.add_cookies(
            [
                {"name": each["name"], "value": each["value"], "domain": each["domain"], "path": each["path"]}
                for each in kept
            ]
        )
        cashier.open("/recharge")

        expect(cashier.page.get_by_label("User name")).to_be_visible()


def choose_password(page: Page) -> None:
    expect(page.get_by_role("heading", name="Welcome, Administrator")).to_be_visible()
    page.get_by_role("textbox", name="Present password").fill("Admin123!")
    page.get_by_role("textbox", name="New password", exact=True).fill(OWN_PASSWORD)
    page.get_by_role("textbox", name="New password again").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Change password").click()


def amount(shown: str) -> Decimal:
    return Decimal("".join(character for character in shown if character.isdigit()))


def somebody_cut(product: Product) -> str:
    """A tenant of the demo whose supply is cut since before it was loaded."""
    with product.database.reading() as conn:
        found = sorted(cut_tenants(conn))
    assert found, "the demo has somebody who ran out"
    return found[0]


def cut_tenants(conn: sa.Connection) -> set[str]:
    question = (
        sa.select(tenants.c.name)
        .join(accounts, accounts.c.tenant_id == tenants.c.id)
        .join(assignments, sa.and_(assignments.c.account_id == accounts.c.id, assignments.c.until_at.is_(None)))
        .join(supply_states, supply_states.c.analyzer_id == assignments.c.analyzer_id)
        .where(
            accounts.c.kind == AccountKind.TENANT,
            accounts.c.stage == Stage.ENFORCED,
            supply_states.c.supply == Supply.CUT,
        )
    )
    return set(conn.scalars(question))
