"""The dialog before going live: what prevents each account stands there, and who would be cut, before it is signed."""

from functools import partial
from io import BytesIO

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from dashboard.parts.export import xlsx_of
from dashboard.tenancy.live_dialog import draw_going_live
from dashboard.tenancy.live_table import live_export
from prepaid.access import Right
from prepaid.records import Role, Stage
from tests.dashboard.access import everything
from tests.dashboard.dialogs import dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.launch import Launch

PAGE = "admin/tenants.py"


class Desk(Launch):
    """The launch with the dialog of an administrator."""

    def __init__(self, pages: Pages) -> None:
        forget_everything()
        super().__init__(pages.database)
        self.token = pages.sign_in(Role.ADMIN)

    def open(self) -> AppTest:
        return dialog(self.token, Right.ADMINISTER, partial(draw_going_live, self.building.site_id))


@pytest.fixture
def desk(pages: Pages) -> Desk:
    return Desk(pages)


def sign(app: AppTest, reason: str) -> AppTest:
    app.text_input(key="live-reason").set_value(reason)
    return next(button for button in app.button if button.label == "Sign off").click().run()


def test_what_prevents_an_account_stands_in_the_table(desk: Desk) -> None:
    desk.building.tenant("Florist", stage=Stage.OBSERVED)

    told = everything(desk.open())

    assert "No analyzer belongs to it" in str(desk.open().dataframe[0].value.to_dict())
    assert "Would be cut at once" in told


def test_who_would_be_cut_is_named_before_it_is_signed_off(desk: Desk) -> None:
    desk.ready("Debtor", opening="-20")
    app = desk.open()

    app.checkbox(key="live-everybody").check().run()

    assert "1 of them are out of credit" in app.warning[0].value
    assert "Debtor" in app.warning[0].value
    assert Stage.ENFORCED not in desk.stages().values()


def test_warned_accounts_are_not_cut_so_nobody_is_named(desk: Desk) -> None:
    desk.ready("Debtor", opening="-20")
    app = desk.open()

    app.segmented_control(key="live-stage").set_value(Stage.WARNED).run()
    app.checkbox(key="live-everybody").check().run()

    assert not app.warning
    sign(app, "two weeks observed")
    assert set(desk.stages().values()) == {Stage.WARNED}


def test_only_the_chosen_accounts_are_signed_off(desk: Desk) -> None:
    florist, _analyzer = desk.ready("Florist", opening="5")
    app = desk.open()

    app.multiselect(key="live-chosen-enforced").set_value([florist.account_id]).run()
    sign(app, "two weeks observed")

    assert desk.stages() == {desk.bakery.number: Stage.OBSERVED, florist.number: Stage.ENFORCED}


def test_without_a_choice_or_a_reason_nothing_happens(desk: Desk) -> None:
    app = desk.open()

    nobody = sign(app, "two weeks observed").error[0].value
    app.checkbox(key="live-everybody").check().run()
    without = sign(app, " ").error[0].value

    assert nobody.startswith("No account is chosen")
    assert without.startswith("A reason is missing")
    assert desk.stages()[desk.bakery.number] is Stage.OBSERVED


def test_where_all_are_enforced_that_is_said(desk: Desk) -> None:
    desk.sign_off(desk.bakery)

    assert "No account waits" in desk.open().info[0].value


def test_where_nothing_is_ready_nothing_can_be_signed_off(desk: Desk) -> None:
    desk.building.analyzer("Kiln", desk.bakery)

    app = desk.open()

    assert "Nothing can be signed off yet" in app.warning[0].value
    assert "Sign off" not in [button.label for button in app.button]


def test_the_workbook_has_exact_numbers_and_a_row_an_account(desk: Desk) -> None:
    file = xlsx_of(live_export(desk.report()), "going-live")

    page = load_workbook(BytesIO(file))["going-live"]
    rows = [
        dict(zip([cell.value for cell in page[1]], [cell.value for cell in row], strict=True)) for row in page["2:9"]
    ]
    found = [row for row in rows if row["tenant"]]
    assert [(row["tenant"], row["opening_balance"], row["tested"], row["unit"]) for row in found] == [
        ("Bakery", 100, 1, None)
    ]


def test_only_administrators_are_offered_it(desk: Desk, pages: Pages) -> None:
    for role, offered in ((Role.ADMIN, True), (Role.MANAGER, False), (Role.CASHIER, False)):
        page = pages.open(PAGE, pages.sign_in(role))

        assert ("Go live" in [button.label for button in page.button]) is offered
