"""A real enforcer over real sockets whose database another program keeps locked."""

import sqlite3
from contextlib import closing
from pathlib import Path

from prepaid.settings import Spooling
from sql.check import check
from sql.connection import Database
from tests.story.running import running
from tests.story.world import until, world


def test_health_says_since_when_the_database_is_away_and_what_waits(migrated_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "prepaid.db"
    path.write_bytes(migrated_file.read_bytes())
    with (
        closing(Database(f"sqlite:///{path.as_posix()}", lock_wait_s=0.1)) as database,
        world(database, credit="100000") as w,
        running(database, w.clock, spooling=Spooling(folder=str(tmp_path / "spool"))) as enforcer,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        until(lambda: enforcer.health()["state"] == "ok", "it has made a pass")
        other.execute("BEGIN IMMEDIATE")
        until(lambda: enforcer.health()["spool"]["bytes"] > 0, "a reading waits")
        until(lambda: enforcer.health()["state"] == "database_away", "the pass has failed")
        away = enforcer.health()
        other.execute("ROLLBACK")
        until(lambda: enforcer.health()["state"] == "ok", "the database is back")
        back = enforcer.health()

        assert (away["state"], away["spool"]["waiting"], away["spool"]["trouble"]) == ("database_away", True, None)
        assert away["database_away_since"] <= w.clock.now()
        assert (back["database_away_since"], back["spool"]["waiting"]) == (None, False)
        assert check(database, everything=True) == []
