"""What an analyzer measures: the product's own names and units, for tables, pages, exports and the register map."""

from typing import NamedTuple


class Measures(NamedTuple):
    """Instantaneous values of one reading, in the order of the device's first block. NaN where the device has none."""

    voltage_l1_n_v: float
    voltage_l2_n_v: float
    voltage_l3_n_v: float
    voltage_l1_l2_v: float
    voltage_l2_l3_v: float
    voltage_l3_l1_v: float
    current_l1_a: float
    current_l2_a: float
    current_l3_a: float
    apparent_power_l1_va: float
    apparent_power_l2_va: float
    apparent_power_l3_va: float
    power_l1_w: float
    power_l2_w: float
    power_l3_w: float
    reactive_power_l1_var: float
    reactive_power_l2_var: float
    reactive_power_l3_var: float
    power_factor_l1: float
    power_factor_l2: float
    power_factor_l3: float
    thd_voltage_l1_pct: float
    thd_voltage_l2_pct: float
    thd_voltage_l3_pct: float
    thd_current_l1_pct: float
    thd_current_l2_pct: float
    thd_current_l3_pct: float
    frequency_hz: float
    voltage_average_l_n_v: float
    voltage_average_l_l_v: float
    current_average_a: float
    apparent_power_va: float
    power_w: float
    reactive_power_var: float
    power_factor: float
    unbalance_voltage_pct: float
    unbalance_current_pct: float

    @property
    def current_total_a(self) -> float:
        """The sum of the phase currents (not a register of the device)."""
        return self.current_l1_a + self.current_l2_a + self.current_l3_a


class Status(NamedTuple):
    """The status block of one reading; `diagnostics`, `outputs` and `inputs` are bit fields as the device has them."""

    limit_violations: int
    diagnostics: int
    outputs: int
    inputs: int
    active_tariff: int
    operating_s: int
    parameter_changes: int
    setting_changes: int
    neutral_current_a: float

    @property
    def is_blank(self) -> bool:
        """Whether it is nothing but zeros: no device that has run for a second answers so and means it."""
        return not any(self)


class Energies(NamedTuple):
    """Cumulative counters, rounded to whole Wh (varh, VAh) where they were decoded; None: the device sent no number."""

    import_tariff_1_wh: int | None
    import_tariff_2_wh: int | None
    export_tariff_1_wh: int | None
    export_tariff_2_wh: int | None
    reactive_import_tariff_1_varh: int | None
    reactive_import_tariff_2_varh: int | None
    reactive_export_tariff_1_varh: int | None
    reactive_export_tariff_2_varh: int | None
    apparent_tariff_1_vah: int | None
    apparent_tariff_2_vah: int | None


class PhaseEnergies(NamedTuple):
    """Import counters of the phases, whole Wh; read only when a history row is due."""

    import_l1_tariff_1_wh: int | None
    import_l1_tariff_2_wh: int | None
    import_l2_tariff_1_wh: int | None
    import_l2_tariff_2_wh: int | None
    import_l3_tariff_1_wh: int | None
    import_l3_tariff_2_wh: int | None
