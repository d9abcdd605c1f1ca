"""A site whose lease enforcers take, over a database that goes by a clock of the test."""

from dataclasses import dataclass
from datetime import timedelta

from enforcer.held_lease import HeldLease
from prepaid.clock import ManualClock
from prepaid.settings import SiteSettings
from sql.connection import Database
from sql.leases import SeenLease, acquire, look_at
from tests.building import Building
from tests.databases import TimedDatabase

OVER_S = 12.0
"""So long after it was renewed last a lease is taken over."""


@dataclass
class LeasedSite:
    """The site, and the clock that the enforcers and the database share."""

    building: Building
    database: Database
    clock: ManualClock

    def taken_by(self, holder: str, settings: SiteSettings | None = None) -> HeldLease:
        chosen, asked_s = settings or SiteSettings(), self.clock.uptime()
        length = timedelta(seconds=float(chosen.lease_s))
        with self.database.writing() as conn:
            lease = acquire(conn, self.building.site_id, holder, self.database.now(conn), length)
        return HeldLease(self.database, self.clock, lease, chosen, asked_s=asked_s)

    def lost_by(self, holder: str) -> HeldLease:
        """The lease of somebody who stood still until another one took over."""
        stale = self.taken_by(holder)
        self.clock.advance(OVER_S)
        self.taken_by("successor")
        return stale

    def seen(self) -> SeenLease | None:
        with self.database.reading() as conn:
            return look_at(conn, self.building.site_id)


def leased_site(database_url: str) -> LeasedSite:
    """A site nobody works for yet."""
    clock = ManualClock()
    database = TimedDatabase(database_url, clock)
    return LeasedSite(Building(database), database, clock)
