"""Fingerprints of devices, serial numbers and who owns them, and falls that no neighbour shared."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.restarts import DAY, TOGETHER, alone
from prepaid.tamper import Fingerprint
from sql.tables import analyzers, fingerprints, sites, step_backs

_FINGERPRINTS = (
    sa.select(fingerprints)
    .join(analyzers, analyzers.c.id == fingerprints.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"))
)


def load_fingerprints(conn: Connection, site_id: int) -> dict[int, Fingerprint]:
    """The last known fingerprint of every analyzer of the site that has one."""
    return {
        row.analyzer_id: Fingerprint(
            serial_number=row.serial_number,
            parameter_changes=row.parameter_changes,
            setting_changes=row.setting_changes,
            export_wh=row.export_wh,
            export_told_at=row.export_told_at,
            settings=row.settings,
        )
        for row in conn.execute(_FINGERPRINTS, {"site_id": site_id})
    }


def save_fingerprints(conn: Connection, found: Mapping[int, Fingerprint], at: datetime) -> None:
    """Writes those that changed."""
    for analyzer_id, each in found.items():
        values = {
            "serial_number": each.serial_number,
            "seen_at": at,
            "parameter_changes": each.parameter_changes,
            "setting_changes": each.setting_changes,
            "export_wh": each.export_wh,
            "export_told_at": each.export_told_at,
            "settings": None if each.settings is None else dict(each.settings),
        }
        of = fingerprints.c.analyzer_id == analyzer_id
        if conn.execute(fingerprints.update().where(of).values(values)).rowcount == 0:
            conn.execute(fingerprints.insert().values(analyzer_id=analyzer_id, **values))


_OWNER = (
    sa.select(analyzers.c.name, sites.c.name.label("site"))
    .join(sites, sites.c.id == analyzers.c.site_id)
    .where(analyzers.c.serial_number == sa.bindparam("serial_number"), analyzers.c.retired_at.is_(None))
    .limit(1)
)


def owner_of(conn: Connection, serial_number: str) -> tuple[str, str] | None:
    """The analyzer in use that was commissioned with this serial number, and its site; None where nobody knows it."""
    row = conn.execute(_OWNER, {"serial_number": serial_number}).one_or_none()
    return None if row is None else (row.name, row.site)


def falls_alone(conn: Connection, site_id: int, analyzer_id: int, now: datetime) -> tuple[int, int]:
    """How often the counters of an analyzer fell within a day while none of its site did, and the Wh forgone so."""
    question = (
        sa.select(step_backs.c.analyzer_id, step_backs.c.seen_at, step_backs.c.forgone_wh)
        .join(analyzers, analyzers.c.id == step_backs.c.analyzer_id)
        .where(analyzers.c.site_id == site_id, step_backs.c.seen_at > now - DAY - TOGETHER)
    )
    rows = conn.execute(question).all()
    own = [row for row in rows if row.analyzer_id == analyzer_id and row.seen_at > now - DAY]
    found = set(alone({row.seen_at for row in own}, {row.seen_at for row in rows if row.analyzer_id != analyzer_id}))
    return len(found), sum(row.forgone_wh for row in own if row.seen_at in found)
