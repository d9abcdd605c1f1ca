"""Is the database safe: its size and growth, its newest backup, its newest proof, its schema."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.storage import Storage
from sql.sizes import known_storage
from sql.tables import backups, proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBackup:
    """The newest try that has ended, and when the newest good one was made (None: there is none)."""

    began_at: datetime
    verified: bool
    bytes: int | None
    error: str | None
    verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastProof:
    """The newest proof of the books."""

    ended_at: datetime
    breaches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseHealth:
    """The database all sites share; None: nothing was measured, backed up or proven yet."""

    engine: str
    storage: Storage | None
    backup: LastBackup | None
    proof: LastProof | None


def database_health(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> DatabaseHealth:
    """For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    version = ".".join(str(part) for part in conn.dialect.server_version_info or ())
    name = "SQLite" if conn.dialect.name == "sqlite" else "SQL Server"
    return DatabaseHealth(
        engine=f"{name} {version}".strip(),
        storage=known_storage(conn, now),
        backup=_last_backup(conn),
        proof=_last_proof(conn),
    )


def _last_backup(conn: Connection) -> LastBackup | None:
    verified_at = sa.select(sa.func.max(backups.c.began_at)).where(backups.c.verified).scalar_subquery()
    question = (
        sa.select(
            backups.c.began_at, backups.c.verified, backups.c.bytes, backups.c.error, verified_at.label("verified_at")
        )
        .where(backups.c.ended_at.is_not(None))
        .order_by(backups.c.began_at.desc(), backups.c.id.desc())
        .limit(1)
    )
    found = conn.execute(question).mappings().one_or_none()
    return None if found is None else LastBackup(**found)


def _last_proof(conn: Connection) -> LastProof | None:
    question = sa.select(proofs.c.ended_at, proofs.c.breaches).order_by(proofs.c.id.desc()).limit(1)
    found = conn.execute(question).mappings().one_or_none()
    return None if found is None else LastProof(**found)
