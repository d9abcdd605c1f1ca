"""By how much a number has grown, as a card says it: a share with its sign and arrow, and no arrow where it stayed."""

from decimal import Decimal
from typing import Literal, NamedTuple

from documents.formats import Formats, round_to

SHARE_DECIMALS = 2
"""Whole percent."""


class Growth(NamedTuple):
    """What stands beside the number, None for nothing, and the arrow before it."""

    text: str | None
    arrow: Literal["up", "down", "off"]


def growth(change: Decimal | None, words: Formats) -> Growth:
    """`change` is a part of the number before; None where nothing is known of it."""
    if change is None:
        return Growth(None, "off")
    rounded = round_to(change, SHARE_DECIMALS)
    if not rounded:
        return Growth(words.share(rounded), "off")
    return Growth(words.share(rounded, signed=True), "up" if rounded > 0 else "down")
