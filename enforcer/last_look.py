"""The moment before a frame: what the database says of an analyzer then, as long as the lease lets a frame leave."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from documents.logs import get
from enforcer.timekeeping import BookClock
from prepaid.errors.start import DatabaseUnavailable
from prepaid.site import Analyzer, Site
from prepaid.supply import Facts
from prepaid.switching import SupplyState
from sql.connection import Database
from sql.facts import look_again
from sql.leases import Lease

LOOKS_AT_ONCE = 8

log = get("enforcer.switch")


@dataclass(frozen=True, slots=True)
class HeldLease:
    """The lease as this process holds it, and until which second of its own suspension-proof clock."""

    lease: Lease
    until_s: float


class LastLook:
    """Reads balance, wishes, locks and lease by one statement. From any thread, few at once."""

    def __init__(self, database: Database, clock: BookClock, held: Callable[[], HeldLease]) -> None:
        self._database = database
        self._clock = clock
        self._held = held
        self._looking = threading.BoundedSemaphore(LOOKS_AT_ONCE)

    def facts(self, site: Site, analyzer: Analyzer, state: SupplyState) -> Facts | None:
        """The facts of now. None: no frame may leave, because the lease is another's or nearly over, or because
        nobody can say what the facts are."""
        held = self._held()
        try:
            with self._looking, self._database.reading() as conn:
                fresh = look_again(conn, held.lease, analyzer.analyzer_id, state, self._database.now(conn))
        except DatabaseUnavailable as error:
            log.warning("supply.facts_unknown", analyzer=analyzer.name, error=str(error))
            return None
        enough_left = held.until_s - self._clock.uptime() >= float(site.settings.lease_margin_s)
        if fresh is None or fresh.lease_ends_at is None or not enough_left:
            return None
        return fresh.facts
