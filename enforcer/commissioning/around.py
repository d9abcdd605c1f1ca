"""What a pass tells the tests on the spot that are under way, and what these leave behind in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from enforcer.commissioning.run import Run
from enforcer.plan_supply import Seen
from prepaid.site import Site
from prepaid.sources import Counting
from prepaid.switching import SupplyState
from prepaid.tamper import Fingerprint
from sql.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a pass knows when tests go on: who answered in it with what, how supplies stand, and what people locked.

    `kept_cut` are analyzers that credit or a person keeps cut. `now` is told by the clock of the database, which dates
    wishes; how long something takes is counted in `now_s`.
    """

    site: Site
    supply: Mapping[int, SupplyState]
    seen: Mapping[int, Seen]
    serials: Mapping[int, str]
    read: frozenset[int]
    bound: Mapping[int, str | None]
    locked: frozenset[int]
    kept_cut: frozenset[int]
    busy: frozenset[int]
    counting: Mapping[int, Counting]
    now: datetime
    now_s: float


@dataclass(slots=True)
class Stepped:
    """What tests did in a pass; it takes effect in memory when the transaction is committed."""

    runs: dict[int, Run]
    states: dict[int, SupplyState] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    fingerprints: dict[int, Fingerprint] = field(default_factory=dict)
    changed: bool = False
