"""The instantaneous values of an analyzer: what the load and the supply look like at its terminals."""

from math import hypot, nan, sqrt
from struct import Struct
from typing import NamedTuple

from sql.demo.loads import Load, Phases, noise

MEASURES = Struct(">37f")
NEUTRAL = Struct(">f")
ROOT_3 = sqrt(3)


class Supply(NamedTuple):
    """What the grid or the generator offers at the terminals; all zero when it is off."""

    voltages_v: Phases
    frequency_hz: float
    distortion_pct: float


NO_SUPPLY = Supply((0.0, 0.0, 0.0), 0.0, 0.0)


def grid_supply(seed: int, slot: int) -> Supply:
    """The public grid: 230 V within a few per cent, close to 50 Hz."""
    return _supply(seed, slot, voltage_v=229.0, swing_v=5.0, swing_hz=0.06, distortion_pct=2.1)


def generator_supply(seed: int, slot: int) -> Supply:
    """A diesel generator: steady voltage, unsteady frequency, more distortion."""
    return _supply(seed ^ 0x6E6, slot, voltage_v=231.0, swing_v=2.0, swing_hz=0.35, distortion_pct=3.8)


def _supply(
    seed: int, slot: int, *, voltage_v: float, swing_v: float, swing_hz: float, distortion_pct: float
) -> Supply:
    common_v = voltage_v + swing_v * noise(seed, slot // 30)
    first, second, third = (common_v + 0.8 * noise(seed + phase, slot) for phase in (1, 2, 3))
    return Supply(
        voltages_v=(first, second, third),
        frequency_hz=50.0 + swing_hz * noise(seed + 4, slot),
        distortion_pct=distortion_pct + 0.4 * noise(seed + 5, slot // 6),
    )


def measure(load: Load, supply: Supply) -> tuple[bytes, bytes]:
    """The block of offsets 1 to 74, and the neutral current of offset 223.

    Ratios of nothing are not a number: the power factor and the current's distortion of a phase without current.
    """
    voltages = supply.voltages_v
    apparent = [hypot(power_w, reactive_var) for power_w, reactive_var in zip(*load, strict=True)]
    currents = [va / volt if volt else 0.0 for va, volt in zip(apparent, voltages, strict=True)]
    factors = [power_w / va if va else nan for power_w, va in zip(load.power_w, apparent, strict=True)]
    between = [_between(voltages[a], voltages[b]) for a, b in ((0, 1), (1, 2), (2, 0))]
    total_w, total_var, total_va = sum(load.power_w), sum(load.reactive_power_var), sum(apparent)
    values = (
        *voltages,
        *between,
        *currents,
        *apparent,
        *load.power_w,
        *load.reactive_power_var,
        *factors,
        *(supply.distortion_pct if volt else nan for volt in voltages),
        *(supply.distortion_pct * 4 if ampere else nan for ampere in currents),
        supply.frequency_hz,
        sum(voltages) / 3,
        sum(between) / 3,
        sum(currents) / 3,
        total_va,
        total_w,
        total_var,
        total_w / total_va if total_va else nan,
        _unbalance(voltages),
        _unbalance(currents),
    )
    a, b, c = currents
    neutral_a = sqrt(max(0.0, a * a + b * b + c * c - a * b - b * c - c * a))
    return MEASURES.pack(*values), NEUTRAL.pack(neutral_a)


def _between(first_v: float, second_v: float) -> float:
    """The voltage between two phases a third of a turn apart."""
    return sqrt(first_v * first_v + second_v * second_v + first_v * second_v)


def _unbalance(values: tuple[float, ...] | list[float]) -> float:
    """The largest distance from the mean, in per cent of the mean."""
    mean = sum(values) / 3
    return max(abs(value - mean) for value in values) / mean * 100 if mean else 0.0
