"""The settings of an analyzer that can be read by function 3 and written by function 16."""

from collections.abc import Mapping
from struct import Struct
from typing import Final

from enforcer.simulator.frames import Code, Refused
from enforcer.simulator.layout import Block, Span

CONNECTION_TYPE: Final = 50001
CT_PRIMARY: Final = 50011
CT_SECONDARY: Final = 50013
DEMAND_SYNCHRONISATION: Final = 50023
INPUT_0_USE: Final = 50025
OUTPUT_GROUP: Final = (51711, 51720)
OUTPUT_USE: Final = (51712, 51721)
OUTPUT_TIMEOUT: Final = (51718, 51727)

TARIFF_SWITCHING = 2
SWITCHING_OUTPUT = 2

STRUCTS = {
    Block.BASIC_SETTINGS: Struct(">7I"),
    Block.INPUT_SETTINGS: Struct(">2I"),
    Block.OUTPUT_0_SETTINGS: Struct(">8H"),
    Block.OUTPUT_1_SETTINGS: Struct(">8H"),
}
LAST_BASIC_SETTING = 50099

BOUNDS = {
    CT_PRIMARY: (1, 99_999_999),
    CT_SECONDARY: (1, 5),
    DEMAND_SYNCHRONISATION: (0, 3),
    INPUT_0_USE: (0, 5),
    **dict.fromkeys(OUTPUT_GROUP, (0, 99)),
    **dict.fromkeys(OUTPUT_USE, (0, 5)),
    **dict.fromkeys(OUTPUT_TIMEOUT, (0, 18_000)),
}


class Settings:
    """The values by offset. As delivered: both outputs switch, DI 0.0 chooses the tariff, no time-out."""

    def __init__(self, ct_primary_a: int, changed: Mapping[int, int] | None = None) -> None:
        self.values = {
            offset: 0 for block in STRUCTS for offset in block.boundaries[:-1]
        } | {
            50005: 400,  # voltage transformer primary and secondary in V
            50007: 400,
            CT_PRIMARY: ct_primary_a,
            CT_SECONDARY: 5,
            INPUT_0_USE: TARIFF_SWITCHING,
            OUTPUT_GROUP[1]: 1,
            **dict.fromkeys(OUTPUT_USE, SWITCHING_OUTPUT),
        }  # fmt: skip
        self.values.update((offset, value) for offset, value in (changed or {}).items() if offset in self.values)

    def __getitem__(self, offset: int) -> int:
        return self.values[offset]

    def registers(self, block: Block) -> bytes:
        """The bytes of one block of settings."""
        return STRUCTS[block].pack(*(self.values[offset] for offset in block.boundaries[:-1]))

    def write(self, where: Span, data: bytes) -> list[int]:
        """Takes over whole values and returns the offsets that changed; nothing when one value is out of bounds."""
        image = bytearray(self.registers(where.block))
        image[where.begin : where.end] = data
        offsets = where.block.boundaries[:-1]
        wanted = dict(zip(offsets, STRUCTS[where.block].unpack(bytes(image)), strict=True))
        for offset, value in wanted.items():
            low, high = BOUNDS.get(offset, (0, 0xFFFFFFFF))
            if not low <= value <= high:
                raise Refused(Code.ILLEGAL_VALUE)
        changed = [offset for offset, value in wanted.items() if self.values[offset] != value]
        self.values.update(wanted)
        return changed
