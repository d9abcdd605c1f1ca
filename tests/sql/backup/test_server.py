"""What SQL Server is told: names and paths are quoted, and options fit its edition."""

import threading
from collections.abc import Callable

import pytest
import sqlglot
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

from prepaid.errors.backups import BackupFailed, RestoreOnServer
from prepaid.errors.start import DatabaseUnavailable
from sql.backup.command import back_up, restore_file
from sql.backup.copy_server import (
    backup_statement,
    edition_question,
    path_on_server,
    restore_statements,
    verify_statement,
)
from sql.backup.make import Wanted, make_backup
from sql.connection import Database
from tests.building import MORNING
from tests.sql.moving.server import Server

new_dialect: Callable[[], Dialect] = mssql.dialect
URL = "mssql+pyodbc://user:word@server/energy?driver=none"


def test_a_backup_has_checksums_and_is_compressed_where_the_edition_can() -> None:
    full = backup_statement("energy", r"D:\b\x.bak", copy_only=False, compressed=True)
    express = backup_statement("energy", r"D:\b\x.bak", copy_only=True, compressed=False)

    assert full == r"BACKUP DATABASE [energy] TO DISK = N'D:\b\x.bak' WITH CHECKSUM, INIT, COMPRESSION"
    assert express == r"BACKUP DATABASE [energy] TO DISK = N'D:\b\x.bak' WITH CHECKSUM, INIT, COPY_ONLY"
    assert verify_statement("/b/x.bak") == "RESTORE VERIFYONLY FROM DISK = N'/b/x.bak' WITH CHECKSUM"


def test_no_name_leaves_its_quotes() -> None:
    made = backup_statement("a]; DROP TABLE x--", "it's", copy_only=False, compressed=False)

    assert made.startswith("BACKUP DATABASE [a]]; DROP TABLE x--] TO DISK = N'it''s' WITH")


@pytest.mark.parametrize(
    ("folder", "path"),
    [(r"D:\backups", r"D:\backups\x.bak"), ("/var/opt/", "/var/opt/x.bak"), (r"\\nas\share", r"\\nas\share\x.bak")],
)
def test_paths_are_those_of_the_server(folder: str, path: str) -> None:
    assert path_on_server(folder, "x.bak") == path


def test_the_edition_is_asked_for_as_a_number() -> None:
    compiled = str(edition_question().compile(dialect=new_dialect()))

    assert sqlglot.parse_one(compiled, dialect="tsql")
    assert "CAST(serverproperty(" in compiled


def test_the_dba_gets_a_script_that_keeps_what_is_there() -> None:
    script = restore_statements("energy", r"D:\b\old.bak", r"D:\b\before.bak")

    verbs = [statement.split(" ")[0] for statement in script]
    assert verbs == ["USE", "RESTORE", "BACKUP", "ALTER", "RESTORE", "ALTER"]
    assert script[2].startswith(r"BACKUP DATABASE [energy] TO DISK = N'D:\b\before.bak'")
    assert script[4] == r"RESTORE DATABASE [energy] FROM DISK = N'D:\b\old.bak' WITH REPLACE, CHECKSUM;"


def test_a_restore_on_a_server_is_the_dbas() -> None:
    with pytest.raises(RestoreOnServer) as refused:
        restore_file(Database(URL), r"D:\b\old.bak")

    said = str(refused.value)
    assert "\nUSE master;\n" in said.replace(" USE", "\nUSE")
    assert r"N'D:\b\before-prepaid-" in said
    assert "python -m sql check --all" in said


def test_a_server_needs_a_folder_and_removes_nothing() -> None:
    with pytest.raises(BackupFailed, match="BACKUP_FOLDER"):
        back_up(Database(URL), None, keep=None, copy_only=True)
    with pytest.raises(BackupFailed, match="the DBA removes"):
        back_up(Database(URL), r"D:\b", keep=3, copy_only=True)


def test_a_backup_that_the_server_refuses_is_told_in_its_words_and_noted_as_failed() -> None:
    import pyodbc

    refusal = pyodbc.ProgrammingError(
        "42000", "[42000] [Microsoft][SQL Server]Cannot open backup device. Access is denied. (3201) (SQLMoreResults)"
    )
    now = MORNING.replace(tzinfo=None)
    server = Server(later={"BACKUP DATABASE": refusal}, sysutcdatetime=now, inserted=1)

    with pytest.raises(DatabaseUnavailable, match="Access is denied"):
        make_backup(server.database(), Wanted(folder=r"D:\b", made_by="m:1"), threading.Event())

    refused = next(place for place, line in enumerate(server.told) if line.startswith("BACKUP DATABASE"))
    assert [line for line in server.told[refused:] if line.startswith("UPDATE ops.[Backups] SET ended_at=?, error=?")]
