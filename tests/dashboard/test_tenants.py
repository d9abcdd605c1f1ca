"""Tenants: listed, searched, opened; what each role sees of one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st

from dashboard.tenancy.listed import Columns, Filter, Order, debts, export_of, matching, table_of
from dashboard.tenancy.opened import CLICKED_NAME
from documents.formats import Formats
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.records import EntryKind, Role, Stage
from prepaid.standing import Supplied
from sql.questions.tenants import TenantRow
from sql.tables import accounts, analyzer_states
from tests.building import Building
from tests.dashboard.corner import PAGE, Corner, labels, listed, words_of
from tests.dashboard.pages import Pages

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


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


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


def test_a_tenant_without_analyzers_has_no_supply_to_tell_of() -> None:
    table = table_of([row(analyzers=0)], WORDS)

    assert list(table[Columns.SUPPLY]) == [[]]


def test_without_a_tenant_the_list_says_what_to_do(pages: Pages) -> None:
    st.cache_data.clear()
    Building(pages.database)

    app = pages.open(PAGE, pages.sign_in(Role.ADMIN))

    assert app.subheader[0].value == "No tenant yet"
    assert "Add tenant" in labels(app)


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
