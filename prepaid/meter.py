"""What metering remembers of one analyzer, what it is shown, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from prepaid.records import BaseCause, HoldCause, Source

RESTARTED = 0x800
COUNTERS_RESET = 0x1000
PARAMETERS_CHANGED = 0x100
STORED_BITS = RESTARTED | COUNTERS_RESET | PARAMETERS_CHANGED


class Verdict(StrEnum):
    """What became of one reading."""

    ADVANCE = "advance"
    AWAITED = "awaited"
    QUARANTINED = "quarantined"
    DOUBT = "doubt"
    STEP_BACK = "step_back"
    NEW_BASE = "new_base"
    WRONG_DEVICE = "wrong_device"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Counter:
    """One source of one base: where counting began, the counter as last accepted, the highest ever accepted."""

    opening_wh: int
    counter_wh: int
    highest_wh: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What metering needs of a reading: both counters (None: the device sent no number) and the stored bits of 205."""

    at: datetime
    elapsed_s: float
    serial_number: str
    grid_wh: int | None
    generator_wh: int | None
    diagnostics: int


@dataclass(frozen=True, slots=True)
class Point:
    """Both counters as one reading gave them, with seconds since the last accepted reading."""

    at: datetime
    elapsed_s: float
    grid_wh: int
    generator_wh: int

    def of(self, source: Source) -> int:
        return self.grid_wh if source is Source.GRID else self.generator_wh


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said about an analyzer in hold: from which counter each source goes on (None: as it is now)."""

    wish_id: int
    grid_wh: int | None = None
    generator_wh: int | None = None

    def of(self, source: Source) -> int | None:
        return self.grid_wh if source is Source.GRID else self.generator_wh


@dataclass(frozen=True, slots=True)
class Swap:
    """What a person said about an exchanged device: who is the new one, and at which counters the old one was taken
    away (None: at those accepted last)."""

    wish_id: int
    serial_number: str
    grid_wh: int | None = None
    generator_wh: int | None = None

    def of(self, source: Source) -> int | None:
        return self.grid_wh if source is Source.GRID else self.generator_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """All that metering remembers of one analyzer.

    `grid` and `generator` are None until the first base. `edges` are stored bits that were recorded, the newest at
    `edges_at`, but not yet used to explain a counter. `suspects` are unfit readings that agree with each other, oldest
    first. Within a hold: `held` is the reading that began it, `fitting` counts fitting readings, `word` is what a
    person said. `candidate` waits for another reading that agrees. `swap` is what a person said about a new device,
    `newcomer` its first reading. `judged_at` is the newest reading judged in this
    run, whatever the verdict: a repeated one never agrees with itself.
    """

    serial_number: str | None
    rated_power_w: float
    grid: Counter | None = None
    generator: Counter | None = None
    accepted_at: datetime | None = None
    diagnostics: int = 0
    edges: int = 0
    edges_at: datetime | None = None
    hold: HoldCause | None = None
    held: Point | None = None
    word: Word | None = None
    suspects: tuple[Point, ...] = ()
    fitting: int = 0
    candidate: Point | None = None
    swap: Swap | None = None
    newcomer: Point | None = None
    judged_at: datetime | None = None

    def counter(self, source: Source) -> Counter:
        counter = self.grid if source is Source.GRID else self.generator
        assert counter is not None, "asked only of an analyzer that has a base"
        return counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on one reading and the meter after it.

    `new_edges` are diagnostics bits that newly appeared: record, then acknowledge exactly these. `forgone_wh` is the
    consumption per source that a step back lost. `base_cause` says why a new base was opened. `hold_began` and
    `hold_ended` mark the edges of a billing hold. `closing`: how the base before a swap ends.
    """

    verdict: Verdict
    meter: Meter
    why: str = ""
    new_edges: int = 0
    forgone_wh: tuple[int, int] = (0, 0)
    base_cause: BaseCause | None = None
    hold_began: bool = False
    hold_ended: bool = False
    closing: Meter | None = None
