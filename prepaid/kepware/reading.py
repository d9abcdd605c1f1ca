"""A reading as the values of one moment of the log make it; what is not mapped is unknown."""

import math
from collections.abc import Mapping
from datetime import datetime

from prepaid.kepware.tags import SERIAL_NUMBER
from prepaid.kepware.values import Value
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from prepaid.records import Reading


def reading_of(
    analyzer_id: int, at: datetime, monotonic_s: float, values: Mapping[str, Value | None], *, with_phases: bool
) -> Reading:
    """Measures that nobody logs are NaN, counters None, status 0: what rules depend on is required of a mapping."""
    return Reading(
        analyzer_id=analyzer_id,
        read_at=at,
        serial_number=str(values.get(SERIAL_NUMBER) or ""),
        answer_ms=0.0,
        measures=Measures(*(_measured(values.get(name)) for name in Measures._fields)),
        status=Status(
            limit_violations=_word(values.get("limit_violations")),
            diagnostics=_word(values.get("diagnostics")),
            outputs=_word(values.get("outputs")),
            inputs=_word(values.get("inputs")),
            active_tariff=_word(values.get("active_tariff")),
            operating_s=_word(values.get("operating_s")),
            parameter_changes=_word(values.get("parameter_changes")),
            setting_changes=_word(values.get("setting_changes")),
            neutral_current_a=_measured(values.get("neutral_current_a")),
        ),
        energies=Energies(*(_whole(values.get(name)) for name in Energies._fields)),
        phases=PhaseEnergies(*(_whole(values.get(name)) for name in PhaseEnergies._fields)) if with_phases else None,
        monotonic_s=monotonic_s,
    )


def _measured(value: Value | None) -> float:
    return math.nan if value is None else float(value)


def _word(value: Value | None) -> int:
    return 0 if value is None else int(value)


def _whole(value: Value | None) -> int | None:
    return None if value is None else int(value)
