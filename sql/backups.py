"""What became of each try to back the database up: one row, written before and after."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.backups import BackupUnderWay
from sql.tables import backups

RUNS_AT_MOST = timedelta(hours=1)
"""A row that was begun earlier and has no end was broken off."""
KEPT = timedelta(days=400)
PURGED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was written and verified. `bytes` and `sha256` are None where only the server sees the file."""

    place: str
    bytes: int | None
    sha256: str | None


def begin_backup(conn: Connection, place: str, made_by: str, schema_version: str, now: datetime) -> int:
    """Notes that a backup begins; answers the number of its row. Raises BackupUnderWay while another one runs."""
    running = (
        sa.select(backups.c.began_at)
        .where(backups.c.ended_at.is_(None), backups.c.began_at.between(now - RUNS_AT_MOST, now))
        .order_by(backups.c.began_at.desc())
        .limit(1)
        .with_hint(backups, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    since = conn.scalar(running)
    if since is not None:
        raise BackupUnderWay(since=since.isoformat(timespec="seconds"))
    added = conn.execute(
        backups.insert().values(
            began_at=now, place=place, made_by=made_by[:120], schema_version=schema_version, verified=False
        )
    )
    assert added.inserted_primary_key is not None, "the database numbers backups"
    return int(added.inserted_primary_key[0])


def end_backup(conn: Connection, backup_id: int, made: Made, at: datetime) -> None:
    """Notes that the backup is written and verified."""
    values = {"place": made.place, "bytes": made.bytes, "sha256": made.sha256, "verified": True, "ended_at": at}
    conn.execute(backups.update().where(backups.c.id == backup_id).values(values))


def fail_backup(conn: Connection, backup_id: int, why: str, at: datetime) -> None:
    """Notes why there is no backup."""
    conn.execute(backups.update().where(backups.c.id == backup_id).values(error=why[:400], ended_at=at))


def last_verified_at(conn: Connection) -> datetime | None:
    """The instant that the newest good backup shows; None: there is none."""
    found: datetime | None = conn.scalar(sa.select(sa.func.max(backups.c.began_at)).where(backups.c.verified))
    return found


def last_tried_at(conn: Connection) -> datetime | None:
    """When the newest try began, whatever became of it."""
    found: datetime | None = conn.scalar(sa.select(sa.func.max(backups.c.began_at)))
    return found


def purge_backups(conn: Connection, before: datetime) -> int:
    """Removes a slice of the rows begun before the instant; answers how many went. Files are rotated by themselves."""
    old = sa.select(backups.c.id).where(backups.c.began_at < before).order_by(backups.c.began_at).limit(PURGED_AT_ONCE)
    return conn.execute(backups.delete().where(backups.c.id.in_(old))).rowcount
