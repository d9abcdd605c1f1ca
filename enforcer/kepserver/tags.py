"""The tags of an analyzer in KEPServerEX: names, addresses and data types, made of the register map."""

import re
from enum import IntEnum
from typing import Final, NamedTuple

from enforcer.pac3220.registers import IDENTIFICATION_OFFSET, LENGTH, PARAMETERS, Format
from prepaid.language import later

FIRST_HOLDING_REGISTER: Final = 400_001
"""With zero-based addressing the driver asks for the address less this: the offset of the data sheet."""
MAX_NAME: Final = 64
"""Of "Channel.Device.Tag" in the column _NAME, where a site keeps the width that the DataLogger proposes."""
MAX_DEVICE_NAME: Final = 24


class DataType(IntEnum):
    """The numbers of KEPServerEX for the types that occur here."""

    STRING = 0
    WORD = 5
    DWORD = 7
    FLOAT = 8
    DOUBLE = 9


DATA_TYPES: Final = {
    Format.FLOAT32: DataType.FLOAT,
    Format.FLOAT64: DataType.DOUBLE,
    Format.UINT32: DataType.DWORD,
    Format.UINT16: DataType.WORD,
}


class Tag(NamedTuple):
    """One value of one analyzer in so many registers from `offset`; its name is that of the product's own parameter."""

    name: str
    offset: int
    length: int
    data_type: DataType
    unit: str
    title: str

    @property
    def address(self) -> str:
        """Six digits: a holding register, counted from 400001. A text says how many letters, the first one high."""
        first = str(FIRST_HOLDING_REGISTER + self.offset)
        return f"{first}.{2 * self.length}H" if self.data_type is DataType.STRING else first


_TAGS: Final = {
    each.name: Tag(each.name, each.offset, LENGTH[each.format], DATA_TYPES[each.format], each.unit, each.title)
    for each in PARAMETERS
}
SERIAL_NUMBER: Final = Tag(
    "serial_number", IDENTIFICATION_OFFSET + 11, 8, DataType.STRING, "", later("Serial number of the device")
)
"""Within the identification: behind the manufacturer's number and twenty letters of the order number."""


def _tags(*names: str) -> tuple[Tag, ...]:
    return tuple(_TAGS[name] for name in names)


METERING_TAGS: Final = _tags(
    "import_tariff_1_wh",
    "import_tariff_2_wh",
    "diagnostics",
    "outputs",
    "inputs",
    "active_tariff",
    "operating_s",
    "parameter_changes",
    "setting_changes",
    "power_w",
    "current_l1_a",
    "current_l2_a",
    "current_l3_a",
)
"""What metering, switching and tampering look at, and the power: logged at each interval."""

HISTORY_TAGS: Final = (
    SERIAL_NUMBER,
    *_tags(
        "export_tariff_1_wh",
        "export_tariff_2_wh",
        "import_l1_tariff_1_wh",
        "import_l1_tariff_2_wh",
        "import_l2_tariff_1_wh",
        "import_l2_tariff_2_wh",
        "import_l3_tariff_1_wh",
        "import_l3_tariff_2_wh",
        "power_l1_w",
        "power_l2_w",
        "power_l3_w",
        "voltage_l1_n_v",
        "voltage_l2_n_v",
        "voltage_l3_n_v",
        "power_factor_l1",
        "power_factor_l2",
        "power_factor_l3",
        "power_factor",
        "frequency_hz",
    ),
)
"""What people look at afterwards: logged once a minute."""

ALL_TAGS: Final = METERING_TAGS + HISTORY_TAGS


def device_name(name: str, serial_number: str | None) -> str:
    """The serial number, by which the mapping finds its analyzer; before it is known, the name as far as it fits.

    KEPServerEX refuses periods, quotation marks and a leading underscore, and its log keeps no other alphabet.
    """
    clean = re.sub(r"[^A-Za-z0-9 -]+", "-", serial_number or name).strip("- ")
    return clean[:MAX_DEVICE_NAME].rstrip("- ") or "analyzer"


def item_name(channel: str, device: str, tag: Tag) -> str:
    """How the DataLogger names a tag in its table."""
    name = f"{channel}.{device}.{tag.name}"
    assert len(name) <= MAX_NAME, f"{name} is longer than the column of the log"
    return name
