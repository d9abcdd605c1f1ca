"""The people of the demo site: they recharge when they sit in the dark, and sometimes before, so that it lives on."""

import random
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from documents.logs import Repeats, get
from prepaid.clock import Clock
from prepaid.errors.access import NotFound
from prepaid.errors.base import PrepaidError
from prepaid.errors.start import DatabaseUnavailable
from sql.allocations import Receipt, Recharge, recharge
from sql.connection import Database
from sql.demo.needs import Need, needs
from sql.demo.site import DemoSite
from sql.demo.start import exists
from sql.sites import find_site

LOOK_EVERY_S = 60.0
STOP_WAIT_S = 5.0
CALLER = "demo people"
WRITER = "simulator"
STEP = Decimal(5000)
DARK_FOR = (2.0, 8.0)
"""Minutes from the cutoff to the shop."""
LOW_SHARE = Decimal("0.1")
PROVIDENT = 0.6
"""How many of those who run low go to the shop before it is dark."""
LOW_FOR = (5.0, 600.0)
"""Minutes until they go."""
DAYS = (5, 14)

log = get("simulator.people")


@dataclass(frozen=True, slots=True)
class Errand:
    """Somebody goes to the shop at an instant, or (None) does not mean to."""

    dark: bool
    at: datetime | None


class People:
    """A thread that looks at the meters every minute. `look` is one look, for tests."""

    def __init__(self, database: Database, site: DemoSite, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        self._database = database
        self._site = site
        self._clock = clock
        self._every_s = every_s
        self._errands: dict[int, Errand] = {}
        self._repeats = Repeats(log, "people.failed", "people.recovered", "database")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="people", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the recharge that is being booked; one that waits for a locked database is given up."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_WAIT_S)

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.look()
                self._repeats.success(self._database.where)
            except (DatabaseUnavailable, NotFound) as error:
                self._repeats.failure(self._database.where, error=str(error))

    def look(self) -> list[Receipt]:
        """One look at all meters; answers what was recharged. Raises DatabaseUnavailable, NotFound (no such site)."""
        if not exists(self._database):
            raise DatabaseUnavailable(where=self._database.where, why="there are no tables")
        now = self._clock.now()
        with self._database.reading() as conn:
            seen = needs(conn, find_site(conn, self._site.name), now)
        receipts = []
        for need in seen:
            errand = self._errand(need, now)
            if errand is None or errand.at is None or errand.at > now or self._stop.is_set():
                continue
            receipts += self._recharge(need)
            self._errands.pop(need.account_id, None)
        return receipts

    def _errand(self, need: Need, now: datetime) -> Errand | None:
        """What somebody means to do since he saw his meter; forgotten when the reason is gone."""
        low = need.last_recharge is not None and need.live < need.last_recharge * LOW_SHARE
        known = self._errands.get(need.account_id)
        if not need.dark and not low:
            self._errands.pop(need.account_id, None)
            return None
        if known is None or known.dark != need.dark:
            known = self._errands[need.account_id] = self._meant(need, now)
        return known

    def _meant(self, need: Need, now: datetime) -> Errand:
        chance = self._chance(need, "dark" if need.dark else "low")
        if not need.dark and chance.random() >= PROVIDENT:
            return Errand(dark=False, at=None)
        minutes = chance.uniform(*(DARK_FOR if need.dark else LOW_FOR))
        return Errand(dark=need.dark, at=now + timedelta(minutes=minutes))

    def _recharge(self, need: Need) -> list[Receipt]:
        days = self._chance(need, "days").randint(*DAYS)
        amount = max(STEP, (need.daily * days / STEP).to_integral_value(ROUND_CEILING) * STEP)
        debt = max(Decimal(0), -need.live)
        amount += (debt / STEP).to_integral_value(ROUND_CEILING) * STEP
        wanted = Recharge(
            account_id=need.account_id,
            amount=amount,
            currency=need.currency,
            caller=CALLER,
            key=f"{need.account_id}-{need.entry_no}",
            actor=CALLER,
            paid_amount=amount,
            paid_currency=need.currency,
            paid_by="cash",
        )
        try:
            receipt = recharge(self._database, wanted, WRITER)
        except DatabaseUnavailable:
            raise
        except PrepaidError as error:
            log.warning("people.refused", account=need.account_id, error=str(error))
            return []
        log.info("people.recharged", account=need.account_id, amount=amount, days=days, dark=need.dark)
        return [receipt]

    def _chance(self, need: Need, what: str) -> random.Random:
        return random.Random(f"people {self._site.seed} {need.account_id} {need.entry_no} {what}")
