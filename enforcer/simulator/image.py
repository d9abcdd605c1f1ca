"""What a simulated PAC3220 shows in its registers, block by block, with the faults that spoil values."""

from struct import Struct

from enforcer.simulator.counters import COUNTERS, Counters
from enforcer.simulator.faults import Fault
from enforcer.simulator.measures import MEASURES

STATUS = Struct(">10I")
IDENTITY = Struct(">H20s16sH4sHHHHH")
NAN_4 = b"\x7f\xc0\x00\x00"
NAN_8 = b"\x7f\xf8\x00\x00\x00\x00\x00\x00"

SIEMENS = 42
ORDER_NUMBER = b"7KM3220-0BA01-1DA0"
HARDWARE_REVISION = 1
FIRMWARE = b"V\x03\x02\x00"
IDENTITY_VERSION = 0x0101

GENERATOR_CONTACT = 0b01
FEEDBACK_CONTACT = 0b10


def measures_image(measured: bytes, faults: set[Fault]) -> bytes:
    """Offsets 1 to 74."""
    if Fault.SWAPPED_WORDS in faults:
        return b"".join(measured[at + 2 : at + 4] + measured[at : at + 2] for at in range(0, len(measured), 4))
    return NAN_4 * (MEASURES.size // 4) if Fault.NAN in faults else measured


def status_image(
    *,
    diagnostics: int,
    outputs: int,
    generator_runs: bool,
    feedback: bool,
    tariff: int,
    operating_s: float,
    parameter_changes: int,
    setting_changes: int,
) -> bytes:
    """Offsets 203 to 222: no limit is violated, the universal counters (215, 221) stand at zero."""
    inputs = GENERATOR_CONTACT * generator_runs | FEEDBACK_CONTACT * feedback
    return STATUS.pack(
        0, diagnostics, outputs, inputs, tariff, int(operating_s), 0, parameter_changes, setting_changes, 0
    )


def counters_image(counters: Counters, rated_power_w: float, faults: set[Fault]) -> bytes:
    """Offsets 801 to 960. A lie that is told once is taken out of the faults."""
    if Fault.NAN in faults:
        return NAN_8 * (COUNTERS.size // 8)
    if Fault.ZERO_ONCE in faults:
        faults.discard(Fault.ZERO_ONCE)
        return bytes(COUNTERS.size)
    if Fault.JUMP_ONCE in faults:
        faults.discard(Fault.JUMP_ONCE)
        return COUNTERS.pack(*(value + rated_power_w * 24 for value in counters.values))
    return COUNTERS.pack(*counters.values)


def identity_image(serial_number: str, revisions: int, faults: set[Fault]) -> bytes:
    """Offsets 64001 to 64027: identification and maintenance data (I&M 0)."""
    shown = f"SWAP{serial_number[4:]}" if Fault.SWAPPED in faults else serial_number
    return IDENTITY.pack(
        SIEMENS,
        ORDER_NUMBER.ljust(20),
        shown.encode("ascii").ljust(16),
        HARDWARE_REVISION,
        FIRMWARE,
        revisions & 0xFFFF,
        0,
        0,
        IDENTITY_VERSION,
        0,
    )
