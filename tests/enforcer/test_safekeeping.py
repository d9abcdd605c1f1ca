"""Safekeeping: a backup a day in the hour of the site, kept in number, and alarms about what threatens the database."""

import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schedule
import sqlalchemy as sa

from enforcer.safekeeping import Safekeeping
from enforcer.timekeeping import BookClock
from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from sql.connection import Database
from sql.tables import alerts, backups, jobs, messages, sizes
from tests.building import Building

HOUR_S, DAY_S = 3600.0, 86_400.0


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*args, **kwargs))
        return done


class Watch:
    """A site whose safekeeping looks when it is told; the clock stands at 11 o'clock of the site."""

    def __init__(self, file: Path) -> None:
        self.clock = ManualClock()
        self.database = Database(f"sqlite:///{file.as_posix()}", self.clock)
        self.building = Building(self.database)
        self.building.admin("admin@here.example")
        self.folder = file.parent / "backups"
        self.scheduler = schedule.Scheduler()
        clock = BookClock(self.clock, 60)
        self.keeping = Safekeeping(
            self.database, self.building.site_id, clock, "here:1", None, self.scheduler, AtOnce()
        )

    def look(self, later_s: float = 0) -> None:
        self.clock.advance(later_s)
        self.scheduler.run_all()

    def made(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*.db"))

    def standing(self) -> dict[AlertKind, str]:
        with self.database.reading() as conn:
            found = conn.execute(sa.select(alerts.c.kind, alerts.c.details).where(alerts.c.ended_at.is_(None)))
            return {row.kind: row.details["why"] for row in found}

    def job(self, name: str) -> str | None:
        with self.database.reading() as conn:
            found: str | None = conn.scalar(sa.select(jobs.c.result).where(jobs.c.name == name))
            return found


@pytest.fixture
def watch(migrated_file: Path, tmp_path: Path) -> Watch:
    copy = tmp_path / "site.db"
    shutil.copyfile(migrated_file, copy)
    return Watch(copy)


def test_a_backup_is_made_once_a_day(watch: Watch) -> None:
    for _look in range(3):
        watch.look(600)
    first = watch.made()
    watch.look(DAY_S)

    assert first == ["prepaid-20260105T081000Z.db"]
    assert watch.made() == [*first, "prepaid-20260106T083000Z.db"]
    assert str(watch.job("backup")).endswith("prepaid-20260106T083000Z.db, 0 older ones removed")


def test_the_first_look_measures_and_leaves_the_backup_for_later(watch: Watch) -> None:
    watch.keeping.look()

    assert not watch.made()
    assert str(watch.job("storage")).endswith("MB used, alarms: nothing")


def test_old_backups_go_by_the_settings_of_the_site(watch: Watch) -> None:
    for name, value in (("backups_daily", "2"), ("backups_weekly", "1"), ("backups_monthly", "1")):
        watch.building.set(name, value)

    for _day in range(4):
        watch.look(DAY_S)

    assert watch.made() == ["prepaid-20260108T080000Z.db", "prepaid-20260109T080000Z.db"]
    assert str(watch.job("backup")).endswith("1 older ones removed")


def test_a_backup_that_fails_is_noted_tried_again_after_an_hour_and_told_after_a_day_and_a_half(watch: Watch) -> None:
    watch.folder.write_text("in the way", encoding="utf-8")
    watch.look()
    watch.look(0.5 * HOUR_S)
    tried_early = _tries(watch.database)
    watch.look(0.6 * HOUR_S)
    early = watch.standing()
    watch.look(37 * HOUR_S)

    assert (len(tried_early), len(_tries(watch.database))) == (1, 3)
    assert early == {}
    assert watch.standing() == {AlertKind.BACKUP_OLD: "There has been no good backup yet."}
    with watch.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(messages)) == 1

    watch.folder.unlink()
    watch.look(2 * HOUR_S)
    assert watch.standing() == {}


def test_a_backup_that_runs_elsewhere_is_left_to_it(watch: Watch) -> None:
    with watch.database.writing() as conn:
        values = {"place": "-", "made_by": "another", "schema_version": "0", "verified": False}
        conn.execute(backups.insert().values(began_at=watch.clock.now(), **values))

    watch.look(600)

    assert not watch.made()
    assert _tries(watch.database) == [watch.clock.now() - timedelta(seconds=600)]


def test_a_disk_that_fills_up_is_told_once_and_ends_when_there_is_room(watch: Watch) -> None:
    """The database grew by far more a day than the disk has left."""
    watch.look()
    with watch.database.writing() as conn:
        conn.execute(sizes.update().values(used_bytes=-(10**15)))
    watch.look(DAY_S)
    watch.look(600)

    assert set(watch.standing()) == {AlertKind.DISK_LOW}
    assert "the database grows by 1000000.00 GB a day, which lasts 0 days." in watch.standing()[AlertKind.DISK_LOW]
    with watch.database.writing() as conn:
        conn.execute(sizes.delete())
    watch.look(600)
    assert watch.standing() == {}


def test_each_day_keeps_its_last_size(watch: Watch) -> None:
    watch.look()
    watch.look(HOUR_S)
    watch.look(DAY_S)

    with watch.database.reading() as conn:
        kept = list(conn.scalars(sa.select(sizes.c.measured_at).order_by(sizes.c.measured_on)))
    start = datetime.fromisoformat("2026-01-05T08:00:00+00:00")
    assert kept == [start + timedelta(hours=1), start + timedelta(hours=25)]


def _tries(database: Database) -> list[datetime]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(backups.c.began_at).order_by(backups.c.id)))
