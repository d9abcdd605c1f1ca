"""An analyzer as Kepware logs it, tag by tag, for tests of how tags become readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from prepaid.kepware.assembly import Assembly, Known
from prepaid.kepware.tags import REQUIRED
from prepaid.kepware.values import Value
from prepaid.records import Reading

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
ANALYZER_ID = 7
INTERVAL_S = 5.0
HISTORY_S = 60.0
T1, T2 = "import_tariff_1_wh", "import_tariff_2_wh"
STATUS: Mapping[str, Value] = {
    "diagnostics": 0,
    "outputs": 1,
    "inputs": 0,
    "active_tariff": 0,
    "parameter_changes": 3,
    "setting_changes": 4,
    "current_l1_a": 4.0,
    "current_l2_a": 4.5,
    "current_l3_a": 5.0,
}


def at_s(second: float) -> datetime:
    """That many seconds after eight."""
    return EIGHT + timedelta(seconds=second)


@dataclass(slots=True)
class Logged:
    """What is logged of one analyzer, and what was read of it. Instants are seconds after eight."""

    known: Known = field(default_factory=Known)
    assembly: Assembly = field(init=False)
    readings: list[Reading] = field(default_factory=list)
    late: list[Reading] = field(default_factory=list)
    rows: int = 0
    by_change: bool = False
    """Whether a value is stamped with the time of its last change."""
    changed: dict[str, tuple[Value, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.assembly = Assembly(ANALYZER_ID, INTERVAL_S, HISTORY_S, self.known)

    def log(
        self,
        second: float,
        wh: int | None,
        generator_wh: int | None = 50_000,
        *,
        arrives_s: float | None = None,
        without: Iterable[str] = (),
        others: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        """One moment of the log, with all tags that are required but those `without`; None: no row of that counter."""
        arrived_s = second if arrives_s is None else arrives_s
        values = {"operating_s": int(second), **STATUS, **others}
        values |= {name: value for name, value in ((T1, wh), (T2, generator_wh)) if value is not None}
        for name in (*REQUIRED, *sorted(values.keys() - set(REQUIRED))):
            if name in values and name not in without:
                self.rows += 1
                stamp_s = self._stamp_s(name, values[name], second)
                self.assembly.add(name, at_s(stamp_s), values[name], self.rows, arrived_s)

    def _stamp_s(self, name: str, value: Value, second: float) -> float:
        if not self.by_change:
            return second
        if name not in self.changed or self.changed[name][0] != value:
            self.changed[name] = value, second
        return self.changed[name][1]

    def read(self, second: float) -> list[float]:
        """Takes what is complete by then; answers the seconds of the readings that are to be judged."""
        ripe = self.assembly.ripe(at_s(second), second)
        self.late += [each.reading for each in ripe if each.late]
        fresh = [each.reading for each in ripe if not each.late]
        self.readings += fresh
        return seconds(fresh)

    def go(
        self, second: float, wh: int, generator_wh: int = 50_000, others: Mapping[str, Value] = MappingProxyType({})
    ) -> list[float]:
        """Logs a moment, and reads at once."""
        self.log(second, wh, generator_wh, others=others)
        return self.read(second)


def seconds(readings: Iterable[Reading]) -> list[float]:
    """When the readings were taken."""
    return [(each.read_at - EIGHT).total_seconds() for each in readings]
