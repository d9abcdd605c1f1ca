"""Writes an export: one instant of everything or of one site, a table after the other, whatever goes on meanwhile."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import sqlalchemy as sa

from prepaid.errors.access import NotFound
from prepaid.errors.moving import ExportUnwritable
from prepaid.language import _
from prepaid.version import VERSION
from sql import schema
from sql.connection import Connection, Database
from sql.moving.in_use import close, take_into_use
from sql.moving.lines import ROWS_AT_ONCE, write_lines
from sql.moving.manifest import FORMAT, MANIFEST, Manifest, Member, SiteKey, written
from sql.moving.travelling import rows_of, travelling
from sql.tables import sites

PART = ".part"
ENDING = ".jsonl"
COMPRESSION = 3
"""Of 1 to 9: lines of numbers become hardly smaller by more, and take three times as long."""
ONLY_MINE = 0o600
"""Password hashes and the addresses of channels are in it."""

Told = Callable[[str, int], None]
"""Hears of each table that is done, with the number of its rows."""


def export(
    database: Database, path: Path, site_name: str | None, *, with_readings: bool, closing: bool, told: Told
) -> Manifest:
    """Writes the export under a temporary name, and names it when it is whole. `closing` takes the sites out of use
    first, and opens them again if no export comes of it.

    Raises ExportUnwritable, NotFound, SiteAtWork and SnapshotsOff.
    """
    if path.exists():
        raise ExportUnwritable(path=path, why=_("there is such a file already"))
    closed = close(database, site_name) if closing else ()
    try:
        return _write(database, path, site_name, closed, told, with_readings=with_readings)
    except BaseException:
        if closed:
            take_into_use(database, closed)
        raise


def _write(
    database: Database,
    path: Path,
    site_name: str | None,
    closed: tuple[str, ...],
    told: Told,
    *,
    with_readings: bool,
) -> Manifest:
    part = path.with_name(path.name + PART)
    try:
        with database.snapshot() as conn, _mine(part) as zipped:
            site, taken_at = _key_of(conn, site_name), database.now(conn)
            tables = travelling(of_site=site is not None, with_readings=with_readings)
            members = {table.fullname: _add(conn, zipped, table, site, told) for table in tables}
            manifest = Manifest(
                format=FORMAT,
                version=VERSION,
                schema=schema.wanted(),
                taken_at=taken_at,
                site=site,
                with_readings=with_readings,
                closed=closed,
                tables=members,
            )
            zipped.writestr(MANIFEST, written(manifest))
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise ExportUnwritable(path=path, why=error.strerror or error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return manifest


def _mine(part: Path) -> ZipFile:
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ONLY_MINE))
    return ZipFile(part, "w", ZIP_DEFLATED, compresslevel=COMPRESSION)


def _key_of(conn: Connection, site_name: str | None) -> SiteKey | None:
    if site_name is None:
        return None
    found = conn.scalar(sa.select(sites.c.id).where(sites.c.name == site_name))
    if found is None:
        raise NotFound(what=_("site"), name=site_name)
    return SiteKey(id=found, name=site_name)


def _add(conn: Connection, zipped: ZipFile, table: sa.Table, site: SiteKey | None, told: Told) -> Member:
    question = rows_of(table, None if site is None else site.id)
    rows = conn.execute(question.execution_options(yield_per=ROWS_AT_ONCE))
    with zipped.open(table.fullname + ENDING, "w", force_zip64=True) as file:
        member = write_lines(file, table, rows)
    told(table.fullname, member.rows)
    return member
