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
        self.folder = archive_folder(self.database, None)
        self.scheduler = schedule.Scheduler()
        self.archiving = Archiving(
            self.database,
            self.mall.site_id,
            BookClock(self.clock, 60),
            "here:1",
            self.folder,
            self.scheduler,
            AtOnce(),
        )

    def look(self, later_s: float = 0) -> None:
        self.clock.advance(later_s)
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

    def standing(self) -> dict[int, str]:
        with self.database.reading() as conn:
            wanted = (alerts.c.kind == AlertKind.ARCHIVE_WAITS, alerts.c.ended_at.is_(None))
            return {row.site_id: row.details["why"] for row in conn.execute(sa.select(alerts).where(*wanted))}

    def job(self) -> str | None:
        with self.database.reading() as conn:
            found: str | None = conn.scalar(sa.select(jobs.c.result).where(jobs.c.name == "archive"))
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
        begin_archive(conn, shelf.mall.site_id, Day.of(MORNING), "there:1", shelf.clock.now())

    shelf.look()

    assert (shelf.standing(), shelf.kept(), shelf.job()) == ({}, 2, None)
    with shelf.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(archives)) == 1
