"""As much of a connection to SQL Server as hears the batches that it is to run, and answers them as a driver does."""

from types import SimpleNamespace
from typing import cast

from sql.connection import Connection


class Refused(Exception):
    """The server's own words."""


class Heard:
    """A cursor that writes down what it is to execute. A batch answers once for each of its statements that tells
    something; the one at `fails_at` is refused, and whoever stops asking before does not hear of it."""

    def __init__(self, answers: int = 1, fails_at: int | None = None) -> None:
        self.statements: list[str] = []
        self.asked = 0
        self.closed = 0
        self._answers = answers
        self._fails_at = fails_at

    def execute(self, statement: str) -> None:
        self.statements.append(statement)
        self.asked = 0
        self.nextset()

    def nextset(self) -> bool:
        self.asked += 1
        if self.asked == self._fails_at:
            raise Refused("[42000] Cannot open backup device. (3201)")
        return self.asked <= self._answers

    def close(self) -> None:
        self.closed += 1


def heard_by(cursor: Heard) -> Connection:
    """The connection whose only cursor this is."""
    driver = SimpleNamespace(Error=Refused)
    dialect = SimpleNamespace(loaded_dbapi=driver, dbapi_exception_translation_map={})
    return cast(Connection, SimpleNamespace(dialect=dialect, connection=SimpleNamespace(cursor=lambda: cursor)))
