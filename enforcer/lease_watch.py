"""What a standby does: looks at the lease of another enforcer, and says how long to wait for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from prepaid.clock import Clock
from sql.connection import Database
from sql.leases import EXPIRY_WAIT, SeenLease, look_at


class LeaseWatch:
    """Only looks, so that it is in nobody's way; `seen` is what it saw last.

    Where the database's clock was set back, a lease ends hours ahead. It counts as over when it has stood unchanged
    for its length and 2 s more, by the clock of this process.
    """

    def __init__(self, database: Database, clock: Clock, site_id: int) -> None:
        self.seen: SeenLease | None = None
        self._database = database
        self._clock = clock
        self._site_id = site_id
        self._changed_s = clock.uptime()
        self._trouble: str | None = None

    def wait_s(self) -> float:
        """How long until the lease may be taken; 0 or less: now."""
        with self._database.reading() as conn:
            seen, told_at = look_at(conn, self._site_id), self._database.now(conn)
        if self.seen is None or seen is None or self._moved(self.seen, seen):
            self._changed_s = self._clock.uptime()
        self.seen = seen
        wait_s = self._left_s(seen, told_at)
        if wait_s > 0:
            self._trouble = None
        return wait_s

    def failed(self, why: str) -> None:
        """The database did not answer, or somebody keeps it locked, so that nobody could take over now."""
        self._trouble = why

    def _left_s(self, seen: SeenLease | None, told_at: datetime) -> float:
        if seen is None or not seen.holder:
            return 0.0
        whole_s = (seen.ends_at - seen.renewed_at + EXPIRY_WAIT).total_seconds()
        left_s = (seen.ends_at + EXPIRY_WAIT - told_at).total_seconds()
        if left_s <= whole_s:
            return left_s
        return whole_s - (self._clock.uptime() - self._changed_s)

    def health(self) -> Mapping[str, Any]:
        """What /health answers of a standby: who works, and since when; or why it could not take over."""
        seen = self.seen
        return {
            "state": "standing_by" if self._trouble is None else "database_away",
            "why": self._trouble,
            "holder": None if seen is None else seen.holder,
            "holds_since": None if seen is None else seen.since_at,
            "lease_ends_at": None if seen is None else seen.ends_at,
        }

    @staticmethod
    def _moved(before: SeenLease, after: SeenLease) -> bool:
        return (before.token, before.renewed_at) != (after.token, after.renewed_at)
