"""The register map of the Siemens SENTRON PAC3220, written like its data sheet.

Source: Siemens, "PAC3120 and PAC3220", equipment manual 10/2019, L1V30425208F-01, appendix A.1. An offset is the
address sent on the wire (offset 1 is sent as 1); all values are big-endian, high word first. What is marked (bench)
was never tried on hardware and is confirmed at commissioning.
"""

from enum import IntFlag, StrEnum
from typing import Final, NamedTuple

from prepaid.language import later


class Format(StrEnum):
    """How a value lies in its registers: Float, Double, Unsigned long and Unsigned short of the manual."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"
    UINT32 = "uint32"
    UINT16 = "uint16"


class Confidence(StrEnum):
    """How sure a row is: vendor's list and a working client agree, vendor's list only, an inference."""

    AGREED = "A"
    VENDOR = "V"
    INFERRED = "I"


class Register(NamedTuple):
    """One row of the data sheet; `name` is the field of the record that the value becomes."""

    offset: int
    name: str
    format: Format
    unit: str
    confidence: Confidence
    title: str

    @property
    def length(self) -> int:
        """How many registers the value fills."""
        return LENGTH[self.format]


LENGTH: Final = {Format.FLOAT32: 2, Format.FLOAT64: 4, Format.UINT32: 2, Format.UINT16: 1}

F32, F64, U32, U16 = Format.FLOAT32, Format.FLOAT64, Format.UINT32, Format.UINT16
A, V = Confidence.AGREED, Confidence.VENDOR

MEASURES: Final = (
    Register(1, "voltage_l1_n_v", F32, "V", A, later("Voltage L1-N")),
    Register(3, "voltage_l2_n_v", F32, "V", A, later("Voltage L2-N")),
    Register(5, "voltage_l3_n_v", F32, "V", A, later("Voltage L3-N")),
    Register(7, "voltage_l1_l2_v", F32, "V", A, later("Voltage L1-L2")),
    Register(9, "voltage_l2_l3_v", F32, "V", A, later("Voltage L2-L3")),
    Register(11, "voltage_l3_l1_v", F32, "V", A, later("Voltage L3-L1")),
    Register(13, "current_l1_a", F32, "A", A, later("Current L1")),
    Register(15, "current_l2_a", F32, "A", A, later("Current L2")),
    Register(17, "current_l3_a", F32, "A", A, later("Current L3")),
    Register(19, "apparent_power_l1_va", F32, "VA", A, later("Apparent power L1")),
    Register(21, "apparent_power_l2_va", F32, "VA", A, later("Apparent power L2")),
    Register(23, "apparent_power_l3_va", F32, "VA", A, later("Apparent power L3")),
    Register(25, "power_l1_w", F32, "W", A, later("Active power L1")),
    Register(27, "power_l2_w", F32, "W", A, later("Active power L2")),
    Register(29, "power_l3_w", F32, "W", A, later("Active power L3")),
    Register(31, "reactive_power_l1_var", F32, "var", A, later("Reactive power L1")),
    Register(33, "reactive_power_l2_var", F32, "var", A, later("Reactive power L2")),
    Register(35, "reactive_power_l3_var", F32, "var", A, later("Reactive power L3")),
    Register(37, "power_factor_l1", F32, "", A, later("Power factor L1")),
    Register(39, "power_factor_l2", F32, "", A, later("Power factor L2")),
    Register(41, "power_factor_l3", F32, "", A, later("Power factor L3")),
    Register(43, "thd_voltage_l1_pct", F32, "%", A, later("THD voltage L1")),
    Register(45, "thd_voltage_l2_pct", F32, "%", A, later("THD voltage L2")),
    Register(47, "thd_voltage_l3_pct", F32, "%", A, later("THD voltage L3")),
    Register(49, "thd_current_l1_pct", F32, "%", A, later("THD current L1")),
    Register(51, "thd_current_l2_pct", F32, "%", A, later("THD current L2")),
    Register(53, "thd_current_l3_pct", F32, "%", A, later("THD current L3")),
    Register(55, "frequency_hz", F32, "Hz", A, later("Frequency")),
    Register(57, "voltage_average_l_n_v", F32, "V", A, later("Average voltage L-N")),
    Register(59, "voltage_average_l_l_v", F32, "V", A, later("Average voltage L-L")),
    Register(61, "current_average_a", F32, "A", A, later("Average current")),
    Register(63, "apparent_power_va", F32, "VA", A, later("Total apparent power")),
    Register(65, "power_w", F32, "W", A, later("Total active power")),
    Register(67, "reactive_power_var", F32, "var", A, later("Total reactive power")),
    Register(69, "power_factor", F32, "", A, later("Total power factor")),
    Register(71, "unbalance_voltage_pct", F32, "%", V, later("Amplitude unbalance voltage")),
    Register(73, "unbalance_current_pct", F32, "%", V, later("Amplitude unbalance current")),
)

STATUS: Final = (
    Register(203, "limit_violations", U32, "", V, later("Limit violations")),
    Register(205, "diagnostics", U32, "", V, later("Diagnostics and status")),
    Register(207, "outputs", U32, "", V, later("Digital outputs")),
    Register(209, "inputs", U32, "", V, later("Digital inputs")),
    Register(211, "active_tariff", U32, "", V, later("Active tariff (0 = tariff 1, 1 = tariff 2)")),
    Register(213, "operating_s", U32, "s", V, later("Operating time")),
    Register(217, "parameter_changes", U32, "", V, later("Changes of basic parameters")),
    Register(219, "setting_changes", U32, "", V, later("Changes of all parameters")),
    Register(223, "neutral_current_a", F32, "A", A, later("Neutral current")),
)

ENERGIES: Final = (
    Register(801, "import_tariff_1_wh", F64, "Wh", A, later("Active energy import, tariff 1")),
    Register(805, "import_tariff_2_wh", F64, "Wh", A, later("Active energy import, tariff 2")),
    Register(809, "export_tariff_1_wh", F64, "Wh", A, later("Active energy export, tariff 1")),
    Register(813, "export_tariff_2_wh", F64, "Wh", A, later("Active energy export, tariff 2")),
    Register(817, "reactive_import_tariff_1_varh", F64, "varh", A, later("Reactive energy import, tariff 1")),
    Register(821, "reactive_import_tariff_2_varh", F64, "varh", A, later("Reactive energy import, tariff 2")),
    Register(825, "reactive_export_tariff_1_varh", F64, "varh", A, later("Reactive energy export, tariff 1")),
    Register(829, "reactive_export_tariff_2_varh", F64, "varh", A, later("Reactive energy export, tariff 2")),
    Register(833, "apparent_tariff_1_vah", F64, "VAh", A, later("Apparent energy, tariff 1")),
    Register(837, "apparent_tariff_2_vah", F64, "VAh", A, later("Apparent energy, tariff 2")),
)

PHASE_ENERGIES: Final = (
    Register(841, "import_l1_tariff_1_wh", F64, "Wh", A, later("Active energy import L1, tariff 1")),
    Register(845, "import_l1_tariff_2_wh", F64, "Wh", V, later("Active energy import L1, tariff 2")),
    Register(881, "import_l2_tariff_1_wh", F64, "Wh", A, later("Active energy import L2, tariff 1")),
    Register(885, "import_l2_tariff_2_wh", F64, "Wh", V, later("Active energy import L2, tariff 2")),
    Register(921, "import_l3_tariff_1_wh", F64, "Wh", A, later("Active energy import L3, tariff 1")),
    Register(925, "import_l3_tariff_2_wh", F64, "Wh", V, later("Active energy import L3, tariff 2")),
)

PARAMETERS: Final = MEASURES + STATUS + ENERGIES + PHASE_ENERGIES

SETTINGS: Final = (
    Register(50001, "connection_type", U32, "", V, later("Connection type")),
    Register(50003, "voltage_transformer", U32, "", V, later("Voltage transformers in use")),
    Register(50005, "voltage_primary_v", U32, "V", V, later("Voltage transformer, primary")),
    Register(50007, "voltage_secondary_v", U32, "V", V, later("Voltage transformer, secondary")),
    Register(50011, "current_primary_a", U32, "A", V, later("Current transformer, primary")),
    Register(50013, "current_secondary_a", U32, "A", V, later("Current transformer, secondary")),
    Register(50023, "synchronisation", U32, "", V, later("Demand synchronisation (0 is needed)")),
    Register(50025, "input_use", U32, "", V, later("DI 0.0 use (2 = tariff switching)")),
    Register(51711, "output_0_group", U16, "", V, later("DO 0.0 group")),
    Register(51712, "output_0_use", U16, "", V, later("DO 0.0 use (2 = switching output)")),
    Register(51718, "output_0_timeout_s", U16, "s", V, later("DO 0.0 remote time-out (0 = off)")),
    Register(51720, "output_1_group", U16, "", V, later("DO 0.1 group")),
    Register(51721, "output_1_use", U16, "", V, later("DO 0.1 use (2 = switching output)")),
    Register(51727, "output_1_timeout_s", U16, "s", V, later("DO 0.1 remote time-out (0 = off)")),
)

IDENTIFICATION_OFFSET: Final = 64001
IDENTIFICATION_LENGTH: Final = 27

COMMANDS: Final = (
    Register(60006, "choose_tariff", U16, "", V, later("Choose the tariff")),
    Register(60007, "acknowledge", U16, "", V, later("Acknowledge stored diagnostics")),
    Register(60008, "switch_output", U16, "", Confidence.INFERRED, later("Switch a digital output")),
    Register(60009, "switch_group", U16, "", V, later("Switch a group of digital outputs")),
)

WRITE_PROTECTED_CODE: Final = 0xF0
"""The exception code of a device whose hardware write protection is on (manual, table A-2)."""


class Diagnostics(IntFlag):
    """The bits of 205. The stored ones (`STORED`) stay until they are acknowledged by 60007."""

    PARAMETERS_CHANGED = 0x0000_0100
    RESTARTED = 0x0000_0800
    ENERGY_RESET = 0x0000_1000
    VOLTAGE_OVERLOAD = 0x0400_0000
    CURRENT_OVERLOAD = 0x0800_0000
    UPDATE_ACTIVE = 0x2000_0000
    HARDWARE_WRITE_PROTECTED = 0x4000_0000
    MODBUS_WRITE_PROTECTED = 0x8000_0000


STORED: Final = Diagnostics.PARAMETERS_CHANGED | Diagnostics.RESTARTED | Diagnostics.ENERGY_RESET
