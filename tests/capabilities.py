"""What a test needs of the engine under it: asked for, and skipped with the reason where it is not there."""

from enum import StrEnum

import pytest
from sqlalchemy.exc import DBAPIError

from sql.connection import Database
from sql.server import run_batch


class Capability(StrEnum):
    """What only one engine, or only some editions of the server, can do."""

    FILE = "the database is one SQLite file"
    SERVER = "the database is on a SQL Server"
    PARTITIONS = "tables are partitioned"
    COLUMNSTORE = "tables are kept by columns"
    COMPRESSION = "pages are compressed"
    DENY = "rights are denied to a role"
    NAMES = "names of tables keep their case"
    PROCEDURES = "the procedures are there"
    WAITING = "a procedure can wait"


PROBES = {
    Capability.PARTITIONS: "CREATE PARTITION FUNCTION probe (DATETIME2(3)) AS RANGE RIGHT FOR VALUES ('2026-01-01')",
    Capability.COLUMNSTORE: "CREATE TABLE #probe (id INT, INDEX cci_probe CLUSTERED COLUMNSTORE)",
    Capability.COMPRESSION: "CREATE TABLE #probe (id INT) WITH (DATA_COMPRESSION = PAGE)",
    Capability.DENY: "CREATE ROLE probe; DENY UPDATE ON SCHEMA::app TO probe",
    Capability.NAMES: (
        "IF NOT EXISTS (SELECT 1 FROM sys.tables WHERE name = N'Sites' COLLATE Latin1_General_100_BIN2) "
        "RAISERROR (N'they are told in lower case', 16, 1)"
    ),
    Capability.PROCEDURES: (
        "IF OBJECT_ID(N'app.usp_RechargeUser') IS NULL RAISERROR (N'the server has not taken them', 16, 1)"
    ),
    Capability.WAITING: "WAITFOR DELAY '00:00:00'",
}
"""What is tried to find out; all of it is undone."""


def require(database: Database, *needed: Capability) -> None:
    """Skips the test unless the engine can do all of it."""
    for capability in needed:
        why = why_not(database, capability)
        if why is not None:
            pytest.skip(f"needs that {capability}: {why}")


def why_not(database: Database, capability: Capability) -> str | None:
    """The reason why the engine cannot do it; None: it can."""
    if capability is Capability.FILE:
        return None if database.is_sqlite else "it is on a server"
    if database.is_sqlite:
        return "it is an SQLite file"
    if capability is Capability.SERVER:
        return None
    return _tried(database, PROBES[capability])


def _tried(database: Database, statement: str) -> str | None:
    with database.engine.connect() as conn:
        try:
            run_batch(conn, statement)
        except DBAPIError as error:
            return " ".join(str(error.orig).split())
        finally:
            conn.rollback()
    return None
