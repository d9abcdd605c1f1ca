"""How often Python looks for cycles in the memory of this process."""

import gc

MORE_BY = 50_000
"""So many more objects than at the last look. A pass over 800 analyzers makes and drops some 20 000, none in cycles:
at Python's own 700 each pass is looked through some thirty times, in vain."""
YOUNGER_LOOKS = 20
"""Looks at what is new, for each at what is older."""


def look_seldom() -> None:
    """What was imported is looked at no more, what comes later seldom: memory stays bounded, a pass is not held up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MORE_BY, YOUNGER_LOOKS, YOUNGER_LOOKS)
