"""The guard on Overview: whom it holds stands there, and an administrator releases the accounts that are named."""

import pytest
import sqlalchemy as sa

from dashboard.overview.guard import draw_releasing
from prepaid.access import Right
from prepaid.clock import SystemClock
from prepaid.records import Role
from sql.connection import Database
from sql.guard import guarded_accounts
from sql.tables import crossings
from tests.building import Building, Person
from tests.dashboard.dialogs import dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.sql.questions.shown import beat

PAGE = "admin/overview.py"


class Held:
    """Seven shops whose credit ended by surprise."""

    def __init__(self, database: Database) -> None:
        forget_everything()
        now = SystemClock().now()
        self.building = Building(database, at=now)
        self.shops = [self.building.tenant(f"Shop {number}", opening="-5") for number in range(7)]
        self.paid = self.building.tenant("Florist", opening="100")
        beat(self.building, now)
        of = crossings.c.account_id.in_([shop.account_id for shop in self.shops])
        with database.writing() as conn:
            conn.execute(crossings.update().where(of).values(exhausted_at=now, unexpected_at=now, guarded_at=now))

    def held(self) -> list[Person]:
        with self.building.database.reading() as conn:
            found = guarded_accounts(conn, self.building.site_id)
        return [shop for shop in self.shops if shop.account_id in found]


@pytest.fixture
def held(database: Database) -> Held:
    return Held(database)


def test_overview_tells_how_many_are_held_and_names_some(pages: Pages, held: Held) -> None:
    page = pages.open(PAGE, pages.sign_in(Role.MANAGER))

    told = " ".join(each.value for each in page.markdown)
    assert "7 accounts are kept on" in told
    assert "Shop 0" in told
    assert "and 2 more" in told
    assert "Florist" not in told
    assert "Release accounts" not in [button.label for button in page.button]


def test_an_administrator_is_offered_the_release(pages: Pages, held: Held) -> None:
    page = pages.open(PAGE, pages.sign_in(Role.ADMIN))

    assert "Release accounts" in [button.label for button in page.button]


def test_only_the_accounts_that_are_named_are_released(pages: Pages, held: Held) -> None:
    def draw() -> None:
        draw_releasing(held.building.site_id)

    app = dialog(pages.sign_in(Role.ADMIN), Right.ADMINISTER, draw)
    app.multiselect(key="guard-chosen").set_value([held.shops[2].account_id]).run()
    app.text_input[0].set_value("the price was right")
    app.button[-1].click().run()

    assert held.shops[2] not in held.held()
    assert len(held.held()) == 6


def test_without_a_name_or_a_reason_nobody_is_released(pages: Pages, held: Held) -> None:
    def draw() -> None:
        draw_releasing(held.building.site_id)

    app = dialog(pages.sign_in(Role.ADMIN), Right.ADMINISTER, draw)
    app.text_input[0].set_value("the price was right")
    app.button[-1].click().run()
    nobody = [each.value for each in app.error]
    app.checkbox(key="guard-everybody").check().run()
    app.text_input[0].set_value(" ")
    app.button[-1].click().run()

    assert nobody == ["Choose the accounts to release."]
    assert len(app.error) == 1
    assert len(held.held()) == 7


def test_where_nobody_is_held_nothing_is_told(pages: Pages, held: Held) -> None:
    with held.building.database.writing() as conn:
        conn.execute(sa.update(crossings).values(guarded_at=None))

    page = pages.open(PAGE, pages.sign_in(Role.ADMIN))

    assert "Guard against mass cuts" not in " ".join(each.value for each in page.markdown)
