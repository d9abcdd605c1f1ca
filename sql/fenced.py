"""A door to the database that looks first: who may not write any more writes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sql.connection import Connection, Database


class Fenced(Database):
    """The same database and the same connections; each transaction that writes begins with `check`, which raises when
    the writer has lost its right to write."""

    def __init__(self, database: Database, check: Callable[[Connection], None]) -> None:
        self.clock = database.clock
        self.lock_wait_s = database.lock_wait_s
        self.url = database.url
        self.engine = database.engine
        self._database = database
        self._check = check

    def now(self, conn: Connection) -> datetime:
        return self._database.now(conn)

    @contextmanager
    def _connected(self, *, writing: bool, references: bool = True) -> Iterator[Connection]:
        with self._database._connected(writing=writing, references=references) as conn:
            if writing:
                self._check(conn)
            yield conn
