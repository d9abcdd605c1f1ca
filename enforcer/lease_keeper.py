"""Renews a lease beside the work, where a pass or the database takes longer than the time between two renewals."""

import threading
from collections.abc import Callable
from typing import Final

from documents.logs import get
from enforcer.held_lease import HeldLease
from prepaid.errors.start import DatabaseUnavailable, LeaseLost

LOOKS: Final = 4
"""So often within the time between two renewals it is looked whether one is due."""

log = get("enforcer.lease")


class LeaseKeeper:
    """A thread. While passes renew the lease in their own transactions it has nothing to do.

    It renews only while `works` says so: work that hangs must not keep the site for ever.
    """

    def __init__(self, held: HeldLease, works: Callable[[], bool]) -> None:
        self._held = held
        self._works = works
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Renews no more. One that waits for the database ends by itself."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._held.renew_s / LOOKS) and not self._held.lost.is_set():
            self.look()

    def look(self) -> None:
        """Renews the lease if that is due. A database that is away is asked again; the lease runs out if that lasts."""
        if self._held.age_s < self._held.renew_s or not self._works():
            return
        try:
            with self._held.renewing():
                pass
        except LeaseLost:
            log.info("lease.lost", holder=self._held.lease.holder, fence=self._held.lease.token)
        except DatabaseUnavailable as error:
            log.debug("lease.not_renewed", error=str(error))
