"""Views, procedures and roles follow each migration of SQL Server."""

from typing import cast

from sql.connection import Connection
from sql.grants import PROCEDURES
from sql.programmable import renew


class Heard:
    """A connection that writes down what it is to execute."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def exec_driver_sql(self, statement: str) -> None:
        self.statements.append(statement)


def test_everything_that_has_no_rows_is_made_anew_with_its_privileges_last() -> None:
    heard = Heard()

    renew(cast(Connection, heard))

    made = "\n".join(heard.statements)
    for name in [*PROCEDURES, "report.Balances", "report.OpenAlarms"]:
        assert f" {name}" in made
    assert made.index("CREATE OR ALTER VIEW report.Balances") < made.index("CREATE OR ALTER PROCEDURE")
    assert made.index("CREATE OR ALTER PROCEDURE app.usp_IngestKepware") < made.index("GRANT EXECUTE")


def test_the_connection_keeps_its_own_options() -> None:
    """With NOCOUNT on, a statement would not say how many rows it has changed."""
    heard = Heard()

    renew(cast(Connection, heard))

    assert not [each for each in heard.statements if each.startswith("SET ") or "\nSET " in each or "NOEXEC" in each]
