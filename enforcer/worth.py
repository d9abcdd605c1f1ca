"""Which readings of a time without a database are kept: one an interval, and all that the charges depend on."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from prepaid.calendar import hours_between
from prepaid.metering import STORED_BITS
from prepaid.records import Reading
from prepaid.site import Site
from sql.spool import Kept


class Chosen(NamedTuple):
    """A reading that is kept, and why."""

    kept: Kept
    reading: Reading


class Worth:
    """Looks at the readings of each analyzer in their order. The newest of each is remembered: nobody knows yet whether
    a boundary follows it."""

    def __init__(self, history_s: float) -> None:
        self._history_s = history_s
        self._newest: dict[int, Reading] = {}
        self._chosen: dict[int, Reading] = {}
        """The newest that was kept, by analyzer."""

    def choose(self, readings: Sequence[Reading], site: Site) -> list[Chosen]:
        """Those worth keeping. What comes again is passed over."""
        boundaries = self._boundaries(readings, site)
        found: list[Chosen] = []
        for reading in readings:
            before = self._newest.get(reading.analyzer_id)
            if before is not None and reading.read_at <= before.read_at:
                continue
            self._newest[reading.analyzer_id] = reading
            if before is None:
                found.append(self._keep(Kept.BOUNDARY, reading))
            elif _lies_between(before, reading, boundaries) or _is_another(before, reading):
                found += [Chosen(Kept.BOUNDARY, before), self._keep(Kept.BOUNDARY, reading)]
            elif reading.phases is not None or self._is_due(reading):
                found.append(self._keep(Kept.HISTORY, reading))
        return found

    def rest(self) -> list[Reading]:
        """The newest readings that were not kept, oldest first. Whatever comes now is a new beginning."""
        rest = [reading for key, reading in self._newest.items() if self._chosen.get(key) is not reading]
        self._newest.clear()
        self._chosen.clear()
        return sorted(rest, key=lambda reading: reading.read_at)

    def _keep(self, kept: Kept, reading: Reading) -> Chosen:
        self._chosen[reading.analyzer_id] = reading
        return Chosen(kept, reading)

    def _is_due(self, reading: Reading) -> bool:
        return reading.monotonic_s - self._chosen[reading.analyzer_id].monotonic_s >= self._history_s

    def _boundaries(self, readings: Sequence[Reading], site: Site) -> list[datetime]:
        """Where charges may end between the newest known readings and these, in order."""
        if not readings:
            return []
        known = (self._newest.get(each.analyzer_id, each) for each in readings)
        after, until = min(each.read_at for each in known), max(each.read_at for each in readings)
        prices = (each.from_at for found in site.prices.values() for each in found)
        plans = (at for account in site.accounts.values() for at, _ in account.plans)
        changes = {at for at in (*prices, *plans) if after < at <= until}
        return sorted({*hours_between(after, until, site.zone), *changes})


def _lies_between(before: Reading, reading: Reading, boundaries: Sequence[datetime]) -> bool:
    return bisect_right(boundaries, before.read_at) < bisect_right(boundaries, reading.read_at)


def _is_another(before: Reading, reading: Reading) -> bool:
    """Whether the device was exchanged, restarted or reset in between: where a counter fell depends on both."""
    if before.serial_number != reading.serial_number:
        return True
    if (before.status.diagnostics ^ reading.status.diagnostics) & STORED_BITS:
        return True
    return any(
        old is not None and new is not None and new < old
        for old, new in zip(_counters(before), _counters(reading), strict=True)
    )


def _counters(reading: Reading) -> tuple[int | None, int | None]:
    return reading.energies.import_tariff_1_wh, reading.energies.import_tariff_2_wh
