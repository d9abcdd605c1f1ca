"""The proof that an export is what was written, to its end."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from struct import error as StructError
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

import sqlalchemy as sa

from prepaid.errors.moving import ExportNewer, ExportOld, ExportUnreadable
from prepaid.language import _
from sql import schema
from sql.moving.export import ENDING
from sql.moving.lines import LinesBroken, prove_lines
from sql.moving.manifest import MANIFEST, MOST_BYTES, Manifest, parsed
from sql.moving.travelling import travelling

BROKEN = (
    *(BadZipFile, EOFError, NotImplementedError, RuntimeError, StructError, ZlibError),
    *(KeyError, TypeError, ValueError, RecursionError),
)
"""What is raised over a file that is no ZIP, or has no manifest of ours, or not all members."""


class Proven(NamedTuple):
    """A file that is what was written."""

    manifest: Manifest
    tables: Sequence[sa.Table]
    sha256: str


def prove_export(path: Path) -> Proven:
    """Reads all of it once, before a row is written. Raises ExportUnreadable, ExportOld and ExportNewer."""
    try:
        with path.open("rb") as file, ZipFile(file) as zipped:
            manifest = _manifest(zipped, path)
            tables = _tables(manifest)
            for table in tables:
                with zipped.open(table.fullname + ENDING) as lines:
                    prove_lines(lines, table, manifest.tables[table.fullname])
            file.seek(0)
            return Proven(manifest, tables, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise ExportUnreadable(path=path, why=error.strerror or error) from error
    except LinesBroken as error:
        raise ExportUnreadable(path=path, why=error) from error
    except BROKEN as error:
        raise ExportUnreadable(path=path, why=_("it is broken, or was cut off")) from error


def _manifest(zipped: ZipFile, path: Path) -> Manifest:
    with zipped.open(MANIFEST) as file:
        manifest = parsed(file.read(MOST_BYTES))
    if manifest.schema not in schema.known():
        raise ExportNewer(path=path, found=manifest.schema)
    if manifest.schema != schema.wanted():
        raise ExportOld(path=path, found=manifest.schema, wanted=schema.wanted())
    return manifest


def _tables(manifest: Manifest) -> Sequence[sa.Table]:
    tables = travelling(of_site=manifest.site is not None, with_readings=manifest.with_readings)
    if {table.fullname for table in tables} != set(manifest.tables):
        raise LinesBroken(_("it has other tables than this program"))
    return tables
