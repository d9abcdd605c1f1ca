"""Where tests get their databases: copies of one migrated file, or the one that TEST_DATABASE_URL names."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path

from prepaid.clock import Clock
from prepaid.errors.start import DatabaseUnavailable
from sql import schema
from sql.connection import LOCK_WAIT_S, Connection, Database
from sql.server import run_batch
from tests.emptying import MARK, READ_FREELY, READS_FREELY, drop_all, drop_strays, empty_all, is_marked, tables_in

NAME = "TEST_DATABASE_URL"
WORKER = "{worker}"
FIRST_WORKER = "gw0"


class NotForTests(Exception):
    """A database that the tests must not touch, or cannot share; the sentence says why and what to do."""


class TimedDatabase(Database):
    """A database that goes by the clock of a test: a server's own clock cannot be set. `folder` is where other files of
    the same test lie."""

    def __init__(self, url: str, clock: Clock, *, folder: Path | None = None, lock_wait_s: float = LOCK_WAIT_S) -> None:
        super().__init__(url, clock, lock_wait_s=lock_wait_s)
        self.folder = folder

    def now(self, conn: Connection) -> datetime:
        return self.clock.now()


def named(variables: Mapping[str, str] = os.environ) -> str | None:
    """The URL of TEST_DATABASE_URL; None: each test has a file of its own.

    `{worker}` in it stands for a process of pytest-xdist (gw0, gw1, ...): each test begins with an empty database, so
    processes cannot share one. Raises NotForTests when they would.
    """
    url = variables.get(NAME)
    if not url:
        return None
    workers = int(variables.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1 and WORKER not in url:
        raise NotForTests(
            f"{workers} processes cannot share the database of {NAME}: each test empties it. Run them in one (-n 0), "
            f"or name a database for each by {WORKER} in the URL, which becomes {FIRST_WORKER} and so on."
        )
    return url.replace(WORKER, variables.get("PYTEST_XDIST_WORKER", FIRST_WORKER))


@cache
def prepared(url: str) -> str:
    """The same URL, once its database has all tables, made anew by the migrations.

    Raises NotForTests unless `test` is in its name, and it is empty or was made by an earlier run of the tests.
    """
    database = Database(url)
    name = database.file.stem if database.is_sqlite else database.url.database or ""
    if "test" not in name.lower():
        raise NotForTests(f"Tests empty the database of {NAME}, and {name!r} has no `test` in its name.")
    with database.rebuilding() as conn:
        there = sorted(tables_in(conn))
        if there and not is_marked(conn):
            raise NotForTests(
                f"{database.where} holds tables that no test has made: {', '.join(there[:3])}. "
                f"{NAME} must name an empty database, in which everything belongs to the tests."
            )
        drop_strays(conn)
        drop_all(conn)
    if not database.is_sqlite:
        _read_freely(database)
    schema.create(database)
    with database.writing() as conn:
        MARK.create(conn)
    database.close()
    return url


def _read_freely(database: Database) -> None:
    """As the DBA's scripts have it; a new database of SQL Server has it off, and readers would wait for writers. An
    engine that has no other way of reading may refuse the option."""
    with database.reading() as conn:
        if conn.exec_driver_sql(READS_FREELY).scalar_one():
            return
    with suppress(DatabaseUnavailable), database.without_transaction() as conn:
        run_batch(conn, READ_FREELY)


def new_url(folder: Path, migrated_file: Path, name: str = "prepaid.db") -> str:
    """The address of an empty database with all tables: the one that is named, emptied, or a copy in the folder."""
    url = named()
    if url is None:
        copy = folder / name
        shutil.copyfile(migrated_file, copy)
        return f"sqlite:///{copy.as_posix()}"
    database = Database(prepared(url))
    with database.writing() as conn:
        empty_all(conn)
    database.close()
    return url


def new_database(
    folder: Path, migrated_file: Path, clock: Clock, *, name: str = "prepaid.db", lock_wait_s: float = LOCK_WAIT_S
) -> TimedDatabase:
    """An empty database with all tables, that goes by the clock of a test."""
    return TimedDatabase(new_url(folder, migrated_file, name), clock, folder=folder, lock_wait_s=lock_wait_s)
