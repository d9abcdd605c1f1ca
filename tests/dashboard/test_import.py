"""The import dialog: a file is looked at before anything is written, and written as it was seen."""

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.parts.export import XLSX
from dashboard.tenancy.import_dialog import FILE, draw_importing
from prepaid.access import Right
from prepaid.clock import SystemClock
from prepaid.records import Role
from prepaid.workbook import Sheet
from sql.connection import Database
from sql.tables import tenants
from tests.building import Building
from tests.dashboard.access import everything
from tests.dashboard.dialogs import dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.workbooks import BAKERY, small_workbook, workbook_of

PAGE = "admin/tenants.py"


class Front:
    """The dialog of an administrator at an empty site."""

    def __init__(self, pages: Pages) -> None:
        forget_everything()
        self.pages = pages
        self.database: Database = pages.database
        self.building = Building(self.database, at=SystemClock().now())
        self.admin = pages.sign_in(Role.ADMIN)
        self.app = dialog(self.admin, Right.ADMINISTER, self.draw)

    @property
    def draw(self) -> Callable[[], None]:
        return partial(draw_importing, self.building.site_id)

    def choose(self, content: bytes) -> AppTest:
        return self.app.file_uploader(key=FILE).set_value(("import.xlsx", content, XLSX)).run()

    def tenants(self) -> list[str]:
        with self.database.reading() as conn:
            return list(conn.scalars(sa.select(tenants.c.name).order_by(tenants.c.name)))


@pytest.fixture
def front(pages: Pages) -> Front:
    return Front(pages)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_file_is_shown_before_it_is_written(front: Front) -> None:
    app = front.choose(small_workbook())

    told = everything(app)
    assert "IQD 1,250" in told
    assert "Oven" in told
    assert "10.0.0.1:502/1" in told
    assert "Import now" in labels(app)
    assert front.tenants() == []


def test_what_was_seen_is_written_and_told(front: Front) -> None:
    front.choose(small_workbook())

    app = front.app.button(key="import-now").click().run()

    assert [each.value for each in app.success] == ["The file was imported."]
    assert front.tenants() == ["Bakery"]
    assert labels(app) == ["Close"]
    assert not app.file_uploader


def test_every_finding_stands_there_and_nothing_can_be_written(front: Front) -> None:
    app = front.choose(workbook_of({Sheet.TENANTS: [{**BAKERY, "Plan": "Homes"}, {"Plan": "Shops"}]}))

    told = everything(app)
    assert "2 things in this file are not right" in app.error[0].value
    assert "Tenants, row 2" in told
    assert "Tenants, row 3" in told
    assert "Import now" not in labels(app)


def test_what_stands_in_a_file_of_others_is_told_as_it_stands_and_is_no_link(front: Front) -> None:
    link = "[Homes](https://elsewhere.example)"

    app = front.choose(workbook_of({Sheet.TENANTS: [{**BAKERY, "Plan": link}]}))

    told = str(app.table[0].value.to_dict())
    assert "Homes" in told
    assert link not in told


def test_a_file_that_cannot_be_read_is_said_in_a_sentence(front: Front) -> None:
    app = front.choose(b"Name,Plan\nBakery,Shops\n")

    assert "no XLSX file" in app.error[0].value
    assert "Import now" not in labels(app)


def test_the_same_file_again_says_that_all_is_there(front: Front) -> None:
    front.choose(small_workbook())
    front.app.button(key="import-now").click().run()
    front.app.button(key="import-close").click().run()

    app = front.choose(small_workbook())

    assert "Everything in this file is there already." in app.info[0].value
    assert "Import now" not in labels(app)


def test_what_changed_meanwhile_is_said_and_shown_anew(front: Front) -> None:
    front.choose(small_workbook())
    front.building.tenant("Bakery")

    anew = front.app.button(key="import-now").click().run()

    assert "Somebody else changed this" in anew.error[0].value
    assert "its account is enforced already" in everything(anew)
    assert "Import now" not in labels(anew)
    assert front.tenants() == ["Bakery"]


def test_only_administrators_are_offered_the_import(front: Front) -> None:
    for role, offered in ((Role.ADMIN, True), (Role.MANAGER, False), (Role.CASHIER, False)):
        page = front.pages.open(PAGE, front.pages.sign_in(role))

        assert ("Import" in labels(page)) is offered


def test_another_file_takes_the_place_of_the_first_one(front: Front) -> None:
    front.choose(small_workbook())

    app = front.choose(workbook_of({Sheet.TENANTS: [{**BAKERY, "Name": "Tailor"}]}))
    app.button(key="import-now").click().run()

    assert front.tenants() == ["Tailor"]
