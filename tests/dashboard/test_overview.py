"""Overview: what the first screen says of a site that lives, of a silent one and of an empty one; who may act."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from prepaid.alerts import AlertKind, Level
from prepaid.clock import SystemClock
from prepaid.records import Purpose, Role, Source
from prepaid.switching import Supply
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.tables import alerts, crossings, events
from tests.building import Building, Person
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.sql.questions.shown import beat, read, show

PAGE = "admin/overview.py"
HOUR = timedelta(hours=1)


class Corner:
    """A bakery that is cut and in debt, a florist running low, both on the generator, with an incomer above."""

    def __init__(self, database: Database) -> None:
        forget_everything()
        self.now = SystemClock().now()
        self.building = building = Building(database, at=self.now)
        self.bakery, self.florist = building.tenant("Bakery", opening="-500"), building.tenant("Florist", opening="90")
        self.oven = self.meter("Oven", self.bakery, Supply.CUT, power_w=0.0)
        self.meter("Window", self.florist, Supply.ON, power_w=1_500.0)
        incomer = building.analyzer("Generator", purpose=Purpose.GENERATOR_INCOMER)
        read(building, incomer, self.now, power_w=1_600.0)
        building.recharge(self.florist, "1000", "a")
        with database.writing() as conn:
            of = crossings.c.account_id == self.florist.account_id
            conn.execute(crossings.update().where(of).values(level=Level.CRITICAL))

    def meter(self, name: str, person: Person, supply: Supply, power_w: float) -> int:
        analyzer_id = self.building.analyzer(name, person)
        begun = self.building.begin(analyzer_id)
        self.building.use(begun.generator_id, 2_000)
        read(self.building, analyzer_id, self.now, active_tariff=1, power_w=power_w)
        show(self.building, analyzer_id, supply, since_at=self.now - HOUR)
        return analyzer_id

    def lives(self, age: timedelta = timedelta(0)) -> None:
        """The enforcer ran so long ago."""
        beat(self.building, self.now - age, source=Source.GENERATOR, source_since_at=self.now - HOUR)

    def alarm(self) -> int:
        """A bypass at the bakery."""
        told = NewAlert(
            site_id=self.building.site_id,
            kind=AlertKind.BYPASS,
            cause="a test",
            account_id=self.bakery.account_id,
            analyzer_id=self.oven,
            details={"why": "3.2 A while cut"},
        )
        with self.building.database.writing() as conn:
            raise_alert(conn, told, self.now)
            return int(conn.execute(sa.select(sa.func.max(alerts.c.id))).scalar_one())


@pytest.fixture
def corner(database: Database) -> Corner:
    return Corner(database)


def look(pages: Pages, role: Role = Role.MANAGER) -> AppTest:
    page = pages.open(PAGE, pages.sign_in(role))
    assert not page.exception, page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {each.label: str(each.value).replace("\u00a0", " ") for each in page.metric}


def test_the_first_screen_answers_what_runs_who_is_cut_and_what_was_sold(corner: Corner, pages: Pages) -> None:
    corner.lives()

    page = look(pages)

    shown = metrics(page)
    assert shown["Load now"] == "1.50 kW"
    assert shown["Source now"] == "Generator"
    assert shown["Sold today"] == "4 kWh"
    assert shown["Recharged today"] == "IQD 1,000"
    assert (shown["Tenants cut"], shown["Running low"], shown["Analyzers"]) == ("1", "1", "3")
    assert shown["Enforcer last ran"].endswith("s ago")
    assert not page.error
    assert [each.label for each in page.page_link][:2] == ["Bakery", "Florist"]
    assert page.page_link[0].proto.query_string == f"tenant={corner.bakery.tenant_id}"
    (bakery, *_figures) = [each.value for each in page.markdown if "since" in each.value]
    assert bakery.startswith(":red-badge[cut since")
    assert len(page.get("plotly_chart")) == 1


def test_who_has_no_credit_left_and_is_still_on_is_said_to_have_used_it_up(corner: Corner, pages: Pages) -> None:
    corner.lives()
    with corner.building.database.writing() as conn:
        of = crossings.c.account_id == corner.florist.account_id
        conn.execute(crossings.update().where(of).values(level=Level.EXHAUSTED))

    page = look(pages)

    assert ":red-badge[credit used up]" in [each.value for each in page.markdown]


def test_a_silent_enforcer_is_the_first_thing_that_is_said(corner: Corner, pages: Pages) -> None:
    corner.lives(timedelta(minutes=5))

    page = look(pages, Role.ADMIN)

    (banner,) = page.error
    assert banner.value.startswith("The enforcer of Corner House has been silent for 5 minutes. Nothing is cut")
    assert (metrics(page)["Load now"], metrics(page)["Source now"]) == ("–", "–"), "old readings are not of now"


def test_who_cannot_start_a_silent_enforcer_is_told_whom_to_tell(corner: Corner, pages: Pages) -> None:
    corner.lives(timedelta(minutes=5))

    page = look(pages)

    (banner,) = page.error
    assert "for 5 minutes: tell an administrator. Recharges are booked" in banner.value.replace("\\", "")


def test_an_empty_site_says_what_is_missing(database: Database, pages: Pages) -> None:
    forget_everything()
    Building(database)

    page = look(pages)

    assert not page.error
    assert page.warning[0].value.startswith("The enforcer of Corner House has not started yet.")
    said = [each.value for each in page.caption]
    assert "No open alarms." in said
    assert "No tenant can run out of credit: no account is in use yet." in said


def test_an_alarm_is_acknowledged_by_the_manager_where_it_is_seen(corner: Corner, pages: Pages) -> None:
    corner.lives()
    alert_id = corner.alarm()
    page = look(pages)
    assert any("Bakery draws power while cut" in each.value for each in page.markdown)

    page.button(key=f"acknowledge-{alert_id}").click().run()

    assert not page.exception
    assert "No open alarms." in [each.value for each in page.caption]
    with corner.building.database.reading() as conn:
        assert conn.scalar(sa.select(alerts.c.acknowledged_by).where(alerts.c.id == alert_id)) == "The manager"
        assert conn.scalar(sa.select(events.c.subject).where(events.c.action == "alert.acknowledged"))


def test_what_is_in_force_stands_on_the_page(corner: Corner, pages: Pages) -> None:
    corner.lives()
    corner.building.wish("pause", None, corner.now + HOUR)
    corner.building.lock(corner.oven)

    said = "\n".join(each.value for each in look(pages).markdown).replace("\\", "")

    assert "Cuts are paused" in said
    assert "Safety lock: Oven" in said
    assert "a test asks for it" in said


@pytest.mark.parametrize("role", [Role.CASHIER, Role.TENANT])
def test_who_does_not_see_the_site_does_not_reach_the_page(role: Role, corner: Corner, pages: Pages) -> None:
    tenant_id = corner.bakery.tenant_id if role is Role.TENANT else None

    with pytest.raises(ValueError, match="overview"):
        pages.open(PAGE, pages.sign_in(role, tenant_id=tenant_id))
