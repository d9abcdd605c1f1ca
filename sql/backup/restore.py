"""Puts a backup in the place of an SQLite file that nobody works on; the file of before is kept beside it."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from prepaid.errors.backups import BackupUnreadable, DatabaseAlive, RestoreFailed
from prepaid.errors.start import DatabaseUnavailable
from prepaid.language import _
from sql import schema
from sql.backup.copy_file import look_at
from sql.backup.manifest import Manifest, manifest_of, read_manifest
from sql.connection import Connection, Database
from sql.events import Event, record
from sql.tables import backups, heartbeats, leases, sites

ACTOR = "command line"
WRITER = "sql"
YOUNG = timedelta(seconds=60)
WAIT_S = 1.0
LOGS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put in place, where the file of before is (None: there was none), and the schema before and after."""

    manifest: Manifest
    kept: Path | None
    schema: schema.Version


def restore(database: Database, backup: Path) -> Restored:
    """Restores the backup. Raises BackupUnreadable, DatabaseAlive and RestoreFailed; then nothing was changed.

    1. The backup is what its manifest says, whole, and of a schema that this program knows.
    2. Nobody works on the database: no lease, no young heartbeat, no open connection of any process.
    3. A copy is written beside the database. Still nobody works: then both files change names.
    4. The schema is brought up to date and leases are given back.
    """
    manifest = _examined(backup)
    target = database.file
    now = database.clock.now()
    database.close()
    arriving = target.with_name(f"{target.name}.restoring")
    try:
        _require_quiet(database, now)
        _copy(backup, arriving)
        _require_quiet(database, database.clock.now())
        kept = _exchange(arriving, target, now)
    except OSError as error:
        raise RestoreFailed(where=database.where, why=error.strerror or error) from error
    finally:
        with suppress(OSError):
            arriving.unlink(missing_ok=True)
    version = schema.upgrade(database)
    with database.writing() as conn:
        _begin_anew(conn, manifest, backup, database.now(conn))
    return Restored(manifest=manifest, kept=kept, schema=version)


def _examined(backup: Path) -> Manifest:
    manifest, go_on = read_manifest(backup), threading.Event()
    try:
        same = manifest_of(backup, manifest.taken_at, manifest.schema, go_on)
    except OSError as error:
        raise BackupUnreadable(path=backup, why=error.strerror or error) from error
    if (same.bytes, same.sha256) != (manifest.bytes, manifest.sha256):
        raise BackupUnreadable(path=backup, why=_("it is not the file that was written: its hash is another one"))
    found = look_at(backup, go_on)
    if found.wrong:
        raise BackupUnreadable(path=backup, why=found.wrong)
    if found.version not in schema.known():
        why = _("its schema {found} is newer than this program").format(found=found.version)
        raise BackupUnreadable(path=backup, why=why)
    return manifest


def _require_quiet(database: Database, now: datetime) -> None:
    """What can still be read tells who works; a file too damaged for that is nobody's any more, nor one not there."""
    if not database.file.exists():
        return
    with suppress(DatabaseUnavailable, DBAPIError):
        with database.reading() as conn:
            who = _at_work(conn, now)
        if who:
            raise DatabaseAlive(where=database.where, who=who)
    database.close()
    try:
        with closing(sqlite3.connect(database.file, isolation_level=None, timeout=WAIT_S)) as alone:
            # Only who is alone with a file can leave write-ahead logging; that also writes its log into it.
            alone.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise DatabaseAlive(where=database.where, who=_("another process has it open")) from error


def _at_work(conn: Connection, now: datetime) -> str:
    """Who holds a lease or gave a sign of life within the last minute; empty: nobody."""
    holder = conn.scalar(sa.select(leases.c.holder).where(leases.c.holder != "", leases.c.ends_at > now).limit(1))
    if holder:
        return _("the enforcer {holder} holds a lease").format(holder=holder)
    beat = conn.execute(
        sa.select(heartbeats.c.holder, heartbeats.c.process)
        .join(leases, leases.c.site_id == heartbeats.c.site_id)
        .where(heartbeats.c.beat_at > now - YOUNG, leases.c.holder != "")
        .limit(1)
    ).one_or_none()
    return "" if beat is None else _("{process} {holder} has just worked").format(**beat._mapping)


def _copy(backup: Path, arriving: Path) -> None:
    shutil.copyfile(backup, arriving)
    with arriving.open("r+b") as file:
        os.fsync(file.fileno())


def _exchange(arriving: Path, target: Path, now: datetime) -> Path | None:
    """Renames both; what fails in between is undone."""
    if not target.exists():
        arriving.replace(target)
        return None
    kept = target.with_name(f"{target.stem}-before-{now:%Y%m%dT%H%M%SZ}{target.suffix}")
    _rename(target, kept)
    try:
        arriving.replace(target)
    except OSError:
        _rename(kept, target)
        raise
    return kept


def _rename(path: Path, to: Path) -> None:
    """With its logs, which only a database that was not closed well has beside it."""
    for ending in LOGS:
        log = path.with_name(path.name + ending)
        if log.exists():
            log.replace(to.with_name(to.name + ending))
    path.replace(to)


def _begin_anew(conn: Connection, manifest: Manifest, backup: Path, now: datetime) -> None:
    """Nobody of then holds a lease any more, the backup itself is known as made, and the audit trail tells of now."""
    conn.execute(leases.update().values(holder="", ends_at=now))
    conn.execute(
        backups.update()
        .where(backups.c.ended_at.is_(None), backups.c.began_at == manifest.taken_at)
        .values(ended_at=manifest.taken_at, verified=True, bytes=manifest.bytes, sha256=manifest.sha256)
    )
    facts = {"backup": backup.name, "taken_at": manifest.taken_at, "sha256": manifest.sha256}
    told = [
        Event(action="database.restored", actor=ACTOR, subject=f"site:{site_id}", site_id=site_id, after=facts)
        for site_id in conn.scalars(sa.select(sites.c.id).order_by(sites.c.id)).all()
    ]
    record(conn, WRITER, told, now)
