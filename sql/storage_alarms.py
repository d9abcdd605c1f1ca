"""Standing alarms about the database itself: no fresh backup, a disk or an edition that is almost full."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind
from prepaid.language import _
from prepaid.storage import Storage, is_backup_old
from sql.backups import last_verified_at
from sql.site_alarms import alarm_stands, end_alarm, stand_alarm
from sql.sizes import known_storage, measured_since

GB = 10**9


class _Found(NamedTuple):
    """Whether an alarm is due, whether it stands, and why."""

    kind: AlertKind
    due: bool
    stands: bool
    why: str


def tell_storage(conn: Connection, site_id: int, writer: str, at: datetime, *, backed_up: bool) -> Mapping[str, bool]:
    """Raises and ends the alarms of the site by what was measured and backed up; answers which stand now.

    `backed_up`: the product makes the backups; where the DBA does, their age is not known.
    """
    storage, since_at = known_storage(conn, at), measured_since(conn)
    found = [] if storage is None else [*_of_size(conn, site_id, storage)]
    if backed_up and since_at is not None:
        found.append(_of_backup(conn, site_id, since_at, at))
    for each in found:
        if each.due and not each.stands:
            stand_alarm(conn, site_id, each.kind, writer, each.why, at)
        elif each.stands and not each.due:
            end_alarm(conn, site_id, each.kind, at)
    return {each.kind.value: each.due for each in found}


def _of_size(conn: Connection, site_id: int, storage: Storage) -> Iterator[_Found]:
    size, days = storage.size, storage.days_left
    stands = alarm_stands(conn, site_id, AlertKind.DISK_LOW)
    why = _("{free} GB of the disk are free").format(free=f"{(size.free_bytes or 0) / GB:.1f}")
    if days is not None and storage.growth_bytes is not None:
        more = _("; the database grows by {growth} GB a day, which lasts {days} days")
        why += more.format(growth=f"{storage.growth_bytes / GB:.2f}", days=int(days))
    yield _Found(AlertKind.DISK_LOW, storage.is_disk_low(stands=stands), stands, f"{why}.")
    stands = alarm_stands(conn, site_id, AlertKind.DATABASE_FULL)
    used, limit = f"{size.used_bytes / GB:.1f}", f"{(size.limit_bytes or 0) / GB:.1f}"
    why = _("{used} GB of {limit} GB are used.").format(used=used, limit=limit)
    yield _Found(AlertKind.DATABASE_FULL, storage.is_database_full(stands=stands), stands, why)


def _of_backup(conn: Connection, site_id: int, since_at: datetime, at: datetime) -> _Found:
    verified_at = last_verified_at(conn)
    why = _("There has been no good backup yet.")
    if verified_at is not None:
        why = _("The newest good backup is of {instant}.").format(instant=f"{verified_at:%Y-%m-%d %H:%M} UTC")
    stands = alarm_stands(conn, site_id, AlertKind.BACKUP_OLD)
    return _Found(AlertKind.BACKUP_OLD, is_backup_old(verified_at, since_at, at), stands, why)
