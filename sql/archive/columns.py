"""The columns of an archived reading: those of app.Readings, in types that every engine knows."""

from typing import Any

import pyarrow as pa

from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from sql.tables import readings

COUNTERS = (*Energies._fields, *PhaseEnergies._fields)
REALS = (*Measures._fields, *(name for name in Status._fields if name.endswith("_a")))
WHOLES = (*(name for name in Status._fields if name not in REALS), *COUNTERS)
KEYS = ("read_at", "analyzer_id")
SORTED_BY = [("analyzer_id", "ascending"), ("read_at", "ascending")]
"""Within a part of a file: values of one analyzer stand together, so that they take little room."""


def _kind(name: str) -> Any:
    if name == "read_at":
        return pa.timestamp("ms", tz="UTC")
    if name == "verdict":
        return pa.string()
    return pa.float32() if name in REALS else pa.int64()


SCHEMA = pa.schema([pa.field(each.name, _kind(each.name), nullable=bool(each.nullable)) for each in readings.c])
"""Energy is whole Wh (varh, VAh) in 64 bits, instants are milliseconds in UTC, measures have the device's precision."""
