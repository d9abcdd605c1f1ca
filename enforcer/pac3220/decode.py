"""From the bytes of a block to the product's records: pure, and the only place where a counter is rounded."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from enforcer.pac3220.blocks import ENERGY, IDENTITY, INSTANT, PHASES, SETTINGS_BLOCKS, STATE
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status

SIEMENS: Final = 42
COUNTER_LIMIT: Final = 1e18
"""Beyond this a double is no counter (the device overflows at 1e12) and fits no column of the database."""

FREQUENCIES_HZ: Final = (40.0, 70.0)
"""What the mains of the world can show; the device itself measures 45 to 65 Hz."""


class Identification(NamedTuple):
    """Who the device says it is (I&M 0 at 64001)."""

    manufacturer_id: int
    order_number: str
    serial_number: str
    hardware: int
    firmware: str


class OutputUse(IntEnum):
    """What a digital output is set to (51712, 51721). Only a switching output obeys 60008 and 60009."""

    NONE = 0
    DEVICE_ACTIVE = 1
    SWITCHING = 2
    ROTATION = 3
    LIMIT = 4
    PULSE = 5


class InputUse(IntEnum):
    """What DI 0.0 is set to (50025). With a generator contact it must switch the tariff."""

    NONE = 0
    PULSE = 1
    TARIFF = 2


class ConnectionType(IntEnum):
    """How the phases are wired to the device (50001); the names of the manual: phases P, wires W, B = balanced load."""

    P3W4 = 0
    P3W3 = 1
    P3W4B = 2
    P3W3B = 3
    P1W2 = 4


class Settings(NamedTuple):
    """The settings that decide what the device measures and whether a cutoff can work; raw numbers of the device."""

    connection_type: int
    voltage_transformer: int
    voltage_primary_v: int
    voltage_secondary_v: int
    current_primary_a: int
    current_secondary_a: int
    synchronisation: int
    input_use: int
    output_0_group: int
    output_0_use: int
    output_0_timeout_s: int
    output_1_group: int
    output_1_use: int
    output_1_timeout_s: int

    def output_use(self, output: int) -> int:
        """See `OutputUse`; output 0 is DO 0.0, 1 is DO 0.1."""
        return (self.output_0_use, self.output_1_use)[output]

    def output_timeout_s(self, output: int) -> int:
        """Seconds after which the device itself changes the output when nobody writes to it; 0 = never."""
        return (self.output_0_timeout_s, self.output_1_timeout_s)[output]


def decode_measures(data: bytes) -> Measures:
    """The block INSTANT. What is not a number stays NaN or infinite: judging a value is not decoding it."""
    return Measures._make(INSTANT.layout.unpack(data))


def decode_status(data: bytes) -> Status:
    """The block STATE."""
    return Status._make(STATE.layout.unpack(data))


def decode_energies(data: bytes) -> Energies:
    """The block ENERGY; counters rounded to whole Wh, once and for all."""
    return Energies._make(_whole(ENERGY.layout.unpack(data)))


def decode_phases(data: bytes) -> PhaseEnergies:
    """The block PHASES; counters rounded to whole Wh, once and for all."""
    return PhaseEnergies._make(_whole(PHASES.layout.unpack(data)))


def decode_identification(data: bytes) -> Identification:
    """The block IDENTITY. Texts lose the blanks and zero bytes they are filled up with."""
    manufacturer_id, order_number, serial_number, hardware, firmware = IDENTITY.layout.unpack(data)
    letter, major, minor, patch = firmware
    return Identification(
        manufacturer_id=manufacturer_id,
        order_number=_text(order_number),
        serial_number=_text(serial_number),
        hardware=hardware,
        firmware=f"{_text(bytes([letter]))}{major}.{minor}.{patch}",
    )


def decode_settings(answers: Sequence[bytes]) -> Settings:
    """The answers to SETTINGS_BLOCKS, in their order."""
    values: list[int] = []
    for block, data in zip(SETTINGS_BLOCKS, answers, strict=True):
        values += block.layout.unpack(data)
    return Settings._make(values)


def is_on(bits: int, number: int) -> bool:
    """Whether output or input `number` is on in 207 or 209: by bit number, the manual's masks are misprinted."""
    return bool(bits >> number & 1)


def words_swapped(data: bytes) -> bool:
    """Whether a block INSTANT shows a mains frequency only when the words of each value change places.

    Then a gateway or a setting delivers the low word first, and no other value may be believed, however plausible.
    """
    swapped = b"".join(data[i + 2 : i + 4] + data[i : i + 2] for i in range(0, len(data), 4))
    return not _is_mains(decode_measures(data)) and _is_mains(decode_measures(swapped))


def _is_mains(measures: Measures) -> bool:
    return FREQUENCIES_HZ[0] <= measures.frequency_hz <= FREQUENCIES_HZ[1]


def _whole(values: Sequence[float]) -> list[int | None]:
    # NaN and the infinities fail this comparison too: one test per value.
    return [round(value) if -COUNTER_LIMIT < value < COUNTER_LIMIT else None for value in values]


def _text(raw: bytes) -> str:
    text = raw.decode("latin-1").strip(" \0")
    return "".join(letter if letter.isprintable() else "?" for letter in text)
