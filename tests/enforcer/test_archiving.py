"""Archiving: once an hour what is old enough leaves the database, and staff are told when it cannot."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import schedule
import sqlalchemy as sa

from enforcer.archiving import Archiving
from enforcer.timekeeping import BookClock
from prepaid.alerts import AlertKind
from prepaid.archive import Day
from prepaid.clock import ManualClock
from sql.archive.folder import archive_folder
from sql.archives import begin_archive
from sql.connection import Database
from sql.leases import acquire
from sql.tables import alerts, archives, events, jobs, readings
from tests.building import MORNING, Building
from tests.enforcer.test_safekeeping import AtOnce

DAY = timedelta(days=1)
RETENTION_DAYS = 14


class Shelf:
    """Two sites of one database, the first of which has the enforcer; the clock stands at 11 o'clock."""

    def __init__(self, file: Path) -> None:
        self.clock = ManualClock(MORNING)
        self.database = Database(f"sqlite:///{file.as_posix()}", self.clock)
        self.mall, self.tower = Building(self.database, name="Mall"), Building(self.database, name="Tower")
        self.meters = [self.mall.analyzer("Shop"), self.tower.analyzer("Lift")]
        self.book_clock = BookClock(self.clock, 60)
        self.folder = archive_folder(self.database, None)
        self.scheduler = schedule.Scheduler()
        self.archiving = Archiving(
            self.database,
            self.mall.site_id,
            self.book_clock,
            "here:1",
            self.folder,
            self.scheduler,
            AtOnce(),
        )

    def look(self, later_s: float = 0) -> None:
        """Not in the very moment in which something else was."""
        self.clock.advance(later_s + 1)
        self.scheduler.run_all()

    def read(self, days_ago: int) -> None:
        """Both analyzers, at the first instant of that day."""
        at = Day.of(self.clock.now()).from_at - days_ago * DAY
        rows = [{"read_at": at, "analyzer_id": each, "verdict": "advance"} for each in self.meters]
        with self.database.writing() as conn:
            conn.execute(readings.insert(), rows)

    def kept(self) -> int:
        with self.database.reading() as conn:
            return conn.execute(sa.select(sa.func.count()).select_from(readings)).scalar_one()

    def standing(self, kind: AlertKind = AlertKind.ARCHIVE_WAITS) -> dict[int, str]:
        with self.database.reading() as conn:
            wanted = (alerts.c.kind == kind, alerts.c.ended_at.is_(None))
            return {row.site_id: row.details["why"] for row in conn.execute(sa.select(alerts).where(*wanted))}

    def job(self, name: str = "archive") -> str | None:
        with self.database.reading() as conn:
            found: str | None = conn.scalar(sa.select(jobs.c.result).where(jobs.c.name == name))
            return found


@pytest.fixture
def shelf(migrated_file: Path, tmp_path: Path) -> Shelf:
    copy = tmp_path / "site.db"
    shutil.copyfile(migrated_file, copy)
    return Shelf(copy)


def test_what_is_old_enough_at_every_site_leaves_the_database(shelf: Shelf) -> None:
    shelf.read(RETENTION_DAYS)
    shelf.read(RETENTION_DAYS + 1)

    shelf.look()

    assert shelf.job() == "2 readings removed, 2 files written"
    assert shelf.kept() == 2, "of the day that is not 14 days old to its end"
    assert shelf.standing() == {}


def test_readings_are_kept_as_long_as_the_site_wants_that_wants_it_longest(shelf: Shelf) -> None:
    shelf.tower.set("raw_kept_days", "30")
    shelf.read(RETENTION_DAYS + 1)

    shelf.look()

    assert shelf.job() == "0 readings removed, 0 files written"
    assert not shelf.folder.exists()


def test_it_is_looked_at_often_and_done_once_an_hour(shelf: Shelf) -> None:
    shelf.look()
    shelf.read(RETENTION_DAYS + 1)
    shelf.look(1800)
    early = shelf.kept()
    shelf.look(1800)

    assert (early, shelf.kept()) == (2, 0)


def test_a_folder_in_trouble_is_told_at_every_site_once_and_ends_when_it_is_mended(shelf: Shelf) -> None:
    shelf.folder.write_text("in the way", encoding="utf-8")
    shelf.read(RETENTION_DAYS + 1)
    shelf.look()
    shelf.look(600)

    assert set(shelf.standing()) == {shelf.mall.site_id, shelf.tower.site_id}
    assert "File exists" in shelf.standing()[shelf.mall.site_id]
    assert (shelf.kept(), shelf.job()) == (2, None)
    with shelf.database.reading() as conn:
        told = sa.select(sa.func.count()).select_from(events).where(events.c.action == "alert.archive_waits")
        assert conn.scalar(told) == 2
    shelf.folder.unlink()
    shelf.look(600)
    assert (shelf.standing(), shelf.kept()) == ({}, 0)


def test_what_another_process_archives_is_no_alarm(shelf: Shelf) -> None:
    shelf.read(RETENTION_DAYS + 1)
    with shelf.database.writing() as conn:
        acquire(conn, shelf.tower.site_id, "there:1", shelf.clock.now(), DAY)
        begin_archive(conn, shelf.mall.site_id, Day.of(MORNING), "there:1", shelf.clock.now())

    shelf.look()

    assert (shelf.standing(), shelf.kept(), shelf.job()) == ({}, 2, None)
    with shelf.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(archives)) == 1


def test_what_a_killed_process_left_is_gone_on_with_a_minute_after_the_start(shelf: Shelf) -> None:
    shelf.read(RETENTION_DAYS + 1)
    with shelf.database.writing() as conn:
        begin_archive(conn, shelf.mall.site_id, Day.of(MORNING), "killed:1", shelf.clock.now())

    soonest = min(shelf.scheduler.jobs)
    shelf.scheduler.run_all()

    assert (soonest.interval, soonest.unit) == (1, "minutes")
    assert shelf.kept() == 0


def test_a_damaged_file_is_an_alarm_of_its_site_until_it_is_put_back(shelf: Shelf) -> None:
    shelf.read(RETENTION_DAYS + 1)
    shelf.look()
    path = next((shelf.folder / f"site_id={shelf.tower.site_id}").rglob("*.parquet"))
    whole = path.read_bytes()
    path.unlink()
    shelf.look(26 * 86_400)

    told = shelf.standing(AlertKind.ARCHIVE_DAMAGED)
    said = shelf.job("archive_care")
    path.write_bytes(whole)
    shelf.look(3600)

    assert told == {shelf.tower.site_id: f"Files: 1. The oldest: {path}: No such file or directory."}
    assert said == "2 files looked at, 1 damaged, 0 removed"
    assert shelf.standing(AlertKind.ARCHIVE_DAMAGED) == {}


def test_a_folder_that_is_away_is_an_alarm_of_every_site_with_files(shelf: Shelf) -> None:
    shelf.read(RETENTION_DAYS + 1)
    shelf.look()
    shelf.folder.rename(shelf.folder.with_name("elsewhere"))
    shelf.look(3600)

    assert set(shelf.standing(AlertKind.ARCHIVE_DAMAGED)) == {shelf.mall.site_id, shelf.tower.site_id}


def test_nothing_is_looked_after_while_the_clock_is_in_doubt(shelf: Shelf) -> None:
    """What is removed because a clock is a year ahead does not come back."""
    shelf.clock.step(400 * 86_400)
    shelf.book_clock.observe()
    shelf.look()
    doubted = shelf.job("archive_care")
    shelf.clock.step(-400 * 86_400)
    shelf.book_clock.observe()
    shelf.look()

    assert (doubted, shelf.job("archive_care")) == (None, "0 files looked at, 0 damaged, 0 removed")
