"""The moment before a frame: what the database says of an analyzer then, as long as the lease lets a frame leave."""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor

from documents.logs import get
from enforcer.held_lease import HeldLease
from prepaid.errors.start import DatabaseUnavailable
from prepaid.site import Analyzer
from prepaid.supply import Facts
from prepaid.switching import SupplyState
from sql.connection import Database
from sql.facts import look_again

LOOKS_AT_ONCE = 8

log = get("enforcer.switch")


class LastLook:
    """Reads balance, wishes, locks and lease by one statement; few at once, in threads of its own: those of the event
    loop may all be waiting for a name service that says nothing."""

    def __init__(self, database: Database, held: HeldLease) -> None:
        self._database = database
        self._held = held
        self._threads = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="last-look")

    async def facts(self, analyzer: Analyzer, state: SupplyState) -> Facts | None:
        """The facts of now. None: no frame may leave, because the lease is another's or nearly over, or because
        nobody can say what the facts are."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, self._look, analyzer, state)

    def _look(self, analyzer: Analyzer, state: SupplyState) -> Facts | None:
        try:
            with self._database.reading() as conn:
                told_at = self._database.now(conn)
                fresh = look_again(conn, self._held.lease, analyzer.analyzer_id, state, told_at)
        except DatabaseUnavailable as error:
            log.warning("supply.facts_unknown", analyzer=analyzer.name, error=str(error))
            return None
        if fresh is None or fresh.lease_ends_at is None or fresh.lease_ends_at - told_at < self._held.margin:
            return None
        return fresh.facts if self._held.lets_frames_leave() else None
