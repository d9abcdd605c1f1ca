"""What outlives the process of a simulated device."""

from typing import NamedTuple


class Saved(NamedTuple):
    """The non-volatile memory of one device."""

    counters: tuple[float, ...]
    outputs: int
    wants_connected: bool
    chosen_tariff: int
    diagnostics: int
    operating_s: float
    parameter_changes: int
    setting_changes: int
    settings: dict[int, int]
