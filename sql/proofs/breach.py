"""What a proof answers: a sentence for each thing that does not hold, with the rows that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

MOST_TOLD = 20
"""Of one kind so many breaches are told; the first ones lead to the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that must always hold and does not. `number` is its place in section 8 of the design.

    `about` names what it was found at (an account, a change), alike whenever it is found: numbers and balances that
    grow are not in it.
    """

    number: int
    name: str
    sentence: str
    rows: tuple[Mapping[str, Any], ...] = ()
    about: str = ""

    def __str__(self) -> str:
        return f"{self.number} {self.name}: {self.sentence}"

    @property
    def identity(self) -> str:
        """Alike when the same thing is found again."""
        return f"{self.name} {self.about or self.sentence}"


def told(number: int, name: str, said: str, row: sa.RowMapping | Mapping[str, Any], *about: str) -> Breach:
    """The breach that a row shows, in the words of `said`. `about` are the columns that name what it was found at."""
    facts = dict(row)
    return Breach(
        number=number,
        name=name,
        sentence=said.format(**facts),
        rows=(facts,),
        about=" ".join(str(facts[column]) for column in about),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is looked at: all of history (`since` None), or what came after the last proof.

    Ledgers and chains go on from their proven heads (sql/proofs/proven.py); what has only instants, from `since` on.
    `now` is the instant of the proof by the database's clock (None: what depends on it is not judged).
    """

    since: datetime | None
    now: datetime | None = None

    @property
    def everything(self) -> bool:
        return self.since is None
