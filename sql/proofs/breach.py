"""What a proof answers: a sentence for each thing that does not hold, with the rows that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_TOLD = 20
"""Of one kind so many breaches are told; the first ones lead to the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that must always hold and does not. `number` is its place in section 8 of the design."""

    number: int
    name: str
    sentence: str
    rows: tuple[Mapping[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.number} {self.name}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is looked at: all of history (`since` None), or what is newer, and the newest entries of each chain."""

    since: datetime | None
    newest: int = 1000
    """Of each account the newest entries, of each writer the newest events, whenever they were written."""

    @property
    def everything(self) -> bool:
        return self.since is None
