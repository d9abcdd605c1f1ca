"""As much of a server that is compatible with SQL Server as a driver shows of it: what it says of itself, its lock."""

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy.engine import make_url

from sql.abilities import COMPATIBLE, KEY, READ, ROWS, Abilities
from sql.connection import Connection

BABELFISH = Abilities(genuine=False, reads_rows=False)


class Refused(Exception):
    """The server's own words."""


class Session:
    """A connection of a driver. It knows whether a transaction has begun, and whether its statements count rows; a text
    answers once for each of its statements that shows something."""

    def __init__(self, *, babelfish: bool, rows: Sequence[tuple[Any, ...]] | None = READ, outcome: int = 0) -> None:
        self.begun = False
        self.counts_rows = True
        self.locked: list[str] = []
        self.rolled_back = False
        self._answers = {COMPATIBLE: [(1 if babelfish else None,)], ROWS: rows}
        self._outcome = outcome

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def rollback(self) -> None:
        self.rolled_back = True
        self.begun = False

    def commit(self) -> None:
        self.begun = False

    def close(self) -> None:
        self.begun = False

    def shown(self, text: str) -> list[Sequence[tuple[Any, ...]] | None]:
        """What each statement of the text shows, one after the other; None: nothing."""
        self.counts_rows &= "NOCOUNT ON" not in text
        self.begun |= " FROM sys." in text
        named = re.search(r"sp_getapplock @Resource = N'([\w ]+)'", text)
        if named is None:
            return [self._known(text)]
        assert self.begun, "a lock that no transaction owns is refused"
        self.locked.append(named[1])
        return [None, [(self._outcome,)]]

    def _known(self, text: str) -> Sequence[tuple[Any, ...]]:
        found = self._answers.get(text, [(0,)])
        if found is None:
            raise Refused("OPENJSON is not currently supported")
        return found


class Cursor:
    """Shows what the statements of a text show, one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shown: list[Sequence[tuple[Any, ...]] | None] = []

    def execute(self, text: str) -> None:
        self._shown = self._session.shown(text)

    @property
    def description(self) -> list[str] | None:
        return None if self._shown[0] is None else ["a column"]

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(iter(self._shown[0] or ()), None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._shown[0] or ())

    def nextset(self) -> bool:
        self._shown = self._shown[1:]
        return bool(self._shown)

    def close(self) -> None:
        self._session = Session(babelfish=False)


def connected(session: Session, able: Abilities) -> Connection:
    """The connection over such a session."""
    dialect = SimpleNamespace(name="mssql", loaded_dbapi=SimpleNamespace(Error=Refused))
    engine = SimpleNamespace(url=make_url("mssql+pyodbc://svc:secret@db1/energy"))
    return cast(Connection, SimpleNamespace(dialect=dialect, connection=session, info={KEY: able}, engine=engine))
