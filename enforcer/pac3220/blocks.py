"""The few reads that fetch everything: which registers one request covers, and how its bytes fall into values."""

import struct
from dataclasses import dataclass
from typing import Final

from enforcer.pac3220.registers import (
    ENERGIES,
    IDENTIFICATION_LENGTH,
    IDENTIFICATION_OFFSET,
    MEASURES,
    PHASE_ENERGIES,
    SETTINGS,
    STATUS,
    Format,
    Register,
)

MAX_REGISTERS: Final = 100
"""Modbus allows 125; 68 are known to work on the family (bench)."""

_CODE: Final = {Format.FLOAT32: "f", Format.FLOAT64: "d", Format.UINT32: "I", Format.UINT16: "H"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One read request: `count` registers from `first`. `layout` unpacks the answer's bytes into the values, in order;
    `words` packs the registers that a Modbus library hands over back into those bytes."""

    name: str
    first: int
    count: int
    layout: struct.Struct
    words: struct.Struct


def block_of(name: str, registers: tuple[Register, ...]) -> Block:
    """The block from the first of these registers to the last; gaps between them become pad bytes."""
    first = here = registers[0].offset
    codes = [">"]
    for register in registers:
        assert register.offset >= here, "registers of a block ascend and do not overlap"
        codes += ["2x" * (register.offset - here), _CODE[register.format]]
        here = register.offset + register.length
    return _block(name, first, here - first, "".join(codes))


def _block(name: str, first: int, count: int, layout: str) -> Block:
    assert count <= MAX_REGISTERS, "no read asks for more registers than the device is trusted with"
    block = Block(
        name=name,
        first=first,
        count=count,
        layout=struct.Struct(layout),
        words=struct.Struct(f">{count}H"),
    )
    assert block.layout.size == block.words.size == 2 * count, "the layout covers the block exactly"
    return block


INSTANT: Final = block_of("instantaneous values", MEASURES)
STATE: Final = block_of("status", STATUS)
ENERGY: Final = block_of("energy counters", ENERGIES)
PHASES: Final = block_of("energy counters of the phases", PHASE_ENERGIES)

POLL: Final = (INSTANT, STATE, ENERGY)
"""What one poll reads. PHASES is read too when a history row is due."""

# I&M 0 of the manual (table "I&M 0 parameters", the same in every manual of the family): manufacturer, order number,
# serial number, hardware version, firmware version (a letter and three numbers), then five words of no use here.
IDENTITY: Final = _block("identification", IDENTIFICATION_OFFSET, IDENTIFICATION_LENGTH, ">H20s16sH4s10x")

# Read apart where the manual leaves registers between them undescribed: a read over a hole may be refused (bench).
SETTINGS_BLOCKS: Final = (
    block_of("connection", SETTINGS[0:4]),
    block_of("current transformers", SETTINGS[4:6]),
    block_of("digital input", SETTINGS[6:8]),
    block_of("digital output 0.0", SETTINGS[8:10]),
    block_of("time-out of digital output 0.0", SETTINGS[10:11]),
    block_of("digital output 0.1", SETTINGS[11:13]),
    block_of("time-out of digital output 0.1", SETTINGS[13:14]),
)
