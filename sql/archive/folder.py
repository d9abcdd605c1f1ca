"""Where the files of the archive are, and whether there is room for another one."""

import os
import shutil
import sys
from datetime import UTC
from pathlib import Path

from prepaid.errors.archive import ArchiveFailed
from prepaid.language import _
from sql.archives import Begun
from sql.connection import Database

PART = ".part"
ON_A_SERVER = "data/archive"


def archive_folder(database: Database, chosen: str | None) -> Path:
    """The folder of the settings; without one `archive` beside the SQLite file, or in the data of this machine."""
    if chosen:
        return Path(chosen)
    return database.file.parent / "archive" if database.is_sqlite else Path(ON_A_SERVER)


def path_of(folder: Path, begun: Begun) -> Path:
    """Where the file of a row of ops.Archives is; engines read `site_id` and `read_on` from its path."""
    of_day = folder / f"site_id={begun.site_id}" / f"read_on={begun.day.on.isoformat()}"
    began_at = begun.began_at.astimezone(UTC)
    return of_day / f"readings-{began_at:%Y%m%dT%H%M%S}{began_at.microsecond // 1000:03d}Z.parquet"


def require_folder(folder: Path, *, known: bool) -> None:
    """Makes the folder for the first file. A folder that is `known` to hold files and is not there is a disk that is
    away: another one must not be begun in its place. Raises ArchiveFailed, OSError."""
    if known and not folder.is_dir():
        raise ArchiveFailed(folder=folder, why=_("the folder is not there; it may be on a disk that is away"))
    folder.mkdir(parents=True, exist_ok=True)


def require_room(folder: Path, spare_bytes: int) -> None:
    """Raises ArchiveFailed when less than that is free: the database may be on the same disk."""
    free = shutil.disk_usage(folder).free
    if free < spare_bytes:
        why = _("{free} MB are free there, {spare} MB must stay free")
        raise ArchiveFailed(folder=folder, why=why.format(free=free // 10**6, spare=spare_bytes // 10**6))


def remove_begun(path: Path) -> None:
    """Removes what a file that was broken off has left, under its temporary name or its own."""
    for each in (part_of(path), path):
        each.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """The temporary name of a file that is not whole yet."""
    return path.with_name(path.name + PART)


def put_name(path: Path) -> None:
    """Gives a file that is on the disk its own name, and makes the name last."""
    part_of(path).replace(path)
    if sys.platform != "win32":
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
            _flush(folder)


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
