"""Portfolio, and which site all other pages show: chosen, kept, named in the address, and never one of others."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from prepaid.alerts import AlertKind
from prepaid.clock import SystemClock
from prepaid.records import Role, Source
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from tests.building import Building, Person
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.sql.questions.shown import beat, read

PAGE, OVERVIEW, TENANTS = "admin/portfolio.py", "admin/overview.py", "admin/tenants.py"


class TwoSites:
    """A mall in Kathmandu that runs well, and a tower in New York whose enforcer has been silent for five minutes."""

    def __init__(self, database: Database) -> None:
        forget_everything()
        self.now = SystemClock().now()
        self.mall = Building(database, name="Kathmandu Mall", time_zone="Asia/Kathmandu", currency="NPR", at=self.now)
        self.tower = Building(
            database, name="New York Tower", time_zone="America/New_York", currency="USD", at=self.now
        )
        self.mall_shop, self.tower_shop = self.shop(self.mall, 2_000.0), self.shop(self.tower, 700.0)
        beat(self.mall, self.now, source=Source.GRID)
        beat(self.tower, self.now - timedelta(minutes=5), source=Source.GRID)

    def shop(self, building: Building, power_w: float) -> Person:
        """A tenant whose analyzer was read just now."""
        person = building.tenant(f"Shop of {building.name}", opening="50")
        analyzer_id = building.analyzer(f"Meter of {building.name}", person)
        building.begin(analyzer_id)
        read(building, analyzer_id, self.now, power_w=power_w)
        return person

    def alarm(self, building: Building, kind: AlertKind) -> None:
        with building.database.writing() as conn:
            raise_alert(conn, NewAlert(site_id=building.site_id, kind=kind, cause=f"{kind}", details={}), self.now)


@pytest.fixture
def two(database: Database) -> TwoSites:
    return TwoSites(database)


def shown(page: AppTest) -> str:
    """All texts of the page."""
    assert not page.exception, page.exception
    kinds = (page.title, page.markdown, page.caption, page.error, page.warning, page.subheader)
    texts = [each.value for kind in kinds for each in kind]
    texts += [each.proto.body for each in page.get("html")]
    texts += [each.label for each in page.page_link] + [f"{each.label} {each.value}" for each in page.metric]
    return "\n".join(texts).replace("\u00a0", " ").replace("\u202f", " ")


def names(page: AppTest) -> list[str]:
    """The sites in the order of their cards."""
    return [each.label.strip("*") for each in page.page_link if each.label.startswith("**")]


def test_each_site_has_its_card_and_only_what_adds_up_is_added(two: TwoSites, pages: Pages) -> None:
    two.alarm(two.mall, AlertKind.ANALYZER_LOST)
    two.alarm(two.tower, AlertKind.ENFORCER_SILENT)

    page = pages.open(PAGE, pages.sign_in(Role.MANAGER))

    said = shown(page)
    assert names(page) == ["New York Tower", "Kathmandu Mall"], "what is silent comes first"
    assert [each.label for each in page.metric] == ["Sites", "Load now", "Analyzers", "Open alarms"]
    assert [each.value for each in page.metric if each.label != "Load now"] == ["2", "2", "2"]
    assert "Load now 2.00 kW" in said, "old readings of the tower are no load of now"
    assert "Enforcer silent, last ran 5 minutes ago" in said
    assert "Analyzer does not answer, since" in said
    assert "Enforcer is silent" not in said, "that stands in its badge already"
    assert "nothing is read" in said
    assert "in Asia/Kathmandu" in said
    assert "in America/New\\_York" in said


def test_a_card_leads_to_the_overview_of_its_site(two: TwoSites, pages: Pages) -> None:
    token = pages.sign_in(Role.ADMIN)
    page = pages.open(PAGE, token)
    link = next(each for each in page.page_link if each.label == "**New York Tower**")
    assert link.proto.query_string == f"site={two.tower.site_id}"

    there = pages.open(OVERVIEW, token, {"site": str(two.tower.site_id)})

    assert ":material/apartment: **New York Tower**" in shown(there)


def test_who_may_see_several_sites_begins_with_all_of_them(two: TwoSites, pages: Pages) -> None:
    assert pages.open(None, pages.sign_in(Role.MANAGER)).title[0].value == "Portfolio"


def test_who_belongs_to_one_site_has_no_portfolio_and_no_choice(two: TwoSites, pages: Pages) -> None:
    token = pages.sign_in(Role.MANAGER, site_id=two.tower.site_id)

    page = pages.open(None, token)

    assert page.title[0].value == "Overview"
    assert not page.selectbox
    assert "Kathmandu" not in shown(page)
    with pytest.raises(ValueError, match="portfolio"):
        pages.open(PAGE, token)


def test_the_chosen_site_is_kept_and_named_in_the_address(two: TwoSites, pages: Pages) -> None:
    page = pages.open(TENANTS, pages.sign_in(Role.MANAGER))
    assert page.query_params["site"] == str(two.mall.site_id)

    page.selectbox(key="site_chooser").select(two.tower.site_id).run()

    assert page.query_params["site"] == str(two.tower.site_id)
    assert "New York Tower" in shown(page)
    page.switch_page(OVERVIEW).run()
    assert page.query_params["site"] == str(two.tower.site_id)
    assert "New York Tower" in shown(page)


def test_what_was_opened_at_one_site_stays_behind_at_another(two: TwoSites, pages: Pages) -> None:
    opened = {"tenant": str(two.mall_shop.tenant_id)}
    page = pages.open(TENANTS, pages.sign_in(Role.ADMIN), opened)
    assert page.title[0].value == "Shop of Kathmandu Mall"

    page.selectbox(key="site_chooser").select(two.tower.site_id).run()

    assert page.title[0].value == "Tenants"
    assert "tenant" not in page.query_params


@pytest.mark.parametrize("named", ["999999", "", "Kathmandu Mall", "-1", "1 OR 1=1"])
def test_an_address_that_names_no_site_is_answered_like_one_that_is_not_allowed(
    two: TwoSites, pages: Pages, named: str
) -> None:
    page = pages.open(OVERVIEW, pages.sign_in(Role.ADMIN), {"site": named})

    assert [each.value for each in page.subheader] == ["This page is not for you"]
    assert not page.metric


def test_the_site_of_others_is_answered_the_same_and_tells_nothing(two: TwoSites, pages: Pages) -> None:
    token = pages.sign_in(Role.MANAGER, site_id=two.tower.site_id)

    foreign = pages.open(OVERVIEW, token, {"site": str(two.mall.site_id)})
    nowhere = pages.open(OVERVIEW, token, {"site": "999999"})

    assert shown(foreign) == shown(nowhere)
    assert "Kathmandu" not in shown(foreign)


def test_an_analyzer_of_another_site_than_the_shown_one_is_not_opened(two: TwoSites, pages: Pages) -> None:
    (analyzer_id,) = two.tower.load().analyzers

    page = pages.open(
        "admin/analyzers.py",
        pages.sign_in(Role.ADMIN),
        {"site": str(two.mall.site_id), "analyzer": str(analyzer_id)},
    )

    assert [each.value for each in page.subheader] == ["No such analyzer"]


def test_the_banner_of_a_silent_enforcer_stands_above_every_page_of_the_staff(two: TwoSites, pages: Pages) -> None:
    for role, file in ((Role.CASHIER, "admin/recharge.py"), (Role.MANAGER, "admin/settings.py")):
        page = pages.open(file, pages.sign_in(role))

        (banner,) = page.error
        assert banner.value.startswith("The enforcer of New York Tower has been silent for 5 minutes")


def test_the_banner_is_for_the_own_sites_only(two: TwoSites, pages: Pages) -> None:
    page = pages.open(OVERVIEW, pages.sign_in(Role.MANAGER, site_id=two.mall.site_id))

    assert not page.error


def test_a_tenant_is_not_told_of_enforcers(two: TwoSites, pages: Pages) -> None:
    page = pages.open("tenant/balance.py", pages.sign_in(Role.TENANT, tenant_id=two.tower_shop.tenant_id))

    assert not page.exception
    assert not page.error
