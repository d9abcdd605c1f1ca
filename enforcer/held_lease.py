"""The lease as this process holds it: each transaction checks its token, each frame how much of it is left."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from prepaid.errors.start import LeaseLost
from prepaid.settings import SiteSettings
from sql.connection import Connection, Database
from sql.fenced import Fenced
from sql.leases import Lease, release, renew, require_held


class Uptime(Protocol):
    """A clock that counts suspension."""

    def uptime(self) -> float: ...


class Renewed(NamedTuple):
    """A transaction that has renewed the lease, and what the database's clock said then."""

    conn: Connection
    told_at: datetime


class HeldLease:
    """A lease from taking it over to its end. May be used from any thread.

    `database` is the one door for everything that is written under it. `lost` is set as soon as anybody has seen that
    another one took over: from then on no frame leaves.
    """

    def __init__(
        self, database: Database, clock: Uptime, lease: Lease, settings: SiteSettings, *, asked_s: float
    ) -> None:
        """`asked_s`: the uptime before the lease was asked for."""
        self.lease = lease
        self.lost = threading.Event()
        self.database = Fenced(database, self._require)
        self._open = database
        self._clock = clock
        self._length_s, self._margin_s = float(settings.lease_s), float(settings.lease_margin_s)
        self.renew_s = min(float(settings.lease_renew_s), (self._length_s - self._margin_s) / 2)
        """Twice within the time in which frames may leave, at least."""
        self._gate = threading.Lock()
        self._until_s = asked_s + self._length_s
        self._renewed_s = asked_s

    @property
    def margin(self) -> timedelta:
        """So much of the lease must be left for a frame."""
        return timedelta(seconds=self._margin_s)

    @property
    def left_s(self) -> float:
        """How much of it is left, at least."""
        with self._gate:
            return self._until_s - self._clock.uptime()

    @property
    def age_s(self) -> float:
        """How long ago it was renewed."""
        return self._clock.uptime() - self._renewed_s

    def lets_frames_leave(self) -> bool:
        """Whether enough of it is left that no successor can be at work before a frame of now has arrived."""
        return self.left_s >= self._margin_s

    @contextmanager
    def renewing(self) -> Iterator[Renewed]:
        """One transaction that renews it. Raises LeaseLost, and nothing is written, when another one took over."""
        asked_s = self._clock.uptime()
        with self._open.writing() as conn:
            told_at = self._open.now(conn)
            try:
                renew(conn, self.lease, told_at, timedelta(seconds=self._length_s))
            except LeaseLost:
                self.end()
                raise
            yield Renewed(conn, told_at)
        with self._gate:
            if not self.lost.is_set():
                self._until_s = max(self._until_s, asked_s + self._length_s)
                self._renewed_s = max(self._renewed_s, asked_s)

    def end(self) -> None:
        """No frame leaves any more."""
        with self._gate:
            self.lost.set()
            self._until_s = -math.inf

    def give_back(self) -> None:
        """At a clean stop, so that the next enforcer need not wait. Frames must have ended before."""
        self.end()
        with self._open.writing() as conn:
            release(conn, self.lease, self._open.now(conn))

    def _require(self, conn: Connection) -> None:
        try:
            require_held(conn, self.lease)
        except LeaseLost:
            self.end()
            raise
