"""Which unfit readings are kept as evidence: the first of each kind in an hour. The rest is counted, never stored.

A fault of an analyzer may last for months and tell the same lie every few seconds; what it writes is bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

KEPT_OF_A_KIND = 3
KEPT_AN_HOUR = 12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes two unfit readings alike: the analyzer, the verdict with its reason, and who answered."""

    analyzer_id: int
    verdict: str
    why: str
    serial_number: str


@dataclass(slots=True)
class Row(Generic[T]):
    """A reading that is kept, and how many later ones it stands for. `key` None: it is not written yet."""

    kind: Kind
    read_at: datetime
    reading: T | None = None
    key: int | None = None
    last_at: datetime | None = None
    more: int = 0

    def count(self, at: datetime) -> None:
        self.more += 1
        self.last_at = at


@dataclass(slots=True)
class Kept(Generic[T]):
    """The rows of the running hour, oldest first, by analyzer; readings are added in the order of their instants."""

    rows: dict[int, list[Row[T]]] = field(default_factory=dict)

    def add(self, kind: Kind, at: datetime, reading: T) -> None:
        """Keeps the reading, or counts it on the newest row of its kind, or else on the newest row there is."""
        rows = self.rows.setdefault(kind.analyzer_id, [])
        alike = [row for row in rows if row.kind == kind]
        if len(alike) >= KEPT_OF_A_KIND or len(rows) >= KEPT_AN_HOUR:
            (alike or rows)[-1].count(at)
        else:
            rows.append(Row(kind=kind, read_at=at, reading=reading))

    @property
    def new(self) -> Sequence[Row[T]]:
        return [row for rows in self.rows.values() for row in rows if row.key is None]

    @property
    def counted(self) -> Sequence[Row[T]]:
        """Rows of before that now stand for more readings."""
        return [row for rows in self.rows.values() for row in rows if row.key is not None and row.more]
