"""Alerts and events: listed, filtered, opened, acknowledged; the audit trail in words; and what is said of nothing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.alerts.alert_list import OPEN, OVER, SEEN, TOLD, WOULD_HAVE, state_of
from dashboard.alerts.event_list import OPEN as OPEN_EVENT
from dashboard.alerts.filters import Back
from prepaid.alerts import AlertKind
from prepaid.clock import SystemClock
from prepaid.records import Role
from sql.alerts import NewAlert, end_alerts, raise_alert
from sql.connection import Database
from sql.questions.alerts import AlertFilter, site_alerts
from sql.questions.events import EventFilter, events_page
from sql.tables import alerts
from tests.building import Building, Person
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.sql.questions.shown import ADMIN, beat, read

PAGE = "admin/alerts.py"
DAY = timedelta(days=1)


class Corner:
    """A bakery with alerts of many kinds."""

    def __init__(self, database: Database) -> None:
        forget_everything()
        self.database = database
        self.now = SystemClock().now()
        self.building = Building(database, at=self.now)
        self.bakery = self.building.tenant("Bakery")
        self.oven = self.building.analyzer("Oven", self.bakery)
        self.low = self.tell(AlertKind.LOW, 1, self.bakery)
        self.old = self.tell(AlertKind.GUARD, 60)
        self.lost = self.tell(AlertKind.ANALYZER_LOST, 3, self.bakery, self.oven)
        self.tamper = self.tell(AlertKind.TAMPER, 2, self.bakery, self.oven)

    def tell(
        self,
        kind: AlertKind,
        days_ago: float,
        person: Person | None = None,
        analyzer_id: int | None = None,
        *,
        would_have: bool = False,
    ) -> int:
        told = NewAlert(
            site_id=self.building.site_id,
            kind=kind,
            cause=f"{kind} {days_ago}",
            account_id=None if person is None else person.account_id,
            analyzer_id=analyzer_id,
            details={"why": "a test", "live_balance": "12", "currency": "IQD"},
            would_have=would_have,
        )
        with self.database.writing() as conn:
            raise_alert(conn, told, self.now - days_ago * DAY)
            return int(conn.execute(sa.select(sa.func.max(alerts.c.id))).scalar_one())


@pytest.fixture
def corner(database: Database) -> Corner:
    return Corner(database)


def look(pages: Pages, role: Role = Role.MANAGER, **query: str) -> AppTest:
    """The page at an address with these filters."""
    page = pages.open(None, pages.sign_in(role)).switch_page(PAGE)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def listed(page: AppTest) -> list[str]:
    (table,) = page.dataframe
    return list(table.value["what"])


def test_what_an_observed_account_would_have_been_told_says_so(corner: Corner, pages: Pages) -> None:
    critical = corner.tell(AlertKind.CRITICAL, 0.5, corner.bakery, would_have=True)

    page = look(pages, alert=str(critical))

    (table,) = page.dataframe
    assert [state for (state,) in table.value["state"]] == [WOULD_HAVE, TOLD, OPEN, OPEN]
    assert any("Mails that would have gone out: 1." in each.value for each in page.info)
    assert not [button for button in page.button if button.label == "Acknowledge"]


def test_alerts_of_the_last_month_are_listed_in_sentences(corner: Corner, pages: Pages) -> None:
    page = look(pages)

    assert listed(page) == [
        "Bakery: credit low, IQD\u00a012 left",
        "Settings of Oven were changed",
        "Analyzer Oven does not answer",
    ]
    (table,) = page.dataframe
    assert [state for (state,) in table.value["state"]] == [TOLD, OPEN, OPEN]


def test_filters_narrow_the_list(corner: Corner, pages: Pages) -> None:
    page = look(pages)

    page.toggle(key="alert_open").set_value(True).run()
    assert listed(page) == ["Settings of Oven were changed", "Analyzer Oven does not answer"]
    page.segmented_control(key="alert_span").set_value(Back.ALL).run()
    assert len(listed(page)) == 3
    page.text_input(key="alert_search").set_value("nobody").run()
    assert not page.dataframe
    assert any("Look further back" in each.value for each in page.caption)


def test_an_open_alert_tells_everything_and_is_acknowledged(corner: Corner, pages: Pages) -> None:
    page = look(pages, alert=str(corner.tamper))
    assert any("Compare its settings with the commissioning record" in each.value for each in page.info)

    page.button(key=f"acknowledge-{corner.tamper}").click().run()

    assert not page.exception
    (table,) = page.dataframe
    assert [state for (state,) in table.value["state"]] == [TOLD, SEEN, OPEN]
    with pytest.raises(KeyError):
        page.button(key=f"acknowledge-{corner.tamper}")


def test_what_is_wrong_now_stands_above_what_was_told_and_leads_to_what_to_do(corner: Corner, pages: Pages) -> None:
    beat(corner.building, corner.now)

    page = look(pages)

    (headline,) = page.error
    sentence = headline.value.replace("\\", "")
    assert sentence.startswith("Too many unexpected cuts at Corner House: none of them is done, for 60 days")
    assert page.page_link[0].label == "What was tried, and what to do"
    assert page.page_link[0].proto.page == "health"


def test_an_open_alert_says_for_how_long_and_how_often_it_was_tried(corner: Corner, pages: Pages) -> None:
    beat(corner.building, corner.now)
    read(corner.building, corner.oven, corner.now - DAY, failures=300, link_error="No route to host")

    shown = "\n".join(each.proto.body for each in look(pages, alert=str(corner.lost)).get("html"))

    assert "open for 3 days" in shown
    assert "Tried 300 times, the last answer: No route to host." in shown


def test_an_alert_that_is_not_there_is_said_to_be_gone(corner: Corner, pages: Pages) -> None:
    page = look(pages, alert="999")

    assert any("There is no alert" in each.value for each in page.warning)
    assert len(listed(page)) == 3


def test_the_state_of_an_alert_is_one_word(corner: Corner) -> None:
    with corner.database.writing() as conn:
        end_alerts(conn, corner.building.site_id, AlertKind.ANALYZER_LOST, corner.oven, corner.now)
        rows = site_alerts(conn, ADMIN, corner.building.site_id, AlertFilter()).alerts

    assert {row.alert_id: state_of(row) for row in rows} == {
        corner.low: TOLD,
        corner.tamper: OPEN,
        corner.lost: OVER,
        corner.old: OPEN,
    }


def test_the_audit_trail_tells_who_did_what_to_whom(corner: Corner, pages: Pages) -> None:
    corner.building.recharge(corner.bakery, "500", "a")
    page = look(pages)

    page.segmented_control(key="view").set_value("events").run()

    (table,) = page.dataframe
    assert list(table.value.iloc[0])[:3] == ["Sold a recharge of IQD\u00a0500", "Bakery", "tests"]
    page.text_input(key="event_who").set_value("nobody").run()
    assert not page.dataframe
    assert any("Nothing fits" in each.value for each in page.caption)


def test_an_event_that_is_opened_shows_every_fact_from_what_to_what(corner: Corner, pages: Pages) -> None:
    corner.building.recharge(corner.bakery, "500", "*a*")
    page = look(pages, subject=f"account:{corner.bakery.account_id}")
    with corner.database.reading() as conn:
        newest = events_page(conn, ADMIN, EventFilter(action="recharge.")).events[0]

    page.session_state[OPEN_EVENT] = repr(newest.key)
    page.run()

    facts = {row["Fact"]: row["After"] for _number, row in page.table[0].value.iterrows()}
    assert (facts["amount"], facts["key"]) == ("IQD\u00a0500", "\\*a\\*"), "what was typed is no Markdown"
    page.button(key="close-event").click().run()
    assert not page.table


def test_the_trail_of_one_subject_has_an_address(corner: Corner, pages: Pages) -> None:
    other = corner.building.tenant("Other")
    corner.building.recharge(corner.bakery, "500", "a")
    corner.building.recharge(other, "300", "b")

    page = look(pages, subject=f"account:{corner.bakery.account_id}")

    assert [sentence for sentence in listed(page) if "recharge" in sentence] == ["Sold a recharge of IQD\u00a0500"]
    page.button(key="all-subjects").click().run()
    assert len([sentence for sentence in listed(page) if "recharge" in sentence]) == 2


def test_a_site_without_alerts_says_so(database: Database, pages: Pages) -> None:
    forget_everything()
    Building(database)

    page = look(pages)

    assert not page.dataframe
    assert any(each.value == "No alerts" for each in page.subheader)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.TENANT])
def test_who_does_not_see_the_site_does_not_reach_the_page(role: Role, corner: Corner, pages: Pages) -> None:
    tenant_id = corner.bakery.tenant_id if role is Role.TENANT else None

    with pytest.raises(ValueError, match="alerts"):
        pages.open(PAGE, pages.sign_in(role, tenant_id=tenant_id))
