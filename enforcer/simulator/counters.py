"""The 40 energy counters of an analyzer: float64 in Wh, varh and VAh that integrate the load, per tariff and phase."""

from collections.abc import Sequence
from math import hypot
from struct import Struct

from sql.demo.loads import Load

COUNTERS = Struct(">40d")
OVERFLOW_WH = 1.0e12
GROUPS = 4
"""The sum of the phases, then L1, L2, L3."""
PER_GROUP = 10
"""Active import, active export, reactive import, reactive export, apparent: each for tariff 1 and 2."""
REACTIVE, APPARENT = 4, 8
"""The first of each within a group."""
USUAL_TANGENT = 0.42
"""Reactive over active energy of what was counted before."""


class Counters:
    """Counters and how fast they rise now. `values` is in the order of the registers from 801."""

    def __init__(self, values: Sequence[float] | None = None) -> None:
        self.values = [0.0] * GROUPS * PER_GROUP if values is None else list(values)
        assert len(self.values) == GROUPS * PER_GROUP, "a PAC3220 has 40 energy counters"
        self._rates: tuple[tuple[int, float], ...] = ()

    def begin_at(self, tariff_1_wh: float, tariff_2_wh: float) -> None:
        """Sets the import counters, with the reactive and apparent energy that goes with them, alike in all phases."""
        for tariff, import_wh in enumerate((tariff_1_wh, tariff_2_wh)):
            self.write(tariff, import_wh)
            self.write(REACTIVE + tariff, import_wh * USUAL_TANGENT)
            self.write(APPARENT + tariff, import_wh * hypot(1.0, USUAL_TANGENT))

    def write(self, index: int, value: float) -> None:
        """Sets one counter as a person may; the phases of a written sum follow it."""
        self.values[index] = value
        if index < PER_GROUP:
            for group in range(1, GROUPS):
                self.values[group * PER_GROUP + index] = value / 3

    def rise(self, load: Load, tariff: int) -> None:
        """From now on the counters of this tariff (0 or 1) integrate this load."""
        phases = [
            (power_w, reactive_var, hypot(power_w, reactive_var)) for power_w, reactive_var in zip(*load, strict=True)
        ]
        whole = tuple(map(sum, zip(*phases, strict=True)))
        self._rates = tuple(
            (group * PER_GROUP + place + tariff, power / 3600)
            for group, powers in enumerate((whole, *phases))
            for place, power in zip((0, REACTIVE, APPARENT), powers, strict=True)
            if power
        )

    def integrate(self, seconds: float) -> None:
        """Lets time pass; a counter that reaches 1.0e12 begins again."""
        values = self.values
        for index, rate in self._rates:
            value = values[index] + rate * seconds
            values[index] = value if value < OVERFLOW_WH else value - OVERFLOW_WH

    def import_wh(self) -> tuple[float, float]:
        """The active import of tariff 1 and tariff 2."""
        return self.values[0], self.values[1]
