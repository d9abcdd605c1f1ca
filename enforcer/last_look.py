"""The moment before a frame: what the database says of an analyzer then, as long as the lease lets a frame leave."""

import threading

from documents.logs import get
from enforcer.held_lease import HeldLease
from prepaid.errors.start import DatabaseUnavailable
from prepaid.site import Analyzer, Site
from prepaid.supply import Facts
from prepaid.switching import SupplyState
from sql.connection import Database
from sql.facts import look_again

LOOKS_AT_ONCE = 8

log = get("enforcer.switch")


class LastLook:
    """Reads balance, wishes, locks and lease by one statement. From any thread, few at once."""

    def __init__(self, database: Database, held: HeldLease) -> None:
        self._database = database
        self._held = held
        self._looking = threading.BoundedSemaphore(LOOKS_AT_ONCE)

    def facts(self, site: Site, analyzer: Analyzer, state: SupplyState) -> Facts | None:
        """The facts of now. None: no frame may leave, because the lease is another's or nearly over, or because
        nobody can say what the facts are."""
        try:
            with self._looking, self._database.reading() as conn:
                told_at = self._database.now(conn)
                fresh = look_again(conn, self._held.lease, analyzer.analyzer_id, state, told_at)
        except DatabaseUnavailable as error:
            log.warning("supply.facts_unknown", analyzer=analyzer.name, error=str(error))
            return None
        if fresh is None or fresh.lease_ends_at is None or fresh.lease_ends_at - told_at < self._held.margin:
            return None
        return fresh.facts if self._held.lets_frames_leave() else None
