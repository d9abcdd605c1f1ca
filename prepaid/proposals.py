"""The unknown part before a new base: what was probably used and stands on no counter. Only a person posts it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prepaid.errors.ledger import EstimateEmpty, EstimatePosted
from prepaid.expected import Expected
from prepaid.records import BaseCause
from prepaid.units import ZERO, add, cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissed:
    """Somebody decided that nothing is posted for a base, and why."""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An estimate that a person may post to the account, from the last accepted reading to the new base.

    `usual` None: the analyzer was known for too short a time, and nothing can be proposed. `counted` is what the new
    base has charged of that time. `entry_cause` is the cause of the entry, so that it is posted once; what was
    `dismissed` may still be posted.
    """

    analyzer_id: int
    base_id: int
    cause: BaseCause
    account_id: int
    account_number: str
    currency: str
    from_at: datetime
    until_at: datetime
    usual: Expected | None
    counted: Expected
    unknown: Expected
    grid_price: Decimal
    generator_price: Decimal
    posted: bool
    dismissed: Dismissed | None

    @property
    def amount(self) -> Decimal:
        """What the unknown use costs at the prices of that time."""
        return add(cost(self.unknown.grid_wh, self.grid_price), cost(self.unknown.generator_wh, self.generator_price))

    @property
    def entry_cause(self) -> str:
        return entry_cause(self.base_id)


def entry_cause(base_id: int) -> str:
    """The cause of the estimate entry for a base."""
    return f"estimate:base:{base_id}"


def unknown_use(usual: Expected, counted: Expected) -> Expected:
    """What is usual in that time and was not counted by the new base, divided as the usual is; never less than 0."""
    usual_wh = usual.grid_wh + usual.generator_wh
    wh = max(0, usual_wh - counted.grid_wh - counted.generator_wh)
    generator_wh = wh * usual.generator_wh // usual_wh if usual_wh else 0
    return Expected(wh - generator_wh, generator_wh)


def check_postable(proposal: Proposal) -> None:
    """Raises EstimatePosted, EstimateEmpty."""
    if proposal.posted:
        raise EstimatePosted(account=proposal.account_number)
    if proposal.amount <= ZERO:
        raise EstimateEmpty
