"""Which raw readings lie in files: one row for each file, written before and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.archive import Day
from prepaid.errors.archive import ArchiveUnderWay
from sql.leases import holding
from sql.tables import archives

RUNS_AT_MOST = timedelta(hours=1)
"""A file that was begun earlier and is not written was broken off."""
LISTED_AT_MOST = 5_000
"""More than a year of days with late readings; a question about a longer span is asked in pieces."""
MAKER_CHARACTERS = 120

_BEGUN = (archives.c.id, archives.c.site_id, archives.c.read_on, archives.c.began_at, archives.c.made_by)
_UNWRITTEN = (archives.c.purged_at.is_(None), archives.c.written_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was found in a file when it was checked against the database."""

    readings: int
    bytes: int
    sha256: str
    first_read_at: datetime
    last_read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A file that is being written, or was broken off. `began_at` names it: no two files begin at the same instant."""

    archive_id: int
    site_id: int
    day: Day
    began_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A file that is listed. `is_being_purged`: some of its readings may be in no other place; `purged`: all of them
    are."""

    begun: Begun
    written: Written
    is_being_purged: bool = False
    purged: bool = False


def begun_archives(conn: Connection) -> Sequence[Begun]:
    """Files that are not written."""
    question = sa.select(*_BEGUN).where(*_UNWRITTEN).order_by(archives.c.id).limit(LISTED_AT_MOST)
    return [_begun(row) for row in conn.execute(question).mappings()]


def require_nobody(conn: Connection, begun: Sequence[Begun], made_by: str, now: datetime) -> None:
    """Raises ArchiveUnderWay where another process writes one of the files: one that holds a lease, and has begun it
    within the last hour. What a process has begun that holds none any more, or this one itself, was broken off."""
    fresh = [each for each in begun if now - RUNS_AT_MOST <= each.began_at <= now]
    others = {each.made_by for each in fresh} - {made_by[:MAKER_CHARACTERS]}
    alive = holding(conn, others, now) if others else frozenset()
    running = [each.began_at for each in fresh if each.made_by in alive]
    if running:
        raise ArchiveUnderWay(since=max(running).isoformat(timespec="seconds"))


def begin_archive(conn: Connection, site_id: int, day: Day, made_by: str, now: datetime) -> Begun:
    """Notes that a file is begun. Raises ArchiveUnderWay while there is another one that is not written."""
    running = (
        sa.select(archives.c.began_at)
        .where(*_UNWRITTEN)
        .order_by(archives.c.began_at.desc())
        .limit(1)
        .with_hint(archives, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    since = conn.scalar(running)
    if since is not None:
        raise ArchiveUnderWay(since=since.isoformat(timespec="seconds"))
    maker = made_by[:MAKER_CHARACTERS]
    added = conn.execute(archives.insert().values(site_id=site_id, read_on=day.on, made_by=maker, began_at=now))
    assert added.inserted_primary_key is not None, "the database numbers archives"
    archive_id = int(added.inserted_primary_key[0])
    return Begun(archive_id=archive_id, site_id=site_id, day=day, began_at=now, made_by=maker)


def list_archive(conn: Connection, begun: Begun, written: Written, at: datetime) -> None:
    """Lists a file that is checked and has its name. Raises ArchiveUnderWay where another process took this one for
    broken off."""
    mine = (archives.c.id == begun.archive_id, archives.c.began_at == begun.began_at, *_UNWRITTEN)
    values = {name: getattr(written, name) for name in Written.__slots__}
    if conn.execute(archives.update().where(*mine).values(written_at=at, looked_at=at, **values)).rowcount == 0:
        raise ArchiveUnderWay(since=begun.began_at.isoformat(timespec="seconds"))


def drop_archive(conn: Connection, begun: Begun) -> None:
    """Forgets a file that did not come about, or was lost before any of its readings was removed."""
    mine = (archives.c.id == begun.archive_id, archives.c.began_at == begun.began_at)
    conn.execute(archives.delete().where(*mine))


def begin_purge(conn: Connection, begun: Begun, at: datetime) -> None:
    """Notes that from now on readings of the file may be in no other place."""
    mine = (archives.c.id == begun.archive_id, archives.c.purge_began_at.is_(None))
    conn.execute(archives.update().where(*mine).values(purge_began_at=at))


def end_purge(conn: Connection, begun: Begun, at: datetime) -> None:
    """Notes that the readings of the file are removed from the database."""
    conn.execute(archives.update().where(archives.c.id == begun.archive_id).values(purged_at=at))


def is_listed(conn: Connection, begun: Begun) -> bool:
    """Whether a file of that site and that beginning is listed."""
    same = (
        archives.c.site_id == begun.site_id,
        archives.c.read_on == begun.day.on,
        archives.c.began_at == begun.began_at,
    )
    return conn.scalar(sa.select(archives.c.id).where(*same).limit(1)) is not None


def list_brought(conn: Connection, begun: Begun, written: Written, at: datetime) -> None:
    """Lists a file that came from another database; its readings are in no other place."""
    values = {name: getattr(written, name) for name in Written.__slots__}
    instants = dict.fromkeys(("written_at", "looked_at", "purge_began_at", "purged_at"), at)
    of = {"site_id": begun.site_id, "read_on": begun.day.on, "made_by": begun.made_by, "began_at": begun.began_at}
    conn.execute(archives.insert().values(**of, **instants, **values))


def any_archive(conn: Connection) -> bool:
    """Whether any file was ever listed."""
    return conn.scalar(sa.select(archives.c.id).where(archives.c.written_at.is_not(None)).limit(1)) is not None


def waiting_archives(conn: Connection) -> Sequence[Archived]:
    """Files whose readings are not, or not all, removed from the database; the oldest day first."""
    waiting = (archives.c.purged_at.is_(None), archives.c.written_at.is_not(None))
    return asked(conn, sa.select(archives).where(*waiting).order_by(archives.c.read_on, archives.c.id))


def archives_between(conn: Connection, site_id: int, from_at: datetime, until_at: datetime) -> Sequence[Archived]:
    """The files with readings of the site in [from_at, until_at). The listing is the only way to a file."""
    days = archives.c.read_on.between(Day.of(from_at).on, Day.of(until_at).on)
    question = sa.select(archives).where(
        archives.c.site_id == site_id,
        days,
        archives.c.written_at.is_not(None),
        archives.c.removal_began_at.is_(None),
        archives.c.first_read_at < until_at,
        archives.c.last_read_at >= from_at,
    )
    return asked(conn, question.order_by(archives.c.read_on, archives.c.id))


def asked(conn: Connection, question: sa.Select[Any], most: int = LISTED_AT_MOST) -> Sequence[Archived]:
    """The files that a question to `archives` answers, a bounded number."""
    return [
        Archived(
            begun=_begun(row),
            written=Written(**{name: row[name] for name in Written.__slots__}),
            is_being_purged=row["purge_began_at"] is not None,
            purged=row["purged_at"] is not None,
        )
        for row in conn.execute(question.limit(most)).mappings()
    ]


def _begun(row: sa.RowMapping) -> Begun:
    return Begun(
        archive_id=row["id"],
        site_id=row["site_id"],
        day=Day(row["read_on"]),
        began_at=row["began_at"],
        made_by=row["made_by"],
    )
