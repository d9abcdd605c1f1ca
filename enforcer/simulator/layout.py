"""Where the values of a PAC3220 lie: every block with its value boundaries (manual, A-3)."""

from enum import Enum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from enforcer.simulator.frames import Code, Refused


class Block(Enum):
    """A run of values without a gap: first offset, then the registers of each value."""

    MEASURES = 1, (2,) * 37
    STATUS = 203, (2,) * 11
    COUNTERS = 801, (4,) * 40
    BASIC_SETTINGS = 50001, (2,) * 7
    INPUT_SETTINGS = 50023, (2,) * 2
    OUTPUT_0_SETTINGS = 51711, (1,) * 8
    OUTPUT_1_SETTINGS = 51720, (1,) * 8
    IDENTITY = 64001, (1, 10, 8, 1, 2, 1, 1, 1, 1, 1)

    def __init__(self, first: int, widths: tuple[int, ...]) -> None:
        self.first = first
        self.boundaries = tuple(accumulate(widths, initial=first))
        """The offsets at which a value begins, and the one after the last value."""


class Span(NamedTuple):
    """A part of a block: its bytes are `block_bytes[begin:end]`."""

    block: Block
    begin: int
    end: int


@lru_cache(maxsize=1024)
def span(offset: int, count: int) -> Span:
    """The registers asked for; Refused when they touch an undefined offset, or begin or end inside a value."""
    for block in Block:
        if offset in block.boundaries and offset + count in block.boundaries:
            return Span(block, (offset - block.first) * 2, (offset + count - block.first) * 2)
    raise Refused(Code.ILLEGAL_ADDRESS)
