"""A command that opens a device of a site itself holds the site's lease while it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from enforcer.held_lease import HeldLease
from enforcer.lease_keeper import LeaseKeeper
from prepaid.clock import SystemClock
from prepaid.errors.start import SchemaMissing, SchemaNewer, SchemaOld
from prepaid.settings import Environment
from sql.analyzers import site_of_address
from sql.connection import Database
from sql.leases import acquire
from sql.schema import require_current
from sql.sites import load_settings

HOLDER = "command line"


@dataclass(frozen=True, slots=True)
class HeldSite:
    """The site of an address, under a lease that is renewed by a thread of its own."""

    site_id: int
    lease: HeldLease

    @property
    def database(self) -> Database:
        """Writes as long as the lease is held."""
        return self.lease.database


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
    clock = SystemClock()
    asked_s = clock.uptime()
    with database.writing() as conn:
        chosen = load_settings(conn, site_id)
        lease = acquire(conn, site_id, HOLDER, database.now(conn), timedelta(seconds=float(chosen.lease_s)))
    held = HeldLease(database, clock, lease, chosen, asked_s=asked_s)
    keeper = LeaseKeeper(held, works=lambda: True)
    keeper.start()
    try:
        yield HeldSite(site_id, held)
    finally:
        keeper.stop()
        held.give_back()
        database.close()
