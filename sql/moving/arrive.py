"""Reads an export into a database, in one transaction: all of it, or nothing that anybody ever sees."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from prepaid.errors.moving import ExportUnreadable, ImportRefused
from prepaid.language import _
from sql.connection import Connection, Database
from sql.events import Event, record
from sql.hot import Bulk
from sql.moving.beside import Beside
from sql.moving.export import ENDING, Told
from sql.moving.in_use import ACTOR, WRITER, require_quiet
from sql.moving.lines import LinesBroken, Row, read_lines
from sql.moving.manifest import Manifest, SiteKey
from sql.moving.proven import prove_export
from sql.tables import archives, sites
from sql.troubles import words

ALONE = "WITH (TABLOCKX, HOLDLOCK)"
"""On SQL Server nobody else writes to a table that is looked at so before this transaction ends; reading goes on."""


def bring_in(database: Database, path: Path, told: Told) -> Manifest:
    """Imports it. Raises ExportUnreadable, ExportOld, ExportNewer, ImportRefused and SiteAtWork; nothing was changed
    then.

    1. The file is what was written, to its end: each table has its rows and their checksum.
    2. Everything goes into an empty database, with the numbers and the chains of events that it had.
       One site goes beside others: its rows get new numbers, its events new chains.
    3. A site arrives out of use, so that nobody works for it before it is proven.
    4. The list of archived readings comes with everything; that of one site waits until its files are brought.
    """
    proven = prove_export(path)
    manifest = proven.manifest
    facts = {"export": path.name, "sha256": proven.sha256, "taken_at": manifest.taken_at}
    try:
        with ZipFile(path) as zipped, database.writing() as conn:
            require_quiet(conn, database)
            now = database.now(conn)
            beside = None
            if manifest.site is None:
                _require_empty(conn, database.where, proven.tables)
            else:
                beside = _beside(conn, database.where, manifest.site, proven.tables, now)
            for table in proven.tables:
                if table is archives and beside is not None:
                    continue  # its files hold the numbers of before, and are brought by sql/moving/bring_archive.py
                _bring(conn, zipped, table, beside, now)
                told(table.fullname, manifest.tables[table.fullname].rows)
            if beside is not None:
                beside.finish(conn)
            _record(conn, manifest.site, facts, now)
    except LinesBroken as error:
        raise ExportUnreadable(path=path, why=error) from error
    except (IntegrityError, DataError, ProgrammingError) as error:
        why = _("what is in it does not fit what is there ({error})").format(error=words(error))
        raise ImportRefused(where=database.where, why=why) from error
    return manifest


def is_there(conn: Connection, site: SiteKey) -> bool:
    """Whether a site of that name is in the database, in use or not."""
    return conn.scalar(sa.select(sites.c.id).where(sites.c.name == site.name)) is not None


def _require_empty(conn: Connection, where: str, tables: Sequence[sa.Table]) -> None:
    """On SQL Server each table that is looked at is locked so for all others."""
    for table in tables:
        first = next(iter(table.primary_key.columns))
        if conn.scalar(sa.select(first).limit(1).with_hint(table, ALONE, "mssql")) is not None:
            why = _("{table} has rows; everything goes into an empty database only, one site (--site) into any")
            raise ImportRefused(where=where, why=why.format(table=table.fullname))


def _beside(conn: Connection, where: str, site: SiteKey, tables: Sequence[sa.Table], now: datetime) -> Beside:
    """The numbers of the site begin behind those that are there."""
    if is_there(conn, site):
        why = _('the site "{site}" is there already; if it is not in use yet: python -m sql sites --open "{site}"')
        raise ImportRefused(where=where, why=why.format(site=site.name))
    distances = {}
    for table in tables:
        if "id" in table.c:
            last = sa.select(sa.func.max(table.c.id)).with_hint(table, ALONE, "mssql")
            distances[table] = int(conn.scalar(last) or 0)
    return Beside(distances, site.id, now)


def _bring(conn: Connection, zipped: ZipFile, table: sa.Table, beside: Beside | None, now: datetime) -> None:
    """Writes the rows of one table."""
    names = [column.name for column in table.columns]
    bulk = Bulk(table, names)
    with zipped.open(table.fullname + ENDING) as file, _own_numbers(conn, table):
        for rows in read_lines(file, table):
            moved = rows if beside is None else beside.moved(table, rows)
            kept = _out_of_use(moved, now) if table is sites else moved
            try:
                bulk.write(conn, [tuple(row[name] for name in names) for row in kept])
            except (ValueError, TypeError, ArithmeticError) as error:
                said = _("a row of {table} cannot be kept ({error})")
                raise LinesBroken(said.format(table=table.fullname, error=error)) from error


@contextmanager
def _own_numbers(conn: Connection, table: sa.Table) -> Iterator[None]:
    """SQL Server takes numbers for a column that it numbers itself only when told so, for one table at a time."""
    if conn.dialect.name == "sqlite" or not any(column.identity for column in table.columns):
        yield
        return
    switch = f"SET IDENTITY_INSERT {conn.dialect.identifier_preparer.format_table(table)}"
    conn.exec_driver_sql(f"{switch} ON")
    try:
        yield
    finally:  # it is an option of the connection, which others use after a refusal
        conn.exec_driver_sql(f"{switch} OFF")


def _out_of_use(rows: Sequence[Row], now: datetime) -> list[Row]:
    """Sites that were in use when the export was made are out of use here; who opens them is another question."""
    return [{**row, "retired_at": row["retired_at"] or now} for row in rows]


def _record(conn: Connection, site: SiteKey | None, facts: dict[str, object], now: datetime) -> None:
    """Tells the audit trail from which file each site came."""
    came = sa.select(sites.c.id).order_by(sites.c.id)
    happened = [
        Event(action="site.imported", actor=ACTOR, subject=f"site:{site_id}", site_id=site_id, after=facts)
        for site_id in conn.scalars(came if site is None else came.where(sites.c.name == site.name)).all()
    ]
    record(conn, WRITER, happened, now)
