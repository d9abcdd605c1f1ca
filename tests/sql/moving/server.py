"""A SQL Server that says yes to everything and remembers what it was told; the product's own door leads to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sql.connection import Database

URL = "mssql+pyodbc://user:word@server/energy?driver=none"
VERSION = "15.0.2000.5"
"""SQL Server 2019."""


class Server:
    """A connection and its cursor in one, as the driver has them. `answers` by a part of the question; else no row.
    `refused` by a part of what it is told: at once, or `later`, behind its first answer, to who asks for more."""

    def __init__(
        self,
        refused: Mapping[str, Exception] | None = None,
        later: Mapping[str, Exception] | None = None,
        **answers: object,
    ) -> None:
        self.told: list[str] = []
        self._refused = dict(refused or {})
        self._later = dict(later or {})
        itself = {
            "productversion": VERSION,
            "schema_name": "dbo",
            "sys.system_views": "dm_exec_sessions",
            "transaction_isolation_level": "READ COMMITTED",
        }
        self._answers: dict[str, object] = {"babelfish": 0, **answers, **itself}
        self._answer: object = None
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.autocommit = False
        self.fast_executemany = False

    def database(self) -> Database:
        """The database behind the product's own engine, whose driver connects to this."""
        made = Database(URL)
        sa.event.listen(made.engine, "do_connect", lambda *_: self)
        return made

    def cursor(self) -> "Server":
        return self

    def execute(self, statement: str, *_parameters: Any) -> None:
        self.told.append(" ".join(statement.split()))
        self._refuse(self._refused)
        asked = statement.casefold()
        self._answer = next((answer for part, answer in self._answers.items() if part in asked), None)
        rows = "select" in asked or self._answer is not None
        self.description = [("answer", str, None, None, None, None, True)] if rows else None

    def executemany(self, statement: str, rows: Sequence[Any]) -> None:
        self.told.append(f"{' '.join(statement.split())} ({len(rows)} rows)")

    def nextset(self) -> bool:
        self._refuse(self._later)
        return False

    def _refuse(self, refusals: Mapping[str, Exception]) -> None:
        for part, refusal in refusals.items():
            if part in self.told[-1]:
                raise refusal

    def fetchone(self) -> Any:
        row = None if self._answer is None else (self._answer,)
        self._answer = None
        return row

    def fetchall(self) -> list[Any]:
        row = self.fetchone()
        return [] if row is None else [row]

    def close(self) -> None: ...

    def commit(self) -> None:
        self.told.append("COMMIT")

    def rollback(self) -> None:
        self.told.append("ROLLBACK")

    def setinputsizes(self, _sizes: object) -> None: ...

    def getinfo(self, _what: int) -> str:
        return VERSION

    def add_output_converter(self, _kind: int, _convert: object) -> None: ...
