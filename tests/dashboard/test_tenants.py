"""Tenants: listed, searched, opened; what each role sees of one; what an administrator does, with its effect before."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from dashboard.tenancy.add_dialog import draw_adding
from dashboard.tenancy.assign_dialog import draw_assign, draw_give_back, draw_withdraw
from dashboard.tenancy.listed import Columns, Filter, Order, debts, export_of, matching, table_of
from dashboard.tenancy.logins import HANDED, draw_lock, draw_login_form, draw_reset, draw_unlock
from dashboard.tenancy.opened import CLICKED_NAME
from dashboard.tenancy.people_forms import draw_contact_form, draw_removal, draw_tenant_form
from dashboard.tenancy.policy_dialog import draw_policy_form
from documents.formats import Formats
from prepaid.access import Right, Viewer
from prepaid.alerts import AlertKind
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.errors.access import SignInFailed
from prepaid.records import EntryKind, Role, Stage
from prepaid.site_calendar import hours_fact
from prepaid.standing import Supplied
from sql import sessions
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.questions.account import tenant_picture
from sql.questions.tenant import Login, Tenant, tenant
from sql.questions.tenants import TenantRow
from sql.tables import accounts, analyzer_states, assignments, entries, plans, tenants
from tests.building import Building, Person
from tests.dashboard.dialogs import dialog
from tests.dashboard.pages import Pages

PAGE = "admin/tenants.py"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
WORDS = Formats("en", zone("Asia/Baghdad"))
ROW = TenantRow(
    tenant_id=1,
    account_id=2,
    name="Bakery",
    unit="G-01",
    number="A-0001",
    currency="IQD",
    stage=Stage.ENFORCED,
    exempt=False,
    balance=Decimal(10),
    live=Decimal("9.5"),
    emergency_credit=Decimal(0),
    restore_threshold=Decimal(0),
    days_left=2.5,
    ends_at=None,
    daily_amount=None,
    supplied=Supplied.ON,
    why=None,
    analyzers=1,
    last_recharge=None,
    last_recharge_at=None,
    week_wh=(1000,) * 7,
)


def row(**facts: Any) -> TenantRow:
    return TenantRow(**{**{name: getattr(ROW, name) for name in ROW.__dataclass_fields__}, **facts})


class Corner:
    """A bakery that has used something, a florist who was only added, and their pages."""

    def __init__(self, pages: Pages) -> None:
        st.cache_data.clear()
        self.pages = pages
        self.database: Database = pages.database
        now = SystemClock().now()
        self.building = Building(self.database, at=now - timedelta(hours=30))
        self.bakery: Person = self.building.tenant("Bakery", opening="100")
        self.florist = self.building.tenant("Florist", opening="-3", stage=Stage.OBSERVED)
        self.oven = self.building.analyzer("Oven", self.bakery)
        begun = self.building.begin(self.oven)
        self.building.charge(self.bakery, begun.grid_id, 2_000, now - timedelta(hours=25))
        self.building.recharge(self.bakery, "50", "one")

    def page(self, role: Role = Role.ADMIN, tenant_id: int | None = None, **query: str) -> AppTest:
        app = self.pages.open(None, self.pages.sign_in(role)).switch_page(PAGE)
        if tenant_id is not None:
            app.query_params["tenant"] = str(tenant_id)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    def part(self, name: str, role: Role = Role.ADMIN) -> AppTest:
        """One part of the bakery's page."""
        app = self.page(role, self.bakery.tenant_id)
        return app.segmented_control(key="tenant_part").set_value(name).run()

    def dialog(self, draw: Callable[[], None]) -> AppTest:
        """The inside of a dialog of an administrator."""
        return dialog(self.pages.sign_in(Role.ADMIN), Right.ADMINISTER, draw)

    def policy_dialog(self) -> AppTest:
        with self.database.reading() as conn:
            picture = tenant_picture(conn, ADMIN, self.building.site_id, self.bakery.tenant_id, SystemClock().now())
        return self.dialog(lambda: draw_policy_form(self.kept().accounts[0], picture.accounts[0]))

    def kept(self) -> Tenant:
        """What is written down of the bakery."""
        with self.database.reading() as conn:
            return tenant(conn, ADMIN, self.bakery.tenant_id, SystemClock().now())

    def emergency_credit(self) -> Decimal:
        return self.kept().accounts[0].policy.emergency_credit

    def would_tell_the_florist(self) -> None:
        """The enforcer has seen that the credit of the observed account is used up."""
        crossing = NewAlert(
            site_id=self.building.site_id,
            kind=AlertKind.EXHAUSTED,
            cause="crossing",
            account_id=self.florist.account_id,
            details={},
            would_have=True,
        )
        with self.database.writing() as conn:
            raise_alert(conn, crossing, self.database.now(conn))


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def field(app: AppTest, label: str) -> TextInput:
    return next(each for each in app.text_input if each.label == label)


def submit(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value[Columns.NAME]) if app.dataframe else []


def words_of(app: AppTest) -> str:
    """All that is read on the page, without what keeps Markdown from making something of it."""
    parts = (app.title, app.markdown, app.success, app.info, app.warning, app.error, app.subheader, app.caption)
    html = [element.proto.body for element in app.get("html")]
    shown = " ".join([*(element.value for part in parts for element in part), *html])
    return shown.replace("\u00a0", " ").replace("\\", "")


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_shows_every_tenant_with_what_is_left(corner: Corner) -> None:
    app = corner.page()

    assert listed(app) == ["Bakery", "Florist"]
    assert [metric.value for metric in app.metric][:2] == ["2", "0"]
    assert app.metric[3].value.replace("\u00a0", " ") == "IQD 3"
    assert list(app.dataframe[0].value[Columns.BALANCE]) == [149.7, -3.0]


def test_a_search_and_nothing_that_fits(corner: Corner) -> None:
    app = corner.page()

    app.text_input(key="tenant_search").set_value("flor").run()
    found = listed(app)
    app.text_input(key="tenant_search").set_value("nobody").run()

    assert found == ["Florist"]
    assert listed(app) == []
    assert "Nothing fits" in words_of(app)


def test_a_name_that_was_clicked_opens_the_tenant_also_when_its_row_has_moved(corner: Corner) -> None:
    app = corner.page()

    app.text_input(key="tenant_search").set_value("flor")
    app.session_state[CLICKED_NAME] = "Bakery"
    app.run()

    assert app.title[0].value == "Bakery"
    assert app.query_params["tenant"] == str(corner.bakery.tenant_id)


def test_rows_are_found_by_every_word_by_supply_and_by_the_time_left() -> None:
    rows = [
        ROW,
        row(name="Butcher", unit="G-02", supplied=Supplied.CUT, days_left=0.0, live=Decimal(-4)),
        row(name="Cafe", unit=None, days_left=None, live=Decimal(3), week_wh=(9000,) * 7),
    ]

    def names(**wanted: Any) -> list[str]:
        return [each.name for each in matching(rows, Filter(**wanted))]

    assert names(text="g-0 bak") == ["Bakery"]
    assert names(supplied=(Supplied.CUT,)) == ["Butcher"]
    assert names(within_days=3) == ["Bakery", "Butcher"]
    assert names(order=Order.DAYS) == ["Butcher", "Bakery", "Cafe"]
    assert names(order=Order.BALANCE) == ["Butcher", "Cafe", "Bakery"]
    assert names(order=Order.USE)[0] == "Cafe"


def test_debts_are_added_up_for_each_currency() -> None:
    rows = [ROW, row(live=Decimal("-1.5")), row(live=Decimal(-2)), row(live=Decimal(-7), currency="kWh")]

    assert debts(rows) == {"IQD": Decimal("3.5"), "kWh": Decimal(7)}


def test_a_file_has_exact_values_and_a_table_has_them_as_they_are_read() -> None:
    file, table = export_of([ROW], WORDS), table_of([ROW], WORDS)

    assert file["balance"][0] == Decimal("9.5")
    assert file["kwh_7_days"][0] == 7.0
    assert table[Columns.WEEK][0] == [1.0] * 7
    assert table[Columns.SUPPLY][0] == ["On"]


def test_without_a_tenant_the_list_says_what_to_do(pages: Pages) -> None:
    st.cache_data.clear()
    Building(pages.database)

    app = pages.open(PAGE, pages.sign_in(Role.ADMIN))

    assert app.subheader[0].value == "No tenant yet"
    assert "Add tenant" in labels(app)


# --- one tenant -----------------------------------------------------------------------------------------------------


def test_the_page_of_a_tenant_tells_what_is_left_and_what_was_used(corner: Corner) -> None:
    app = corner.page(Role.MANAGER, corner.bakery.tenant_id)

    shown = words_of(app)
    assert app.title[0].value == "Bakery"
    assert "IQD 150" in shown
    assert "2.00 kWh" in shown
    assert app.get("plotly_chart")


def test_the_power_of_a_silent_analyzer_is_not_shown_as_current(corner: Corner) -> None:
    with corner.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == corner.oven
        old = SystemClock().now() - timedelta(hours=2)
        conn.execute(analyzer_states.update().where(of).values(power_w=1_500.0, read_at=old))

    app = corner.page(Role.MANAGER, corner.bakery.tenant_id)
    now = words_of(app)
    app.segmented_control(key="tenant_part").set_value("analyzers").run()

    assert "Power now" in now
    assert "1.50 kW" not in now
    assert "1.50 kW" not in words_of(app)


def test_a_recharge_is_sold_to_the_account_that_the_page_is_about(corner: Corner) -> None:
    with corner.database.writing() as conn:
        second = accounts.c.id == corner.florist.account_id
        conn.execute(accounts.update().where(second).values(tenant_id=corner.bakery.tenant_id))
    app = corner.page(tenant_id=corner.bakery.tenant_id)

    app.selectbox(key="tenant_account").set_value(corner.florist.number).run()
    app.button(key="sell").click().run()

    assert app.query_params["account"] == corner.florist.number


@pytest.mark.slow
def test_a_tenant_that_is_not_there_is_told_in_words(corner: Corner) -> None:
    app = corner.page(tenant_id=999)

    assert "There is no tenant" in words_of(app)


def test_the_ledger_shows_counters_and_prices_or_only_what_moves_money(corner: Corner) -> None:
    app = corner.part("ledger")
    table = app.dataframe[0].value

    app.segmented_control(key="tenant_entries").set_value("money").run()

    assert list(table["No."]) == [3, 2, 1]
    charge = table[table["No."] == 2].iloc[0]
    assert charge["What"] == "Charge, grid"
    assert charge["kWh"].replace("\u00a0", " ") == "2.000 kWh"
    assert list(app.dataframe[0].value["What"]) == ["Recharge", "Opening balance"]


@pytest.mark.slow
def test_the_ledger_is_turned_page_by_page_there_and_back(corner: Corner) -> None:
    for _number in range(55):
        corner.building.post(corner.bakery, EntryKind.CORRECTION, "1")
    app = corner.part("ledger")
    newest = app.dataframe[0].value["No."][0]

    app.button(key="ledger-older").click().run()
    older = app.dataframe[0].value["No."][0]
    app.button(key="ledger-newer").click().run()

    assert (newest, older) == (58, 8)
    assert app.dataframe[0].value["No."][0] == 58


def test_a_manager_reads_everything_and_is_offered_nothing_to_change(corner: Corner) -> None:
    app = corner.page(Role.MANAGER, corner.bakery.tenant_id)

    for part, shown in (("analyzers", "Oven"), ("people", corner.bakery.email), ("policy", "Enforced")):
        app.segmented_control(key="tenant_part").set_value(part).run()
        assert shown in words_of(app)
        assert set(labels(app)) <= {"All tenants", "Sign out"}


def test_a_cashier_sees_balance_use_and_ledger_and_nothing_of_the_people(corner: Corner) -> None:
    app = corner.page(Role.CASHIER, corner.bakery.tenant_id)

    assert app.segmented_control(key="tenant_part").options == ["Use", "Ledger"]
    assert corner.bakery.email not in words_of(app)
    assert "Add tenant" not in labels(corner.page(Role.CASHIER))


def test_a_tenant_does_not_reach_it(corner: Corner) -> None:
    with pytest.raises(ValueError, match="page"):
        corner.pages.open(PAGE, corner.pages.sign_in(Role.TENANT, tenant_id=corner.bakery.tenant_id))


# --- what an administrator does ---------------------------------------------------------------------------------------


def test_an_administrator_adds_a_tenant_and_gets_the_first_password_once(corner: Corner) -> None:
    app = corner.dialog(draw_adding)
    for label, value in (("Name", "Cafe"), ("User name", "cafe"), ("Name of the contact", "Sara")):
        field(app, label).set_value(value)
    field(app, "Mail address").set_value("sara@example.com")

    submit(app, "Add tenant")

    with corner.database.reading() as conn:
        added = conn.execute(sa.select(tenants).where(tenants.c.name == "Cafe")).one()
        account = conn.execute(sa.select(accounts).where(accounts.c.tenant_id == added.id)).one()
    assert account.stage is Stage.OBSERVED
    assert account.number in words_of(app)
    assert "It is shown only now" in words_of(app)
    assert len(app.code[0].value) > 12
    app.run()
    assert [each.label for each in app.button] == ["Open the tenant"]


@pytest.mark.parametrize(("currency", "typed", "opened"), [("IQD", 12, "12"), ("KWD", 1.125, "1.125")])
def test_the_amounts_of_a_new_tenant_have_the_decimals_of_the_plan(
    corner: Corner, currency: str, typed: float, opened: str
) -> None:
    with corner.database.writing() as conn:
        conn.execute(plans.update().values(currency=currency))
    app = corner.dialog(draw_adding)
    field(app, "Name").set_value("Cafe")

    next(each for each in app.number_input if each.label == "Opening balance").set_value(typed)
    submit(app, "Add tenant")

    with corner.database.reading() as conn:
        of_accounts = sa.select(entries.c.amount).join(accounts, accounts.c.id == entries.c.account_id)
        cafe = of_accounts.join(tenants, tenants.c.id == accounts.c.tenant_id).where(tenants.c.name == "Cafe")
        assert conn.scalar(cafe) == Decimal(opened)


def test_a_tenant_without_a_name_is_refused_in_words_and_can_be_corrected(corner: Corner) -> None:
    app = corner.dialog(draw_adding)

    submit(app, "Add tenant")
    refused = words_of(app)
    field(app, "Name").set_value("Cafe")
    submit(app, "Add tenant")

    assert "Name: it is missing" in refused
    assert "The tenant was added" in words_of(app)


def test_a_policy_is_changed_after_its_effect_was_shown(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.number_input(key="policy-credit").set_value(500).run()
    shown = words_of(app)
    app.button(key="policy-save").click().run()

    assert "cut at -IQD 500" in shown
    assert corner.emergency_credit() == Decimal(500)


def test_a_debt_floor_of_its_own_is_kept_and_shown(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.number_input(key="policy-floor").set_value(2500).run()
    app.button(key="policy-save").click().run()

    assert corner.kept().accounts[0].policy.debt_floor == Decimal(2500)
    assert "2,500" in words_of(corner.part("policy"))


def test_own_no_cut_hours_are_written_like_those_of_the_site_and_shown(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.text_input(key="own-hours-6").set_value("20:00-08:00").run()
    app.button(key="policy-save").click().run()

    assert hours_fact(corner.kept().accounts[0].own_hours) == "0 00:00-08:00; 6 20:00-24:00"
    page = words_of(corner.part("policy"))
    assert "No-cut hours of its own" in page
    assert "20:00-24:00" in page


def test_own_hours_that_cannot_be_read_are_told_and_cannot_be_saved(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.text_input(key="own-hours-6").set_value("at night").run()

    assert "at night" in app.error[0].value
    assert labels(app) == []


def test_a_policy_that_cannot_be_is_told_and_cannot_be_saved(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.number_input(key="policy-threshold").set_value(-1).run()

    assert "Raise the restore threshold" in words_of(app)
    assert labels(app) == []


def test_an_analyzer_is_handed_over_after_its_effect_was_shown(corner: Corner) -> None:
    app = corner.dialog(lambda: draw_assign(corner.florist.account_id))
    app.selectbox(key="assign-analyzer").select_index(0).run()
    shown = words_of(app)

    app.button(key="assign-now").click().run()

    assert "is charged to **Bakery" in shown
    with corner.database.reading() as conn:
        waiting = conn.execute(sa.select(assignments).where(assignments.c.from_at.is_(None))).one()
    assert waiting.account_id == corner.florist.account_id
    page = corner.page(tenant_id=corner.florist.tenant_id)
    page.segmented_control(key="tenant_part").set_value("analyzers").run()
    assert "Begins with the next reading" in words_of(page)


@pytest.mark.slow
def test_an_analyzer_is_given_back_to_the_site_and_that_is_taken_back(corner: Corner) -> None:
    app = corner.dialog(lambda: draw_give_back(corner.oven))
    shown = words_of(app)
    app.button(key="assign-now").click().run()
    going = words_of(corner.part("analyzers"))

    corner.dialog(lambda: draw_withdraw(corner.oven, "Oven")).button(key="assign-withdraw").click().run()

    assert "the site itself" in shown
    assert "with the next reading" in going
    assert "with the next reading" not in words_of(corner.part("analyzers"))


def test_a_login_is_added_locked_unlocked_and_gets_a_new_first_password(corner: Corner) -> None:
    def login() -> Login:
        return next(each for each in corner.kept().logins if each.user_name == "oven.master")

    def signs_in(password: str) -> bool:
        try:
            return bool(sessions.sign_in(corner.database, "oven.master", password, None, None))
        except SignInFailed:
            return False

    bakery = corner.kept()
    app = corner.dialog(lambda: draw_login_form(bakery))
    field(app, "User name").set_value("oven.master")
    submit(app, "Add")
    first = app.code[0].value
    submit(app, "Done")
    was_in = signs_in(first)

    corner.dialog(lambda: draw_lock(login())).button(key="lock-now").click().run()
    while_locked = login().locked_at, signs_in(first)
    corner.dialog(lambda: draw_unlock(login())).button(key="unlock-now").click().run()
    again = signs_in(first)
    app = corner.dialog(lambda: draw_reset(login()))
    app.button(key="reset-now").click().run()
    second = app.code[0].value

    assert was_in and again
    assert while_locked[0] is not None and not while_locked[1]
    assert not signs_in(first) and signs_in(second)
    assert HANDED in app.session_state
    submit(app, "Done")
    assert HANDED not in app.session_state


def test_a_login_whose_name_is_taken_is_told_in_words(corner: Corner) -> None:
    corner.pages.sign_in(Role.TENANT, tenant_id=corner.bakery.tenant_id, user_name="taken")
    bakery = corner.kept()
    app = corner.dialog(lambda: draw_login_form(bakery))

    field(app, "User name").set_value("taken")
    submit(app, "Add")

    assert 'There is already a user "taken"' in words_of(app)
    assert not app.code


def test_only_an_administrator_is_offered_to_change_a_login(corner: Corner) -> None:
    corner.pages.sign_in(Role.TENANT, tenant_id=corner.bakery.tenant_id, user_name="oven.master")
    number = corner.kept().logins[0].user_id

    admin = {button.key for button in corner.part("people").button}
    manager = corner.part("people", Role.MANAGER)

    acts = {"add-login", f"reset-{number}", f"lock-{number}"}
    assert acts <= admin
    assert not acts & {button.key for button in manager.button}
    assert "oven.master" in words_of(manager)


@pytest.mark.slow
def test_a_contact_is_added_and_removed(corner: Corner) -> None:
    bakery = corner.kept()
    app = corner.dialog(lambda: draw_contact_form(bakery, None))
    field(app, "Name").set_value("Sara")
    field(app, "Phone").set_value("07")
    submit(app, "Add")
    sara = next(contact for contact in corner.kept().contacts if contact.facts.name == "Sara")

    corner.dialog(lambda: draw_removal(sara)).button(key="remove-now").click().run()

    assert sara.facts.phone == "07"
    assert "Sara" not in {contact.facts.name for contact in corner.kept().contacts}


@pytest.mark.slow
def test_a_tenant_that_somebody_else_changed_is_not_written_over(corner: Corner) -> None:
    bakery = corner.kept()
    app = corner.dialog(lambda: draw_tenant_form(bakery))
    with corner.database.writing() as conn:
        conn.execute(tenants.update().where(tenants.c.id == bakery.tenant_id).values(unit="G-09"))

    field(app, "Name").set_value("Corner Bakery")
    submit(app, "Save")

    assert "Somebody else changed this" in words_of(app)
    assert corner.kept().facts.name == "Bakery"


def test_of_an_observed_account_stands_there_what_would_have_been_told(corner: Corner) -> None:
    before = words_of(corner.page(Role.MANAGER, corner.florist.tenant_id))
    corner.would_tell_the_florist()

    shown = words_of(corner.page(Role.MANAGER, corner.florist.tenant_id))
    of_enforced = words_of(corner.page(Role.MANAGER, corner.bakery.tenant_id))

    assert "Mails that would have gone out" in before
    assert "Credit is used up" not in before
    assert "Credit is used up" in shown
    assert "Mails that would have gone out" not in of_enforced
