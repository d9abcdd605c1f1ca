"""A command that opens a device of a site itself holds the site's lease while it does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from prepaid.errors.start import DatabaseUnavailable, SchemaMissing, SchemaNewer, SchemaOld
from prepaid.settings import Environment, SiteSettings
from sql.analyzers import site_of_address
from sql.connection import Database
from sql.leases import Lease, LeaseLost, acquire, release, renew
from sql.schema import require_current
from sql.sites import load_settings

HOLDER = "command line"


@dataclass(slots=True)
class HeldSite:
    """The site of an address, under a lease that is renewed by a thread of its own; `lost` when another took over."""

    database: Database
    site_id: int
    lease: Lease
    lost: threading.Event = field(default_factory=threading.Event)


@contextmanager
def leased(settings: Environment, host: str, port: int) -> Iterator[HeldSite | None]:
    """Holds the lease of the site that this address belongs to; an address of no site needs none.

    Raises AlreadyRunning while an enforcer works the site: its pages show the values, live.
    """
    database = Database(settings.database_url)
    try:
        require_current(database)
    except (SchemaMissing, SchemaOld, SchemaNewer):
        yield None  # no tables, no site: the address is just a device
        return
    with database.reading() as conn:
        site_id = site_of_address(conn, host, port)
    if site_id is None:
        yield None
        return
    with database.writing() as conn:
        site_settings = load_settings(conn, site_id)
        lease = acquire(conn, site_id, HOLDER, database.now(conn), _length(site_settings))
    held, over = HeldSite(database, site_id, lease), threading.Event()
    renewing = threading.Thread(target=_renew, args=(held, site_settings, over), name="lease", daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        over.set()
        renewing.join()
        with database.writing() as conn:
            release(conn, held.lease, database.now(conn))
        database.close()


def _renew(held: HeldSite, settings: SiteSettings, over: threading.Event) -> None:
    """A database that is away for a moment is asked again; the lease runs out by itself if that lasts."""
    while not over.wait(float(settings.lease_renew_s)):
        try:
            with held.database.writing() as conn:
                held.lease = renew(conn, held.lease, held.database.now(conn), _length(settings))
        except LeaseLost:
            held.lost.set()
            return
        except DatabaseUnavailable:
            continue


def _length(settings: SiteSettings) -> timedelta:
    return timedelta(seconds=float(settings.lease_s))
