"""What SQL Server is told to back a database up, prove the file, and restore it; files are on the server's disk."""

from collections.abc import Sequence
from pathlib import PureWindowsPath

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql.connection import Database
from sql.server import run_batch

EXPRESS = 4
"""SERVERPROPERTY('EngineEdition') of Express, which does not compress backups and keeps at most 10 GB."""


def copy_on_server(database: Database, path: str, *, copy_only: bool) -> None:
    """BACKUP DATABASE, then RESTORE VERIFYONLY; the server works only as long as its messages are fetched. Raises
    DatabaseUnavailable with the server's own words."""
    with database.without_transaction() as conn:
        compressed = edition(conn) != EXPRESS
        for statement in (
            backup_statement(_name(database), path, copy_only=copy_only, compressed=compressed),
            verify_statement(path),
        ):
            run_batch(conn, statement)


def edition(conn: Connection) -> int:
    """The edition of the server as a number."""
    return int(conn.scalar(edition_question()) or 0)


def edition_question() -> sa.Select[tuple[int]]:
    return sa.select(sa.cast(sa.func.serverproperty("EngineEdition"), sa.Integer))


def path_on_server(folder: str, name: str) -> str:
    """The path of a file in a folder of the server, which may run on Windows or on Linux."""
    if folder.startswith("/"):
        return f"{folder.rstrip('/')}/{name}"
    return str(PureWindowsPath(folder) / name)


def backup_statement(database: str, path: str, *, copy_only: bool, compressed: bool) -> str:
    """COPY_ONLY leaves the chain of the DBA's differential backups alone."""
    options = ["CHECKSUM", "INIT"]
    if compressed:
        options.append("COMPRESSION")
    if copy_only:
        options.append("COPY_ONLY")
    return f"BACKUP DATABASE {quoted(database)} TO DISK = {literal(path)} WITH {', '.join(options)}"


def verify_statement(path: str) -> str:
    return f"RESTORE VERIFYONLY FROM DISK = {literal(path)} WITH CHECKSUM"


def restore_statements(database: str, path: str, keep_as: str) -> Sequence[str]:
    """What a DBA runs: proves the file, keeps what is there as another backup, then puts the file in place."""
    name = quoted(database)
    return (
        "USE master;",
        f"{verify_statement(path)};",
        f"{backup_statement(database, keep_as, copy_only=True, compressed=False)};",
        f"ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE;",
        f"RESTORE DATABASE {name} FROM DISK = {literal(path)} WITH REPLACE, CHECKSUM;",
        f"ALTER DATABASE {name} SET MULTI_USER;",
    )


def quoted(name: str) -> str:
    """A name as an identifier of T-SQL."""
    return "[" + name.replace("]", "]]") + "]"


def literal(text: str) -> str:
    """A text as a literal of T-SQL."""
    return "N'" + text.replace("'", "''") + "'"


def _name(database: Database) -> str:
    assert database.url.database, "the address of a server names its database"
    return database.url.database
