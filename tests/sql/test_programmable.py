"""Views, procedures and roles follow each migration of SQL Server."""

from sql.grants import PROCEDURES
from sql.programmable import renew
from tests.sql.batches import Heard, heard_by


def test_everything_that_has_no_rows_is_made_anew_with_its_privileges_last() -> None:
    heard = Heard()

    renew(heard_by(heard))

    made = "\n".join(heard.statements)
    for name in [*PROCEDURES, "report.Balances", "report.OpenAlarms"]:
        assert f" {name}" in made
    assert made.index("CREATE OR ALTER VIEW report.Balances") < made.index("CREATE OR ALTER PROCEDURE")
    assert made.index("CREATE OR ALTER PROCEDURE app.usp_IngestKepware") < made.index("GRANT EXECUTE")


def test_the_connection_keeps_its_own_options() -> None:
    """With NOCOUNT on, a statement would not say how many rows it has changed."""
    heard = Heard()

    renew(heard_by(heard))

    assert not [each for each in heard.statements if each.startswith("SET ") or "\nSET " in each or "NOEXEC" in each]
