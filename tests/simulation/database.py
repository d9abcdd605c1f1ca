"""A database that is away for a while, and a process that dies before any of its statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from prepaid.clock import Clock
from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable
from sql.connection import Connection, Database
from tests.databases import TimedDatabase

PAGES_MOST = 1_073_741_823


class Killed(SystemExit):
    """The process ends here, whatever it was doing. (A SystemExit, so that no event loop swallows it.)"""


class Dooms:
    """Counts what a process does; at the appointed step it dies before doing it."""

    def __init__(self) -> None:
        self._left: int | None = None

    def appoint(self, steps: int) -> None:
        """The process will die before the step of that number from now."""
        self._left = steps

    def spare(self) -> None:
        """It lives on."""
        self._left = None

    @property
    def appointed(self) -> bool:
        return self._left is not None

    def step(self) -> None:
        """Called before each statement, commit and frame."""
        if self._left is None:
            return
        self._left -= 1
        if self._left <= 0:
            self._left = None
            raise Killed


class SimulatedDatabase(TimedDatabase):
    """The enforcer's own door to the database: it dies with its process, and can be locked, away, or on a full disk."""

    def __init__(self, url: str, clock: Clock, dooms: Dooms) -> None:
        super().__init__(url, clock)
        self.away = self.full = False
        self.busy_transactions = 0
        quick(self)
        sa.event.listen(self.engine, "before_cursor_execute", lambda *_: dooms.step())
        sa.event.listen(self.engine, "commit", lambda *_: dooms.step())
        if self.is_sqlite:
            sa.event.listen(self.engine, "begin", self._fill)

    @contextmanager
    def _connected(self, *, writing: bool, references: bool = True) -> Iterator[Connection]:
        if self.away:
            raise DatabaseUnavailable(where=self.where, why="it does not answer")
        if writing and self.busy_transactions:
            self.busy_transactions -= 1
            raise DatabaseBusy(where=self.where, wait_s="30")
        if writing and self.full and not self.is_sqlite:
            raise DatabaseUnavailable(where=self.where, why="its disk is full")
        with super()._connected(writing=writing, references=references) as conn:
            yield conn

    def _fill(self, conn: Connection) -> None:
        """While the disk is full the file may not grow: SQLite itself says so then."""
        if self.full:
            conn.info["filled"] = True
            conn.exec_driver_sql("PRAGMA max_page_count=1")
        elif conn.info.pop("filled", False):
            conn.exec_driver_sql(f"PRAGMA max_page_count={PAGES_MOST}")


def quick(database: Database) -> None:
    """Nothing need outlive the power failure of the machine that simulates. A server has no such choice."""
    if not database.is_sqlite:
        return

    def prepare(connection: Any, _entry: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    sa.event.listen(database.engine, "connect", prepare)
