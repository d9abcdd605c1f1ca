"""Taking sites out of use before they move, and into use where they came to: one database at a time has them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from prepaid.errors.access import NotFound
from prepaid.errors.moving import SiteAtWork
from prepaid.language import _
from sql.connection import Connection, Database
from sql.events import Event, record
from sql.sites import find_site
from sql.tables import leases, sites

ACTOR = "command line"
WRITER = "sql"
IN_USE = sites.c.retired_at.is_(None)


def close(database: Database, site_name: str | None) -> tuple[str, ...]:
    """Takes the named site out of use, or all of them; answers their names. Raises SiteAtWork, NotFound and
    SiteNotInUse.

    Whoever asks for its lease afterwards, acts for it or sells at it finds that it is not in use.
    """
    with database.writing() as conn:
        require_quiet(conn, database, site_name)
        names = tuple(conn.scalars(sa.select(sites.c.name).where(IN_USE).order_by(sites.c.id)))
        closed = names if site_name is None else tuple(name for name in names if name == site_name)
        if not closed:
            find_site(conn, site_name)  # says why there is none
        _set(conn, closed, "site.closed", database.now(conn), in_use=False)
    return closed


def take_into_use(database: Database, names: Sequence[str]) -> None:
    """Opens sites that are not in use; what is in use stays so. Raises NotFound."""
    with database.writing() as conn:
        there = set(conn.scalars(sa.select(sites.c.name).where(sites.c.name.in_(names))))
        for name in names:
            if name not in there:
                raise NotFound(what=_("site"), name=name)
        _set(conn, names, "site.opened", database.now(conn), in_use=True)


def require_quiet(conn: Connection, database: Database, site_name: str | None = None) -> None:
    """Raises SiteAtWork while an enforcer holds the lease of the site, or of any; none gets one before this transaction
    ends."""
    question = (
        sa.select(leases.c.holder)
        .join(sites, sites.c.id == leases.c.site_id)
        .where(leases.c.holder != "", leases.c.ends_at > database.now(conn))
        .order_by(leases.c.site_id)
        .with_hint(leases, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    if site_name is not None:
        question = question.where(sites.c.name == site_name)
    for holder in conn.scalars(question):
        raise SiteAtWork(holder=holder, where=database.where)


def _set(conn: Connection, names: Sequence[str], action: str, now: datetime, *, in_use: bool) -> None:
    otherwise = sites.c.retired_at.is_not(None) if in_use else IN_USE
    changed = conn.scalars(sa.select(sites.c.id).where(sites.c.name.in_(names), otherwise).order_by(sites.c.id)).all()
    conn.execute(sites.update().where(sites.c.id.in_(changed)).values(retired_at=None if in_use else now))
    told = [
        Event(action=action, actor=ACTOR, subject=f"site:{site_id}", site_id=site_id, after={"in_use": in_use})
        for site_id in changed
    ]
    record(conn, WRITER, told, now)
