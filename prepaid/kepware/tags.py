"""Which tag of the log is which parameter of which analyzer, in which unit."""

from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from prepaid.parameters import Energies, Measures, PhaseEnergies, Status

SERIAL_NUMBER: Final = "serial_number"
COUNTERS: Final = ("import_tariff_1_wh", "import_tariff_2_wh")
CURRENTS: Final = ("current_l1_a", "current_l2_a", "current_l3_a")
REQUIRED: Final = (
    *COUNTERS,
    "diagnostics",
    "outputs",
    "inputs",
    "active_tariff",
    "operating_s",
    "parameter_changes",
    "setting_changes",
    *CURRENTS,
)
"""Without these an analyzer is not read: counters, 205 to 219, and the currents of the phases. Every rule of metering,
switching and tampering sees with them what it sees over Modbus."""
PARAMETERS: Final = frozenset(
    (*Measures._fields, *Status._fields, *Energies._fields, *PhaseEnergies._fields, SERIAL_NUMBER)
)
"""What a tag can be. The serial number is a text, all others are numbers."""

_PREFIXES: Final = MappingProxyType({"": Decimal(1), "k": Decimal(1000), "M": Decimal(1_000_000)})
_UNITS: Final = MappingProxyType(
    {
        "_varh": ("varh", "kvarh", "Mvarh"),
        "_vah": ("VAh", "kVAh", "MVAh"),
        "_wh": ("Wh", "kWh", "MWh"),
        "_var": ("var", "kvar", "Mvar"),
        "_va": ("VA", "kVA", "MVA"),
        "_w": ("W", "kW", "MW"),
        "_v": ("V", "kV"),
        "_a": ("A",),
        "_pct": ("%",),
        "_hz": ("Hz",),
        "_s": ("s",),
    }
)
"""By the ending of a parameter: the units in which a log may have it, its own first."""


class MappedTag(NamedTuple):
    """A tag that somebody mapped: `unit` is the one that the log has."""

    tag: str
    analyzer_id: int
    parameter: str
    unit: str = ""


@cache
def units(parameter: str) -> tuple[str, ...]:
    """The units in which the log may have it, its own first; bit fields, numbers and factors have an empty one."""
    assert parameter in PARAMETERS, f"{parameter} is no parameter"
    return next((found for ending, found in _UNITS.items() if parameter.endswith(ending)), ("",))


@cache
def factor(parameter: str, unit: str) -> Decimal:
    """By which a logged value is multiplied, so that it is in the parameter's own unit."""
    own = units(parameter)[0]
    assert unit in units(parameter), f"{parameter} is not measured in {unit}"
    return _PREFIXES[unit.removesuffix(own)] if own else Decimal(1)
