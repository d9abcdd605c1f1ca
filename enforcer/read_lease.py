"""A command that opens a device of a site itself holds the site's lease while it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from prepaid.errors import SchemaMissing, SchemaNewer, SchemaOld
from prepaid.settings import Environment
from sql.analyzers import site_of_address
from sql.connection import Database
from sql.leases import acquire, release
from sql.schema import require_current
from sql.sites import load_settings

HOLDER = "command line"


@contextmanager
def leased(settings: Environment, host: str, port: int) -> Iterator[None]:
    """Holds the lease of the site that this address belongs to; an address of no site needs none.

    Raises AlreadyRunning while an enforcer works the site: its pages show the values, live.
    """
    database = Database(settings.database_url)
    try:
        require_current(database)
    except (SchemaMissing, SchemaOld, SchemaNewer):
        yield  # no tables, no site: the address is just a device
        return
    with database.reading() as conn:
        site_id = site_of_address(conn, host, port)
    if site_id is None:
        yield
        return
    with database.writing() as conn:
        length = timedelta(seconds=float(load_settings(conn, site_id).lease_s))
        lease = acquire(conn, site_id, HOLDER, database.now(conn), length)
    try:
        yield
    finally:
        with database.writing() as conn:
            release(conn, lease, database.now(conn))
        database.close()
