"""The archived readings of a site that came from another database: its files, with the numbers of analyzers here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event as Never
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from prepaid.archive import Day
from prepaid.errors.access import NotFound
from prepaid.errors.archive import ArchiveFailed, ArchiveUnreadable
from prepaid.errors.moving import ImportRefused
from prepaid.language import _
from prepaid.storage import LEAST_FREE_BYTES
from sql.archive.folder import part_of, path_of, put_name, require_folder, require_room
from sql.archive.same import hash_of, require_same
from sql.archive.write import written_to
from sql.archives import Archived, Begun, Written, any_archive, is_listed, list_brought
from sql.connection import Database
from sql.events import Event, record
from sql.moving.export import ENDING
from sql.moving.in_use import ACTOR, WRITER
from sql.moving.lines import Row, read_lines
from sql.moving.manifest import SiteKey
from sql.moving.proven import prove_export
from sql.tables import analyzers, archives, sites

NEVER = Never()
Told = Callable[[str], None]
"""Hears a sentence about each file that could not be brought."""


@dataclass(frozen=True, slots=True)
class Brought:
    """How many files were brought now, were here already, and could not be brought."""

    files: int
    known: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """The site where it came to, and by how much the numbers of its analyzers have grown."""

    site_id: int
    distance: int


def bring_archive(database: Database, export: Path, source: Path, folder: Path, told: Told) -> Brought:
    """Copies the files that the export of a site lists from `source`, the archive where it was, into that of this
    database.

    1. Each file must be what was written there, byte by byte.
    2. It is written anew with the numbers of here, read back and compared, and gets its name.
    3. Then it is listed. Killed in between, the next try begins with the file that is not listed yet.

    A file that is missing or damaged is told and left out. Raises ExportUnreadable, ImportRefused, NotFound
    and ArchiveFailed.
    """
    proven = prove_export(export)
    site = proven.manifest.site
    assert site is not None, "the archive of everything is copied as it is"
    files = 0
    known = 0
    missing = 0
    with ZipFile(export) as zipped:
        here = _here(database, site, {row["id"]: row["created_at"] for row in _rows(zipped, analyzers)})
        _require_folder(database, folder)
        for row in _rows(zipped, archives):
            archived = _archived(row)
            begun = replace(archived.begun, site_id=here.site_id)
            with database.reading() as conn:
                is_here = is_listed(conn, begun)
            if is_here:
                known += 1
                continue
            try:
                written = _copied(archived, source, begun, folder, here.distance)
            except ArchiveUnreadable as error:
                told(str(error))
                missing += 1
                continue
            with database.writing() as conn:
                list_brought(conn, begun, written, database.now(conn))
            files += 1
    if files:
        _note(database, here.site_id, {"export": export.name, "files": files, "missing": missing})
    return Brought(files, known, missing)


def _here(database: Database, site: SiteKey, before: Mapping[int, datetime]) -> _Here:
    """The numbers of a site that was imported grew by one distance, so its first analyzer is the first one still. Each
    must be there, made at the same instant, as it was: else this is another site."""
    with database.reading() as conn:
        site_id = conn.scalar(sa.select(sites.c.id).where(sites.c.name == site.name))
        if site_id is None:
            raise NotFound(what=_("site"), name=site.name)
        of_site = sa.select(analyzers.c.id, analyzers.c.created_at).where(analyzers.c.site_id == site_id)
        made = {row.id: row.created_at for row in conn.execute(of_site)}
    distance = min(made, default=0) - min(before, default=0)
    if any(made.get(number + distance) != at for number, at in before.items()):
        why = _('the site "{site}" is not the one of this export')
        raise ImportRefused(where=database.where, why=why.format(site=site.name))
    return _Here(site_id=site_id, distance=distance)


def _require_folder(database: Database, folder: Path) -> None:
    with database.reading() as conn:
        known = any_archive(conn)
    try:
        require_folder(folder, known=known)
    except OSError as error:
        raise ArchiveFailed(folder=folder, why=error.strerror or error) from error


def _rows(zipped: ZipFile, table: sa.Table) -> Iterator[Row]:
    with zipped.open(table.fullname + ENDING) as file:
        for some in read_lines(file, table):
            yield from some


def _archived(row: Row) -> Archived:
    return Archived(
        begun=Begun(
            archive_id=row["id"],
            site_id=row["site_id"],
            day=Day(row["read_on"]),
            began_at=row["began_at"],
            made_by=row["made_by"],
        ),
        written=Written(**{name: row[name] for name in Written.__slots__}),
    )


def _copied(archived: Archived, source: Path, begun: Begun, folder: Path, distance: int) -> Written:
    """The file here, read back and compared with the one there."""
    there, path = path_of(source, archived.begun), path_of(folder, begun)
    require_same(there, archived.written, NEVER)
    try:
        require_room(folder, LEAST_FREE_BYTES)
        written_to(part_of(path), _moved(there, distance))
        for before, after in zip(_moved(there, distance), _moved(part_of(path), 0), strict=True):
            if not before.equals(after):
                raise ArchiveFailed(folder=folder, why=_("what was written is not what was read"))
        size, sha256 = part_of(path).stat().st_size, hash_of(part_of(path), NEVER)
        put_name(path)
    except OSError as error:
        raise ArchiveFailed(folder=folder, why=error.strerror or error) from error
    except pa.ArrowException as error:
        raise ArchiveFailed(folder=folder, why=error) from error
    return replace(archived.written, bytes=size, sha256=sha256)


def _moved(path: Path, distance: int) -> Iterator[pa.Table]:
    """The parts of a file, with the numbers of analyzers moved."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        place = file.schema_arrow.get_field_index("analyzer_id")
        field = file.schema_arrow.field(place)
        for part in range(file.num_row_groups):
            table = file.read_row_group(part)
            yield table.set_column(place, field, pc.add(table.column(place), distance))


def _note(database: Database, site_id: int, facts: Mapping[str, object]) -> None:
    with database.writing() as conn:
        happened = Event(action="archive.brought", actor=ACTOR, subject=f"site:{site_id}", site_id=site_id, after=facts)
        record(conn, WRITER, [happened], database.now(conn))
