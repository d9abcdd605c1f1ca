"""The parameters of an analyzer as people read them: name, unit and decimals, in groups that belong together."""

import math
from decimal import Decimal
from typing import NamedTuple

from documents.formats import NO_BREAK_SPACE, NOTHING, Formats, round_to
from prepaid.language import _, later

PHASES = ("L1", "L2", "L3")
LINES = ("L1-L2", "L2-L3", "L3-L1")
TOTAL, AVERAGE, NEUTRAL = later("Total"), later("Average"), later("N")


class Quantity(NamedTuple):
    """Parameters of one kind with the same unit. `per_unit`: how many of the parameter's own unit make one of it."""

    key: str
    title: str
    unit: str
    decimals: int
    names: tuple[str, ...]
    labels: tuple[str, ...]
    per_unit: int = 1

    def text(self, value: float | int | None, formats: Formats) -> str:
        """The number alone, in the unit of the quantity; a dash where there is none."""
        if value is None or not math.isfinite(value):
            return NOTHING
        exact = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
        return formats.number(round_to(exact / self.per_unit, self.decimals), self.decimals)

    def with_unit(self, value: float | int | None, formats: Formats) -> str:
        """The number with its unit."""
        shown = self.text(value, formats)
        return shown if shown == NOTHING or not self.unit else f"{shown}{NO_BREAK_SPACE}{self.unit}"


def _phases(
    key: str, title: str, unit: str, decimals: int, pattern: str, *more: tuple[str, str], per_unit: int = 1
) -> Quantity:
    """L1, L2, L3 of a quantity, and what stands beside them as (parameter, label)."""
    names = tuple(pattern.format(phase) for phase in ("l1", "l2", "l3"))
    return Quantity(
        key,
        title,
        unit,
        decimals,
        (*names, *(name for name, _label in more)),
        (*PHASES, *(label for _name, label in more)),
        per_unit,
    )


VOLTAGE = _phases("voltage", later("Voltage L-N"), "V", 1, "voltage_{}_n_v", ("voltage_average_l_n_v", AVERAGE))
LINE_VOLTAGE = Quantity(
    "line_voltage",
    later("Voltage L1-L2, L2-L3, L3-L1"),
    "V",
    1,
    ("voltage_l1_l2_v", "voltage_l2_l3_v", "voltage_l3_l1_v", "voltage_average_l_l_v"),
    (*LINES, AVERAGE),
)
CURRENT = _phases(
    "current", later("Current"), "A", 2, "current_{}_a", ("current_average_a", AVERAGE), ("neutral_current_a", NEUTRAL)
)
POWER = _phases("power", later("Active power"), "kW", 3, "power_{}_w", ("power_w", TOTAL), per_unit=1000)
REACTIVE_POWER = _phases(
    "reactive_power",
    later("Reactive power"),
    "kvar",
    3,
    "reactive_power_{}_var",
    ("reactive_power_var", TOTAL),
    per_unit=1000,
)
APPARENT_POWER = _phases(
    "apparent_power",
    later("Apparent power"),
    "kVA",
    3,
    "apparent_power_{}_va",
    ("apparent_power_va", TOTAL),
    per_unit=1000,
)
POWER_FACTOR = _phases("power_factor", later("Power factor"), "", 3, "power_factor_{}", ("power_factor", TOTAL))
THD_VOLTAGE = _phases("thd_voltage", later("THD voltage"), "%", 1, "thd_voltage_{}_pct")
THD_CURRENT = _phases("thd_current", later("THD current"), "%", 1, "thd_current_{}_pct")
FREQUENCY = Quantity("frequency", later("Frequency"), "Hz", 2, ("frequency_hz",), (later("Frequency"),))
UNBALANCE = Quantity(
    "unbalance",
    later("Unbalance"),
    "%",
    1,
    ("unbalance_voltage_pct", "unbalance_current_pct"),
    (later("Voltage"), later("Current")),
)
INSTANT = (
    VOLTAGE,
    LINE_VOLTAGE,
    CURRENT,
    POWER,
    REACTIVE_POWER,
    APPARENT_POWER,
    POWER_FACTOR,
    THD_VOLTAGE,
    THD_CURRENT,
)
"""What changes from moment to moment, phase by phase: the rows of one table."""

TARIFFS = (later("Tariff 1"), later("Tariff 2"))


def _tariffs(key: str, title: str, unit: str, pattern: str) -> Quantity:
    return Quantity(key, title, unit, 3, (pattern.format(1), pattern.format(2)), TARIFFS, 1000)


COUNTERS = (
    _tariffs("import", later("Active energy, import"), "kWh", "import_tariff_{}_wh"),
    _tariffs("export", later("Active energy, export"), "kWh", "export_tariff_{}_wh"),
    _tariffs("reactive_import", later("Reactive energy, import"), "kvarh", "reactive_import_tariff_{}_varh"),
    _tariffs("reactive_export", later("Reactive energy, export"), "kvarh", "reactive_export_tariff_{}_varh"),
    _tariffs("apparent_energy", later("Apparent energy"), "kVAh", "apparent_tariff_{}_vah"),
)
PHASE_COUNTERS = (
    _tariffs("import_l1", later("Import L1"), "kWh", "import_l1_tariff_{}_wh"),
    _tariffs("import_l2", later("Import L2"), "kWh", "import_l2_tariff_{}_wh"),
    _tariffs("import_l3", later("Import L3"), "kWh", "import_l3_tariff_{}_wh"),
)


def _one(key: str, title: str, unit: str, name: str) -> Quantity:
    return Quantity(key, title, unit, 0, (name,), (title,))


REGISTERS = (
    _one("active_tariff", later("Active tariff (0 = tariff 1)"), "", "active_tariff"),
    _one("outputs", later("Outputs (register 207)"), "", "outputs"),
    _one("inputs", later("Inputs (register 209)"), "", "inputs"),
    _one("diagnostics", later("Diagnostics (register 205)"), "", "diagnostics"),
    _one("limits", later("Limit violations (register 203)"), "", "limit_violations"),
    _one("operating_time", later("Operating time"), "s", "operating_s"),
    _one("parameter_changes", later("Changes of parameters"), "", "parameter_changes"),
    _one("setting_changes", later("Changes of settings"), "", "setting_changes"),
)
QUANTITIES = (*INSTANT, FREQUENCY, UNBALANCE, *COUNTERS, *PHASE_COUNTERS, *REGISTERS)
"""All of them together hold every parameter once."""


def title_of(quantity: Quantity) -> str:
    """Name and unit, as over a column or in a list."""
    return f"{_(quantity.title)} ({quantity.unit})" if quantity.unit else _(quantity.title)
