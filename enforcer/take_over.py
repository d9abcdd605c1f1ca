"""Taking a site over: the lease, the memory as the database holds it, and the clock that stamps the books."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from enforcer.held_lease import HeldLease
from enforcer.site_state import State, load_state
from enforcer.timekeeping import BookClock
from enforcer.writer import writer_of
from prepaid.clock import Clock
from prepaid.settings import SiteSettings
from sql.connection import Database
from sql.leases import acquire
from sql.outbox import free_claims
from sql.sites import require_in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What an enforcer begins with."""

    lease: HeldLease
    state: State
    clock: BookClock


def take_over(
    database: Database,
    clock: Clock,
    site_id: int,
    settings: SiteSettings,
    holder: str,
    spooled_until: datetime | None = None,
) -> TakenOver:
    """Takes the lease and reads everything, in one transaction. Raises AlreadyRunning while another holds the lease,
    and SiteNotInUse when the site was moved away.

    The stamps of this run begin behind those of the books and of the readings that wait in the spool.
    """
    asked_s = clock.uptime()
    length = timedelta(seconds=float(settings.lease_s))
    with database.writing() as conn:
        lease = acquire(conn, site_id, holder, database.now(conn), length)
        require_in_use(conn, site_id)
        state = load_state(conn, site_id, writer_of(site_id))
        told_at = database.now(conn)
        free_claims(conn, site_id, told_at)
        not_before = max((at for at in (state.newest_at, spooled_until) if at is not None), default=None)
        books = BookClock(clock, float(settings.clock_settle_s), not_before)
        books.compare(told_at)
    return TakenOver(lease=HeldLease(database, clock, lease, settings, asked_s=asked_s), state=state, clock=books)
