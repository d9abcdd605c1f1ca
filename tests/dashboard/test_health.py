"""Health: one sentence says whether everything works; what is wrong comes gravest first, with what to do and where."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from prepaid.alerts import AlertKind, MessageState
from prepaid.clock import SystemClock
from prepaid.records import Role
from sql.alerts import NewAlert, raise_alert
from sql.backups import Made, begin_backup, end_backup
from sql.connection import Database
from sql.leases import acquire
from sql.operation import job_done
from sql.sizes import keep_size, measure
from sql.tables import analyzer_states, messages, proofs, supply_changes
from tests.building import Building
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.sql.questions.shown import beat, read

PAGE = "admin/health.py"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Plant:
    """A site with a bakery and two analyzers that are read."""

    def __init__(self, database: Database) -> None:
        forget_everything()
        self.now = SystemClock().now()
        self.database = database
        self.building = Building(database, name="Zarqa House", at=self.now)
        self.building.admin("admin@here.example")
        self.bakery = self.building.tenant("Bakery", opening="50")
        self.oven, self.mixer = (self.building.analyzer(name, self.bakery) for name in ("Oven", "Mixer"))
        for analyzer_id in (self.oven, self.mixer):
            self.building.begin(analyzer_id)
            read(self.building, analyzer_id, self.now)

    def lives(self, age: timedelta = timedelta(0)) -> None:
        beat(self.building, self.now - age, started_at=self.now - DAY, pass_ms=38.0)
        with self.database.writing() as conn:
            acquire(conn, self.building.site_id, "here:1", self.now, timedelta(hours=1))

    def keeps_everything(self) -> None:
        """Backed up, proven, measured, all jobs done."""
        size = measure(self.database)
        with self.database.writing() as conn:
            keep_size(conn, size)
            backup_id = begin_backup(conn, "-", "a test", "0019", self.now)
            end_backup(conn, backup_id, Made(place="-", bytes=12_000_000, sha256="0" * 64), self.now)
            proof = {"scope": "all", "breaches": 0, "findings": {}}
            conn.execute(proofs.insert().values(began_at=self.now, ended_at=self.now, **proof))
            for name in ("forecast", "purge", "requests", "check", "storage", "backup"):
                job_done(conn, self.building.site_id, name, self.now, self.now, "done")

    def alarm(self, kind: AlertKind, analyzer_id: int | None = None, age: timedelta = MINUTE, why: str = "") -> None:
        told = NewAlert(
            site_id=self.building.site_id,
            kind=kind,
            cause=f"{kind}:{analyzer_id}",
            account_id=self.bakery.account_id if analyzer_id else None,
            analyzer_id=analyzer_id,
            details={"why": why},
        )
        with self.database.writing() as conn:
            raise_alert(conn, told, self.now - age)


@pytest.fixture
def plant(database: Database) -> Plant:
    return Plant(database)


def look(pages: Pages, role: Role = Role.MANAGER) -> AppTest:
    page = pages.open(PAGE, pages.sign_in(role))
    assert not page.exception, page.exception
    return page


def said(page: AppTest) -> list[str]:
    return [each.value.replace("\\", "").replace("\u00a0", " ") for each in page.markdown]


def facts(page: AppTest) -> str:
    return "\n".join(each.proto.body for each in page.get("html")).replace("\u00a0", " ")


def test_a_site_that_works_says_so_in_one_sentence(plant: Plant, pages: Pages) -> None:
    plant.lives()
    plant.keeps_everything()

    page = look(pages)

    assert [each.value for each in page.success] == ["Everything works."]
    assert not page.error
    assert not page.warning
    shown = facts(page)
    for fact in (
        "2 of 2",
        "here:1",
        "the last one took 38 ms",
        "97%",
        "97 reads",
        "verified, 12 MB",
        "right",
        "trusted",
        "SQLite",
    ):
        assert fact in shown, fact
    assert [each.value for each in page.subheader] == [
        "Enforcer",
        "Clocks and versions",
        "Reads",
        "Database",
        "Switching",
        "Messages",
        "Jobs",
    ]


def test_a_silent_enforcer_comes_before_everything_else(plant: Plant, pages: Pages) -> None:
    plant.lives(timedelta(minutes=61))
    plant.alarm(AlertKind.GUARD, age=2 * DAY)

    page = look(pages)

    banner, headline = page.error
    assert "silent" in banner.value
    assert headline.value.replace("\\", "") == "The enforcer is silent, for 1 hour 1 minute (and 1 more thing)"
    sentences = said(page)
    assert sentences[0].startswith(":red[**The enforcer is silent**] :gray[since ")
    assert any("python -m enforcer run" in each for each in sentences)


def test_a_silent_enforcer_and_its_alarm_are_one_trouble(plant: Plant, pages: Pages) -> None:
    plant.lives(timedelta(minutes=61))
    plant.alarm(AlertKind.ENFORCER_SILENT, age=60 * MINUTE)

    page = look(pages)

    assert page.error[1].value.replace("\\", "") == "The enforcer is silent, for 1 hour 1 minute"
    assert [link.label for link in page.page_link] == ["Open"]


def test_where_no_enforcer_ever_ran_it_is_said_how_to_start_one(plant: Plant, pages: Pages) -> None:
    page = look(pages)

    assert page.error[0].value == "No enforcer has ever run here"
    assert "No enforcer has ever run for this site." in [each.value for each in page.caption]
    assert "No job was done yet: the first ones come with the first pass." in [each.value for each in page.caption]


def test_an_analyzer_that_does_not_answer_says_what_was_tried_and_leads_to_it(plant: Plant, pages: Pages) -> None:
    plant.lives()
    plant.alarm(AlertKind.ANALYZER_LOST, plant.oven, age=5 * MINUTE)
    with plant.database.writing() as conn:
        silent = {"read_at": plant.now - 6 * MINUTE, "failures": 41, "link_error": "No route to host."}
        conn.execute(analyzer_states.update().where(analyzer_states.c.analyzer_id == plant.oven).values(silent))

    page = look(pages)

    assert page.warning[0].value.startswith("Analyzer Oven does not answer, for 5 minutes")
    assert not page.error
    assert any("Tried 41 times, the last answer: No route to host. It is tried again" in each for each in said(page))
    assert any("Check its power, its network cable and its address." in each for each in said(page))
    assert page.page_link[0].proto.query_string == f"analyzer={plant.oven}"
    assert "1 of 2" in facts(page)


def test_many_of_a_kind_are_one_line_and_the_gravest_comes_first(plant: Plant, pages: Pages) -> None:
    plant.lives()
    for analyzer_id in (plant.oven, plant.mixer):
        plant.alarm(AlertKind.ANALYZER_LOST, analyzer_id, age=DAY)
    plant.alarm(AlertKind.DISK_LOW, why="0.4 GB of the disk are free.")

    page = look(pages)

    assert page.error[0].value.startswith("The disk of the database of Zarqa House fills up, for 1 minute")
    titles = [each for each in said(page) if each.startswith((":red[", ":orange["))]
    assert titles[0].startswith(":red[**The disk of the database")
    assert titles[1].startswith(":orange[**2 times: Analyzer does not answer**]")
    assert ":small[Mixer, Oven]" in said(page) or ":small[Oven, Mixer]" in said(page)
    assert "alert_kinds=analyzer_lost" in page.page_link[1].proto.query_string


def test_what_stops_the_site_comes_before_what_is_older(plant: Plant, pages: Pages) -> None:
    plant.lives()
    plant.alarm(AlertKind.BOOKS_WRONG, age=3 * DAY)
    plant.alarm(AlertKind.TAMPER, plant.oven, age=2 * DAY)
    plant.alarm(AlertKind.CLOCK)
    plant.alarm(AlertKind.GUARD)

    titles = [each for each in said(look(pages)) if each.startswith((":red[", ":orange["))]

    assert [each.partition("**")[2].partition("**")[0] for each in titles][:4] == [
        "The clocks of Zarqa House disagree",
        "Too many unexpected cuts at Zarqa House: none of them is done",
        "The books of Zarqa House are not right",
        "Settings of Oven were changed",
    ]


def test_a_cut_that_fails_says_how_often_it_was_tried(plant: Plant, pages: Pages) -> None:
    plant.lives()
    plant.alarm(AlertKind.CUT_WITHOUT_EFFECT, plant.oven)
    with plant.database.writing() as conn:
        conn.execute(
            supply_changes.insert().values(
                site_id=plant.building.site_id,
                analyzer_id=plant.oven,
                account_id=plant.bakery.account_id,
                wanted="cut",
                reason="credit",
                progress="written",
                live_balance=0,
                entry_no=1,
                evidence="none",
                decided_at=plant.now,
                tries=7,
                error="The device refuses writes.",
            )
        )

    page = look(pages)

    assert any("Tried 7 times, the last answer: The device refuses writes." in each for each in said(page))


def test_messages_that_wait_and_jobs_that_are_overdue_are_told(plant: Plant, pages: Pages) -> None:
    plant.lives()
    plant.alarm(AlertKind.BYPASS, plant.oven, age=20 * MINUTE)
    with plant.database.writing() as conn:
        conn.execute(messages.update().values(state=MessageState.WAITING, error="Connection refused"))
        job_done(conn, plant.building.site_id, "forecast", plant.now - 3 * DAY, plant.now - 3 * DAY, "done")

    page = look(pages)

    titles = [each for each in said(page) if each.startswith((":red[", ":orange["))]
    assert any("Messages wait to be sent" in each for each in titles)
    assert any("The job “Forecast of every credit” is overdue" in each for each in titles)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.TENANT])
def test_who_does_not_see_the_site_does_not_reach_the_page(role: Role, plant: Plant, pages: Pages) -> None:
    tenant_id = plant.bakery.tenant_id if role is Role.TENANT else None

    with pytest.raises(ValueError, match="health"):
        pages.open(PAGE, pages.sign_in(role, tenant_id=tenant_id))


def test_messages_of_other_sites_are_not_counted(plant: Plant, pages: Pages) -> None:
    plant.lives()
    elsewhere = Building(plant.database, name="Elsewhere", at=plant.now)
    told = NewAlert(site_id=elsewhere.site_id, kind=AlertKind.GUARD, cause="elsewhere", details={})
    with plant.database.writing() as conn:
        raise_alert(conn, told, plant.now - DAY)
        assert conn.scalar(sa.select(sa.func.count()).select_from(messages)) == 1

    page = pages.open(PAGE, pages.sign_in(Role.MANAGER, site_id=plant.building.site_id))

    assert "Nothing had to be sent yet." in [each.value for each in page.caption]
