"""From what stands in the log to the value of a parameter. What is not plainly a number is no value."""

import re
from decimal import Decimal
from typing import Final

from prepaid.kepware.log import LogValue
from prepaid.kepware.tags import SERIAL_NUMBER, MappedTag, factor
from prepaid.parameters import Energies, PhaseEnergies, Status

Value = int | float | str

COUNTER_LIMIT: Final = 10**18
"""As for what comes over Modbus: beyond this a number is no counter."""
MEASURE_MOST: Final = (2 - 2**-23) * 2.0**127
"""The largest number of single precision. A device measures in it and the databases keep it so: SQL Server refuses a
row with a larger one, and a tag of the wrong type shows such numbers."""
WORD: Final = 1 << 32
SERIAL_MOST: Final = 32
_WHOLE: Final = frozenset((*Energies._fields, *PhaseEnergies._fields))
_BITS: Final = frozenset(name for name in Status._fields if not name.endswith("_a"))
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_PLAIN: Final = re.compile(r"[+-]?[0-9]{1,10}(?:\.0{0,10})?", re.ASCII)


def parse(mapped: MappedTag, value: LogValue, *, decimal_comma: bool) -> Value | None:
    """The value in the parameter's own unit: counters as whole Wh, status as whole numbers, measures as floats, the
    serial number as a text. None: it cannot be used (blank, NaN, infinite, out of range, another decimal sign).
    """
    if mapped.parameter == SERIAL_NUMBER:
        return _serial_number(value)
    text = _text(value, decimal_comma=decimal_comma)
    if text is None:
        return None
    if mapped.parameter in _BITS:
        return _word(text)
    scaled = Decimal(text) * factor(mapped.parameter, mapped.unit)
    if mapped.parameter in _WHOLE:
        return round(scaled) if abs(scaled) < COUNTER_LIMIT else None
    measured = float(scaled)
    return measured if abs(measured) <= MEASURE_MOST else None


def _serial_number(value: LogValue) -> str | None:
    found = "" if value is None else str(value).strip(" \0")
    return found if 0 < len(found) <= SERIAL_MOST and found.isascii() and found.isprintable() else None


def _text(value: LogValue, *, decimal_comma: bool) -> str | None:
    """The number as Python writes it; None where it is none. A comma is a decimal sign only where the log says so: in
    1,234 it might part thousands."""
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else repr(value)
    if decimal_comma and isinstance(value, str):
        if "." in text:
            return None
        text = text.replace(",", ".", 1)
    return text if _NUMBER.fullmatch(text) else None


def _word(text: str) -> int | None:
    """32 bits. A signed tag shows the highest of them as a minus; an exponent means that lower ones were lost. All of
    them together, or -1, are no status: who has no value writes that, and it would tell of a restart and of a reset."""
    if not _PLAIN.fullmatch(text):
        return None
    number = int(text.partition(".")[0])
    return number % WORD if -WORD // 2 <= number < WORD - 1 and number != -1 else None
