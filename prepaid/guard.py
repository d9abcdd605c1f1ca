"""The guard against mass cuts: when more accounts run out than anybody foresaw, a person says who is cut.

A wrong price or a wrong counter looks like many tenants who used up their credit. So a crossing that the forecast did
not foresee counts, whatever became of the account since; too many of them in 24 hours, and none of those accounts is
cut until a person has released it by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

FORESEEN_BEFORE = timedelta(hours=24)
"""How old a forecast must be to be asked: a younger one may have been made with the same wrong price."""
SPAN = timedelta(hours=24)
"""So far back unexpected crossings count."""
FORESEEN_DAYS = 2.0
LEAST_ALLOWED = 3
ALLOWED_ONE_IN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexpected:
    """An account that ran out `at` that instant although nobody had foreseen it.

    `standing`: nobody recharged it since. `held`: the guard held it already. `released`: a person said to cut it.
    """

    account_id: int
    at: datetime
    standing: bool = True
    held: bool = False
    released: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """Whom the guard holds, how many unexpected crossings there were in 24 hours, and how many are let through."""

    held: frozenset[int] = frozenset()
    unexpected: int = 0
    allowed: int = LEAST_ALLOWED


def is_unexpected(days_foreseen: float | None) -> bool:
    """Whether a crossing surprises, by the days that the forecast of 24 hours earlier gave.

    Without such a forecast nobody can say that it was foreseen, so it counts as a surprise: a site that is new, or that
    made no forecasts, is guarded too. As many as are allowed are still cut each day, and a person releases the others,
    so that new accounts do not keep the guard closed.
    """
    return days_foreseen is None or days_foreseen > FORESEEN_DAYS


def allowed(enforced: int) -> int:
    """How many unexpected crossings in 24 hours are cut unasked, of so many enforced accounts."""
    return max(LEAST_ALLOWED, enforced // ALLOWED_ONE_IN)


def guard(crossings: Iterable[Unexpected], enforced: int, now: datetime) -> Guard:
    """Holds what was held, and all of the last 24 hours when they are too many.

    Whoever is held stays held, however quiet it becomes: only a release by name or a recharge ends it. A release frees
    its account and nobody else; its crossing goes on to count.
    """
    known = list(crossings)
    recent = {each.account_id for each in known if each.at > now - SPAN}
    most = allowed(enforced)
    caught = recent if len(recent) > most else set[int]()
    held = {each.account_id for each in known if each.held or each.account_id in caught}
    free = {each.account_id for each in known if each.released or not each.standing}
    return Guard(frozenset(held - free), len(recent), most)
