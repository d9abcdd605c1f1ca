"""Leases: which enforcer may act for a site, by the database's clock, with a fencing token."""

import math
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.start import AlreadyRunning, LeaseLost
from sql.tables import heartbeats, leases

EXPIRY_WAIT = timedelta(seconds=2)
HOST_CHARACTERS = 40


def new_holder(host: str, process: int) -> str:
    """A name that no other holder of a lease or a claim ever has. In few characters of ASCII, whatever the machine is
    called: SQL Server keeps others as question marks, and then nobody would recognise the own lease."""
    named = "".join(letter if "!" <= letter <= "~" else "?" for letter in host)
    return f"{named[:HOST_CHARACTERS]}:{process}:{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease held: for which site, by whom, under which token, until when by the database's clock."""

    site_id: int
    holder: str
    token: int
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLease:
    """The lease of a site as anybody may look at it. `since_at`: since when its holder works, as far as it has said so;
    `holder` is empty when it was given back."""

    holder: str
    token: int
    renewed_at: datetime
    ends_at: datetime
    since_at: datetime | None


_LOOK = (
    sa.select(leases.c.holder, leases.c.token, leases.c.renewed_at, leases.c.ends_at, heartbeats.c.started_at)
    .select_from(leases)
    .outerjoin(
        heartbeats,
        sa.and_(
            heartbeats.c.site_id == leases.c.site_id,
            heartbeats.c.process == "enforcer",
            heartbeats.c.holder == leases.c.holder,
        ),
    )
    .where(leases.c.site_id == sa.bindparam("site_id"))
)


def look_at(conn: Connection, site_id: int) -> SeenLease | None:
    """Who holds the lease of the site, without asking for it. None: nobody ever did."""
    found = conn.execute(_LOOK, {"site_id": site_id}).one_or_none()
    if found is None:
        return None
    return SeenLease(
        holder=found.holder,
        token=found.token,
        renewed_at=found.renewed_at,
        ends_at=found.ends_at,
        since_at=found.started_at,
    )


def holding(conn: Connection, holders: Collection[str], now: datetime) -> frozenset[str]:
    """Which of these hold the lease of any site."""
    held = sa.select(leases.c.holder).where(leases.c.holder.in_(sorted(holders)), leases.c.ends_at > now)
    return frozenset(conn.scalars(held))


def acquire(conn: Connection, site_id: int, holder: str, now: datetime, length: timedelta) -> Lease:
    """Takes the lease when it is free: released, or expired for 2 s. Raises AlreadyRunning otherwise."""
    found = conn.execute(
        sa.select(leases).where(leases.c.site_id == site_id).with_hint(leases, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    ).one_or_none()
    ends_at = now + length
    if found is None:
        conn.execute(leases.insert().values(site_id=site_id, holder=holder, token=1, renewed_at=now, ends_at=ends_at))
        return Lease(site_id=site_id, holder=holder, token=1, ends_at=ends_at)
    free_at = found.ends_at + EXPIRY_WAIT if found.holder else found.ends_at
    sane = free_at <= now + length + EXPIRY_WAIT
    if free_at > now and sane:
        raise AlreadyRunning(holder=found.holder, wait_s=math.ceil((free_at - now).total_seconds()))
    conn.execute(
        leases.update()
        .where(leases.c.site_id == site_id)
        .values(holder=holder, token=found.token + 1, renewed_at=now, ends_at=ends_at)
    )
    return Lease(site_id=site_id, holder=holder, token=found.token + 1, ends_at=ends_at)


_RENEW = leases.update().where(
    leases.c.site_id == sa.bindparam("of_site"),
    leases.c.token == sa.bindparam("of_token"),
    leases.c.holder == sa.bindparam("of_holder"),
)


_HELD = (
    sa.select(leases.c.token)
    .where(
        leases.c.site_id == sa.bindparam("site_id"),
        leases.c.token == sa.bindparam("token"),
        leases.c.holder == sa.bindparam("holder"),
    )
    .with_hint(leases, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
)


def require_held(conn: Connection, lease: Lease) -> None:
    """Raises LeaseLost when the token is no longer ours. Otherwise nobody takes over before this transaction ends."""
    mine = {"site_id": lease.site_id, "token": lease.token, "holder": lease.holder}
    if conn.scalar(_HELD, mine) is None:
        raise LeaseLost


def renew(conn: Connection, lease: Lease, now: datetime, length: timedelta) -> Lease:
    """Extends the lease. Raises LeaseLost when the token is no longer ours."""
    ends_at = now + length
    of = {"of_site": lease.site_id, "of_token": lease.token, "of_holder": lease.holder}
    changed = conn.execute(_RENEW, {**of, "renewed_at": now, "ends_at": ends_at})
    if changed.rowcount != 1:
        raise LeaseLost
    return Lease(site_id=lease.site_id, holder=lease.holder, token=lease.token, ends_at=ends_at)


def lease_of(conn: Connection, site_id: int) -> Lease | None:
    """Who held the lease last; one that was given back has no holder. None when there never was one."""
    row = conn.execute(
        sa.select(leases.c.holder, leases.c.token, leases.c.ends_at).where(leases.c.site_id == site_id)
    ).one_or_none()
    return None if row is None else Lease(site_id=site_id, holder=row.holder, token=row.token, ends_at=row.ends_at)


def release(conn: Connection, lease: Lease, now: datetime) -> None:
    """Gives the lease back at a clean stop, so that the next enforcer need not wait."""
    conn.execute(
        leases.update()
        .where(leases.c.site_id == lease.site_id, leases.c.token == lease.token)
        .values(holder="", ends_at=now)
    )
