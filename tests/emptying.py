"""What the harness says to a database that the tests own: what is in it, and how all of that goes."""

from collections.abc import Iterator

import sqlalchemy as sa

from sql.abilities import abilities
from sql.connection import Connection
from sql.schema import VERSION_TABLE
from sql.server import run_batch
from sql.tables import metadata
from sql.tables.base import APP, OPS, REPORT

MARK = sa.Table(
    "TestsOwnThis", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), schema=OPS
)
"""Stands in a database that an earlier run of the tests has made: only such a one is dropped and made anew."""
TABLES = """\
SELECT CONCAT(SCHEMA_NAME(schema_id), N'.', name) AS name
FROM sys.tables
WHERE is_ms_shipped = 0"""
FILE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
DROPS = f"""\
WITH ours AS (
    SELECT object_id, type, QUOTENAME(SCHEMA_NAME(schema_id)) + N'.' + QUOTENAME(name) AS name
    FROM sys.objects
    WHERE SCHEMA_NAME(schema_id) IN (N'{APP}', N'{OPS}', N'{REPORT}')
)
SELECT 1 AS step, N'DROP PROCEDURE ' + name AS statement FROM ours WHERE type = 'P'
UNION ALL
SELECT 2, N'DROP VIEW ' + name FROM ours WHERE type = 'V'
UNION ALL
SELECT 3, N'DROP FUNCTION ' + name FROM ours WHERE type IN ('FN', 'IF', 'TF')
UNION ALL
SELECT 4, N'ALTER TABLE ' + ours.name + N' DROP CONSTRAINT ' + QUOTENAME(keys.name)
FROM sys.foreign_keys AS keys
JOIN ours ON ours.object_id = keys.parent_object_id
UNION ALL
SELECT 5, N'DROP TABLE ' + name FROM ours WHERE type = 'U'
UNION ALL
SELECT 6, N'DROP TYPE ' + QUOTENAME(SCHEMA_NAME(schema_id)) + N'.' + QUOTENAME(name)
FROM sys.types
WHERE SCHEMA_NAME(schema_id) IN (N'{APP}', N'{OPS}')
ORDER BY step"""
"""What lies in the product's schemas, in the order in which it may go: one statement for each."""

READS_FREELY = "SELECT CAST(is_read_committed_snapshot_on AS INT) FROM sys.databases WHERE database_id = DB_ID()"
READ_FREELY = "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE"


def tables_in(conn: Connection) -> set[str]:
    """The names of all tables: with their schemas on a server, without on SQLite."""
    return set(conn.exec_driver_sql(FILE_TABLES if _is_file(conn) else TABLES).scalars())


def ours(conn: Connection) -> set[str]:
    """The names of the tables that the migrations and the tests make there."""
    made = {*metadata.tables, f"{OPS}.{VERSION_TABLE}", MARK.fullname}
    return {name.partition(".")[2] for name in made} if _is_file(conn) else made


def is_marked(conn: Connection) -> bool:
    """Whether an earlier run of the tests has made this database."""
    mark = MARK.name if _is_file(conn) else MARK.fullname
    return mark.lower() in {name.lower() for name in tables_in(conn)}


def strays(conn: Connection) -> list[str]:
    """The tables that tests have made for themselves. A compatible server tells names in lower case."""
    known = {name.lower() for name in ours(conn)}
    return sorted(name for name in tables_in(conn) if name.lower() not in known)


def drop_all(conn: Connection) -> None:
    """Drops everything of the product; references are not checked meanwhile."""
    if not _is_file(conn):
        for _step, statement in conn.exec_driver_sql(DROPS).all():
            conn.exec_driver_sql(statement)
        return
    for name in tables_in(conn):
        conn.exec_driver_sql(f'DROP TABLE "{name}"')


def drop_strays(conn: Connection) -> None:
    """Drops the tables that tests have made for themselves."""
    quote = conn.dialect.identifier_preparer.quote_identifier
    for name in strays(conn):
        parts = [name] if _is_file(conn) else name.split(".", 1)
        conn.exec_driver_sql(f"DROP TABLE {'.'.join(map(quote, parts))}")


def empty_all(conn: Connection) -> None:
    """Removes all rows, those that refer to others first, and lets the database number them from 1 again."""
    drop_strays(conn)
    for statement in emptying_statements(conn):
        if _is_file(conn):
            conn.exec_driver_sql(statement)
        else:
            run_batch(conn, statement)


def emptying_statements(conn: Connection) -> Iterator[str]:
    """A statement for each table of a file, which numbers by its rows; one batch for a server."""
    written = conn.dialect.identifier_preparer.format_table
    children_first = list(reversed(metadata.sorted_tables))
    genuine = abilities(conn).genuine
    if _is_file(conn):
        yield from (f"DELETE FROM {written(table)}" for table in children_first)
        return
    yield "\n".join(
        [
            *(_emptied(written(table), table, genuine) for table in children_first),
            *(_numbered_anew(table, genuine) for table in children_first if _is_numbered(table)),
        ]
    )


def _emptied(written: str, table: sa.Table, genuine: bool) -> str:
    removed = f"DELETE FROM {written};"
    if _is_numbered(table):
        removed = f"BEGIN {removed} {_reseeded(table, genuine)} END;"
    return f"IF EXISTS (SELECT 1 FROM {written}) {removed}"


def _numbered_anew(table: sa.Table, genuine: bool) -> str:
    """Of numbers that were used and rolled back. A table that never had a row would begin with 0: it is left alone. Of
    such a one SQL Server tells NULL; a compatible server tells 1, as of a table that has used 1."""
    used = "CAST(last_value AS BIGINT) > CASE WHEN SERVERPROPERTY('Babelfish') IS NULL THEN 0 ELSE 1 END"
    found = f"SELECT 1 FROM sys.identity_columns WHERE object_id = OBJECT_ID(N'{table.fullname}') AND {used}"
    return f"IF EXISTS ({found}) {_reseeded(table, genuine)}"


def _reseeded(table: sa.Table, genuine: bool) -> str:
    """SQL Server wants a name of two parts in quotes; Babelfish's own tests write it without."""
    name = f"N'{table.fullname}'" if genuine else table.fullname
    return f"DBCC CHECKIDENT ({name}, RESEED, 0) WITH NO_INFOMSGS;"


def _is_numbered(table: sa.Table) -> bool:
    return any(each.identity is not None for each in table.columns)


def _is_file(conn: Connection) -> bool:
    return conn.dialect.name == "sqlite"
