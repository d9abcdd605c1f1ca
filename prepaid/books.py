"""What is remembered of each analyzer between passes: its meter and how far charges have come."""

from dataclasses import dataclass
from datetime import datetime

from prepaid.charging import Mark
from prepaid.metering import Meter
from prepaid.records import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One open base in the books: its row, and how far charges have come."""

    base_id: int
    charged: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One analyzer: its meter (the rules' memory), its two open bases, and when the next charge is due.

    `accepted_s` is the monotonic second of the last accepted reading, None before the first of this run. `due_at`
    None: look for boundaries at the next reading. `supply_changed_at` are confirmed supply changes that a charge must
    still be drawn at.
    """

    meter: Meter
    grid: Ground | None = None
    generator: Ground | None = None
    accepted_s: float | None = None
    due_at: datetime | None = None
    supply_changed_at: tuple[datetime, ...] = ()

    def ground(self, source: Source) -> Ground | None:
        return self.grid if source is Source.GRID else self.generator

    def unbilled_wh(self, source: Source) -> int:
        """Accepted and not yet charged; never negative."""
        ground = self.ground(source)
        return 0 if ground is None else self.meter.counter(source).highest_wh - ground.charged.wh
