"""What moving says to SQL Server: one instant, tables that nobody else writes to, rows with the numbers they have."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

from prepaid.errors.moving import ImportRefused, SnapshotsOff
from sql.moving.arrive import ALONE
from sql.moving.in_use import require_quiet
from sql.moving.travelling import rows_of, travelling
from sql.sites import require_in_use
from sql.tables import metadata, settings
from tests.building import MORNING
from tests.sql.moving.content import brought, written
from tests.sql.moving.server import Server
from tests.sql.right_books import Books

new_dialect: Callable[[], Dialect] = mssql.dialect
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT"


def test_an_export_of_sqlite_arrives_in_one_transaction(books: Books, tmp_path: Path) -> None:
    server = Server(sysutcdatetime=MORNING.replace(tzinfo=None))
    manifest = written(books.database, tmp_path / "all.zip")

    brought(server.database(), tmp_path / "all.zip")

    numbered = {line.split()[2] for line in server.told if line.startswith("SET IDENTITY_INSERT") and line[-2:] == "ON"}
    asked = [line for line in server.told if ALONE in line]
    filled = [line for line in server.told if line.startswith("INSERT INTO")]
    assert {"app.[Accounts]", "app.[Bases]", "app.[SupplyChanges]"} <= numbered
    assert len(asked) == len(manifest.tables)
    assert len(filled) == sum(member.rows > 0 for member in manifest.tables.values())
    accounts = server.told.index("SET IDENTITY_INSERT app.[Accounts] ON")
    assert server.told[accounts + 1].startswith("INSERT INTO app.[Accounts] (id, site_id, ")
    assert server.told[accounts + 2] == "SET IDENTITY_INSERT app.[Accounts] OFF"
    assert server.told.count("COMMIT") == 1
    assert server.told.index(filled[-1]) < server.told.index("COMMIT")


def test_after_a_refusal_the_connection_numbers_rows_itself_again(books: Books, tmp_path: Path) -> None:
    import pyodbc

    taken = pyodbc.IntegrityError(
        "23000", "[23000] [Microsoft][SQL Server]Violation of PRIMARY KEY. (2627) (SQLExecute)"
    )
    server = Server({"INSERT INTO app.[Accounts]": taken}, sysutcdatetime=MORNING.replace(tzinfo=None))
    written(books.database, tmp_path / "all.zip")

    with pytest.raises(ImportRefused, match="PRIMARY KEY"):
        brought(server.database(), tmp_path / "all.zip")

    refused = next(place for place, line in enumerate(server.told) if line.startswith("INSERT INTO app.[Accounts]"))
    assert server.told[refused + 1] == "SET IDENTITY_INSERT app.[Accounts] OFF"
    assert "COMMIT" not in server.told


def test_all_tables_are_read_at_one_instant() -> None:
    server = Server(snapshot_isolation_state=1)

    with server.database().snapshot() as conn:
        conn.execute(sa.select(settings.c.name)).all()

    assert SNAPSHOT in server.told
    assert server.told.index(SNAPSHOT) < server.told.index("SELECT app.[Settings].name FROM app.[Settings]")


def test_a_server_that_cannot_show_one_instant_is_told_to_the_dba() -> None:
    server = Server(snapshot_isolation_state=0)

    with pytest.raises(SnapshotsOff, match="ALLOW_SNAPSHOT_ISOLATION ON"), server.database().snapshot():
        pytest.fail("nothing may be read")

    assert SNAPSHOT not in server.told


@pytest.mark.parametrize("site_id", [None, 7])
def test_every_question_is_one_that_the_server_understands(site_id: int | None) -> None:
    for table in travelling(of_site=site_id is not None, with_readings=True):
        compiled = rows_of(table, site_id).compile(dialect=new_dialect(), compile_kwargs={"literal_binds": True})

        assert sqlglot.parse_one(str(compiled), dialect="tsql")
    assert len(metadata.tables) > len(travelling(of_site=True, with_readings=True)) > 30


def test_who_acts_for_a_site_keeps_it_from_being_closed_meanwhile() -> None:
    server = Server()

    with server.database().writing() as conn:
        require_in_use(conn, 7)

    assert any("app.[Sites] WITH (HOLDLOCK)" in line for line in server.told)


def test_nobody_gets_a_lease_while_a_site_is_closed_or_arrives() -> None:
    server = Server(sysutcdatetime=MORNING.replace(tzinfo=None))
    database = server.database()

    with database.writing() as conn:
        require_quiet(conn, database)

    assert any("ops.[Leases] WITH (UPDLOCK, HOLDLOCK)" in line for line in server.told)
