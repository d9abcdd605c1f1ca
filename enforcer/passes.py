"""What one pass did, and what it decided: the memory takes the second over when its transaction is committed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from enforcer.commissioning.around import Stepped
from enforcer.connecting import Shown
from enforcer.decide import Decided
from enforcer.guard import Guarded
from enforcer.plan_supply import Plan
from enforcer.stopped import Stop
from enforcer.watch import Watched
from prepaid.books import Book
from prepaid.metering import Word
from sql.alerts import NewAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass did, for heartbeat, status and benches."""

    number: int
    readings: int
    charges: int
    alerts: int
    frames: int
    pass_ms: float
    cpu_ms: float
    step_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Made:
    """The result of the writing transaction, before it takes effect in memory."""

    books: dict[int, Book]
    words: Mapping[int, Word]
    watched: Watched
    plan: Plan
    decided: dict[int, Decided]
    guarded: Guarded
    trusted: bool
    incomers: dict[int, Shown]
    in_range: bool
    stop: Stop
    tests: Stepped
    lost: list[NewAlert]
    back: list[int]
    raised: list[NewAlert]
    site_version: int
    charges: int
    changed: bool
