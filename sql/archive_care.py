"""How files of the archive are looked after: when each was looked through, what was found, and which are removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.settings import site_settings
from sql.archives import Archived, asked
from sql.events import Event, record
from sql.sites import SITES_AT_MOST
from sql.tables import archives, settings

TROUBLE_CHARACTERS = 400
LOOKED_AT_ONCE = 500
REMOVED_AT_ONCE = 31
_KEPT_DAYS = "archive_kept_days"
_KEPT = (archives.c.purged_at.is_not(None), archives.c.removal_began_at.is_(None))
_TROUBLED = (archives.c.trouble.is_not(None), archives.c.removal_began_at.is_(None))
_LONGEST_AGO = (archives.c.looked_at, archives.c.id)
_LEAVING = (archives.c.removal_began_at.is_not(None), archives.c.removed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong with the files of a site: how many, and what was found at the one of the oldest day."""

    files: int
    trouble: str


def troubled(conn: Connection) -> Sequence[Archived]:
    """Files that were damaged or missing when they were looked at last; the oldest look first."""
    return asked(conn, sa.select(archives).where(*_TROUBLED).order_by(*_LONGEST_AGO), LOOKED_AT_ONCE)


def due_for_a_look(conn: Connection, looked_before: datetime) -> Sequence[Archived]:
    """Files that were last looked at before that; the oldest look first."""
    due = (*_KEPT, archives.c.trouble.is_(None), archives.c.looked_at < looked_before)
    return asked(conn, sa.select(archives).where(*due).order_by(*_LONGEST_AGO), LOOKED_AT_ONCE)


def note_look(conn: Connection, archive_id: int, trouble: str | None, at: datetime) -> None:
    """Notes that the whole file was looked at, and what was found; None: it is what was written."""
    said = None if trouble is None else trouble[:TROUBLE_CHARACTERS]
    conn.execute(archives.update().where(archives.c.id == archive_id).values(looked_at=at, trouble=said))


def damages(conn: Connection) -> Mapping[int, Damage]:
    """By site."""
    place = sa.func.row_number().over(partition_by=archives.c.site_id, order_by=(archives.c.read_on, archives.c.id))
    files = sa.func.count().over(partition_by=archives.c.site_id)
    found = (
        sa.select(archives.c.site_id, archives.c.trouble, place.label("place"), files.label("files"))
        .where(*_TROUBLED)
        .subquery()
    )
    question = sa.select(found.c.site_id, found.c.trouble, found.c.files).where(found.c.place == 1)
    return {
        row.site_id: Damage(files=row.files, trouble=row.trouble)
        for row in conn.execute(question.order_by(found.c.site_id).limit(SITES_AT_MOST))
    }


def kept_files(conn: Connection, most: int) -> Sequence[Archived]:
    """Files that must be there, those of the newest days first."""
    return asked(conn, sa.select(archives).where(*_KEPT).order_by(archives.c.read_on.desc(), archives.c.id), most)


def sites_with_files(conn: Connection) -> Sequence[int]:
    """Sites of which any file is kept."""
    question = sa.select(archives.c.site_id).where(*_KEPT).distinct().order_by(archives.c.site_id)
    return conn.scalars(question.limit(SITES_AT_MOST)).all()


def kept_days(conn: Connection) -> Mapping[int, Decimal]:
    """By site, how long its files are kept; those that keep them for ever are left out."""
    question = (
        sa.select(settings.c.site_id, settings.c.value)
        .where(settings.c.name == _KEPT_DAYS)
        .order_by(settings.c.site_id)
        .limit(SITES_AT_MOST)
    )
    chosen = {row.site_id: site_settings({_KEPT_DAYS: row.value}).archive_kept_days for row in conn.execute(question)}
    return {site_id: days for site_id, days in chosen.items() if days is not None}


def kept_long_enough(conn: Connection, site_id: int, before: date) -> Sequence[Archived]:
    """Files of days before that one, whose readings are in no other place; the oldest first, a bounded number."""
    old = (archives.c.site_id == site_id, archives.c.read_on < before, *_KEPT)
    question = sa.select(archives).where(*old).order_by(archives.c.read_on, archives.c.id)
    return asked(conn, question, REMOVED_AT_ONCE)


def begin_removal(conn: Connection, archived: Archived, writer: str, at: datetime) -> None:
    """Takes the file off the list, with an event: from now on nobody asks it."""
    begun, written = archived.begun, archived.written
    mine = (archives.c.id == begun.archive_id, archives.c.removal_began_at.is_(None))
    if conn.execute(archives.update().where(*mine).values(removal_began_at=at)).rowcount == 0:
        return
    removed = Event(
        action="archive.removed",
        actor="enforcer",
        subject=f"site:{begun.site_id}",
        site_id=begun.site_id,
        before={
            "read_on": begun.day.on.isoformat(),
            "readings": written.readings,
            "bytes": written.bytes,
            "sha256": written.sha256,
        },
    )
    record(conn, writer, [removed], at)


def being_removed(conn: Connection) -> Sequence[Archived]:
    """Files that are off the list and may still be there."""
    return asked(conn, sa.select(archives).where(*_LEAVING).order_by(archives.c.removal_began_at, archives.c.id))


def end_removal(conn: Connection, archived: Archived, at: datetime) -> None:
    """Notes that the file is gone."""
    conn.execute(archives.update().where(archives.c.id == archived.begun.archive_id).values(removed_at=at))
