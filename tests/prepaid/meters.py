"""A meter fed reading by reading, for tests of the rules of metering."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from prepaid.metering import Counter, Judgement, Meter, Sample, Verdict, judge
from prepaid.records import SOURCES, Source

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
SERIAL = "LQN/1"
RATED_W = 10_000.0
PERIOD_S = 5.0
START_GRID_WH, START_GENERATOR_WH = 1_000_000, 50_000
MOVING = (Verdict.ADVANCE, Verdict.STEP_BACK, Verdict.NEW_BASE)


@dataclass(slots=True)
class Metering:
    """Judges one reading after the other, like the enforcer: elapsed time counts since the last accepted reading."""

    meter: Meter
    verdicts: list[Verdict] = field(default_factory=list)
    last: Judgement | None = None
    accepted_s: float = 0.0
    closed_wh: int = 0
    forgone_wh: int = 0
    holds: int = 0

    def read(
        self,
        second: float,
        grid_wh: int | None,
        generator_wh: int | None = START_GENERATOR_WH,
        bits: int = 0,
        serial_number: str = SERIAL,
    ) -> Judgement:
        """Judges the reading of that second."""
        sample = Sample(
            at=EIGHT + timedelta(seconds=second),
            elapsed_s=second - self.accepted_s,
            serial_number=serial_number,
            grid_wh=grid_wh,
            generator_wh=generator_wh,
            diagnostics=bits,
        )
        before, judged = self.meter, judge(self.meter, sample)
        if judged.verdict is Verdict.NEW_BASE and before.grid is not None:
            self.closed_wh += consumed_wh(judged.closing or before)
        if judged.verdict in MOVING:
            self.accepted_s = second
        self.meter, self.last = judged.meter, judged
        self.verdicts.append(judged.verdict)
        self.forgone_wh += sum(judged.forgone_wh)
        self.holds += judged.hold_began
        return judged

    def read_all(self, counters: Iterable[int | None], first_s: float = PERIOD_S) -> list[Verdict]:
        """Judges grid counters one period apart; answers their verdicts."""
        return [self.read(first_s + PERIOD_S * number, counter).verdict for number, counter in enumerate(counters)]

    @property
    def consumed_wh(self) -> int:
        """The sum over all bases of highest minus opening: what is charged or still unbilled."""
        return self.closed_wh + consumed_wh(self.meter)


def consumed_wh(meter: Meter) -> int:
    """Highest minus opening of both sources of the present base."""
    if meter.grid is None:
        return 0
    return sum(meter.counter(source).highest_wh - meter.counter(source).opening_wh for source in SOURCES)


def based(grid_wh: int = START_GRID_WH, generator_wh: int = START_GENERATOR_WH) -> Metering:
    """A meter with a base, accepted at second 0."""
    meter = Meter(
        serial_number=SERIAL,
        rated_power_w=RATED_W,
        grid=Counter(grid_wh, grid_wh, grid_wh),
        generator=Counter(generator_wh, generator_wh, generator_wh),
        accepted_at=EIGHT,
    )
    return Metering(meter)


def unread() -> Metering:
    """A meter that was never read."""
    return Metering(Meter(serial_number=SERIAL, rated_power_w=RATED_W))


def restarted_run(metering: Metering) -> Metering:
    """The same meter after the enforcer was restarted: what is stored is known, what was in memory is gone."""
    kept = replace(metering.meter, suspects=(), fitting=0, candidate=None, judged_at=None)
    return Metering(kept, accepted_s=metering.accepted_s, closed_wh=metering.closed_wh)


def grid_of(metering: Metering) -> Counter:
    """The grid counter of the present base."""
    return metering.meter.counter(Source.GRID)
