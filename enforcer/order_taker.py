"""Carries out what programs ask through stored procedures, in a thread of its own, never in the way of a pass."""

import threading

from documents.logs import Repeats, get
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.orders import MOST_AT_ONCE
from sql.connection import Database
from sql.orders import carry_out

LOOK_EVERY_S = 1.0
STOP_WITHIN_S = 20.0

log = get("enforcer.orders")


class OrderTaker:
    """Looks every second: a till that waits for its receipt waits for this. `database` is the one behind the lease."""

    def __init__(self, database: Database, site_id: int) -> None:
        self._database = database
        self._site_id = site_id
        self._repeats = Repeats(log, "orders.failed", "orders.recovered", "database")
        self._broken = Repeats(log, "orders.broken", "orders.mended", "site")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the orders that were found; what waits is the next enforcer's."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_WITHIN_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            found = 0
            try:
                found = carry_out(self._database, self._site_id)
                self._repeats.success(self._database.where)
                self._broken.success(str(self._site_id))
            except DatabaseUnavailable as error:
                self._repeats.failure(self._database.where, error=str(error))
            except LeaseLost:
                return  # the one that took over carries them out
            except Exception:
                # The outermost ring of this thread: no till would get a receipt any more if it ended.
                if self._broken.is_first(str(self._site_id)):
                    log.exception("orders.broken")
            if found:
                log.info("orders.carried_out", orders=found)
            if found < MOST_AT_ONCE:
                self._stop.wait(LOOK_EVERY_S)
