"""One backup: claimed, copied under a temporary name, looked through, named, noted."""

import shutil
import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prepaid.errors.backups import BackupFailed
from prepaid.errors.start import DatabaseUnavailable
from prepaid.language import _
from sql import schema
from sql.backup.copy_file import copy_file, look_at
from sql.backup.copy_server import copy_on_server, path_on_server
from sql.backup.folder import remove_parts
from sql.backup.manifest import PART, Stopped, manifest_of, name_of, write_manifest
from sql.backups import Made, begin_backup, end_backup, fail_backup
from sql.connection import Database

SPARE_BYTES = 100_000_000
LOG_ENDING = "-wal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A backup into a folder: of this machine for an SQLite file, else of the server. `copy_only` is for the server."""

    folder: str
    made_by: str
    copy_only: bool = True


def folder_of(database: Database, chosen: str | None) -> str | None:
    """The folder of the settings; for an SQLite file without one `backups` beside it; None: the DBA backs it up."""
    if chosen or not database.is_sqlite:
        return chosen
    return str(database.file.parent / "backups")


def make_backup(database: Database, wanted: Wanted, stop: threading.Event) -> Made:
    """Backs the database up as it is now, while others write to it. What becomes of it is a row of ops.Backups.

    Raises BackupUnderWay while another one runs, BackupFailed, DatabaseUnavailable, and Stopped.
    """
    with database.writing() as conn:
        now = database.now(conn)
        place = _place(database, wanted.folder, now)
        backup_id = begin_backup(conn, place, wanted.made_by, schema.wanted(), now)
    try:
        made = _copied(database, wanted, place, now, stop)
    except (Stopped, KeyboardInterrupt):
        _fail(database, backup_id, _("it was broken off"))
        raise
    except (BackupFailed, DatabaseUnavailable) as error:
        _fail(database, backup_id, str(error.fields.get("why", error)))
        raise
    with database.writing() as conn:
        end_backup(conn, backup_id, made, database.now(conn))
    return made


def keep_before(database: Database, folder: str) -> Path:
    """A backup of an SQLite file before its schema is changed; no row tells of it, since its schema is an older one.

    Raises BackupFailed and DatabaseUnavailable.
    """
    now = database.clock.now()
    return Path(_file_backup(database.file, (Path(folder) / name_of(now)).resolve(), now, threading.Event()).place)


def _place(database: Database, folder: str, now: datetime) -> str:
    if database.is_sqlite:
        return str((Path(folder) / name_of(now)).resolve())
    return path_on_server(folder, name_of(now, ".bak"))


def _copied(database: Database, wanted: Wanted, place: str, now: datetime, stop: threading.Event) -> Made:
    if not database.is_sqlite:
        copy_on_server(database, place, copy_only=wanted.copy_only)
        return Made(place=place, bytes=None, sha256=None)
    return _file_backup(database.file, Path(place), now, stop)


def _file_backup(source: Path, path: Path, now: datetime, stop: threading.Event) -> Made:
    try:
        return _file(source, path, now, stop)
    except sqlite3.Error as error:
        raise BackupFailed(folder=path.parent, why=error) from error
    except OSError as error:
        raise BackupFailed(folder=path.parent, why=error.strerror or error) from error


def _file(source: Path, path: Path, now: datetime, stop: threading.Event) -> Made:
    """The name comes last: whatever has it is whole, and has its manifest."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    remove_parts(folder)
    needed = _bytes_of(source) + _bytes_of(source.with_name(source.name + LOG_ENDING)) + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        why = _("{needed} MB are needed there, {free} MB are free")
        raise BackupFailed(folder=folder, why=why.format(needed=needed // 10**6, free=free // 10**6))
    part = path.with_name(path.name + PART)
    copy_file(source, part, stop)
    found = look_at(part, stop)
    if found.wrong:
        raise BackupFailed(folder=folder, why=found.wrong)
    manifest = manifest_of(part, now, found.version, stop)
    write_manifest(path, manifest)
    part.replace(path)
    return Made(place=str(path), bytes=manifest.bytes, sha256=manifest.sha256)


def _bytes_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _fail(database: Database, backup_id: int, why: str) -> None:
    with database.writing() as conn:
        fail_backup(conn, backup_id, why, database.now(conn))
