"""How many requests a caller may make: limits of the library `limits`, counted in the database for all processes."""

import math
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from dashboard.api.ring import EXTRA_HEADERS
from prepaid.clock import Clock
from prepaid.errors.access import TooManyRequests
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from sql import rate_limits
from sql.connection import Database
from sql.rate_limits import Counted

LOGINS = parse("10/minute")
"""A network; besides, failed sign-ins cost a growing wait (sql/throttles.py)."""
REFRESHES = parse("60/minute")
"""A network: behind one address there may be many programs."""
REQUESTS = parse("120/minute")
"""A session."""
RECHARGES = parse("30/minute")
"""A session."""


class DatabaseStorage(Storage):
    """Where the library keeps its counts. `newest` is what it answered last, so nothing is asked twice."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.newest: Counted | None = None

    @property
    def base_exceptions(self) -> type[Exception]:
        return PrepaidError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.newest = rate_limits.hit(self._database, key, timedelta(seconds=expiry), amount)
        return self.newest.hits

    def get(self, key: str) -> int:
        self.newest = rate_limits.look(self._database, key)
        return 0 if self.newest is None else self.newest.hits

    def get_expiry(self, key: str) -> float:
        found = rate_limits.look(self._database, key)
        return self._clock.now().timestamp() if found is None else found.ends_at.timestamp()

    def check(self) -> bool:
        with self._database.reading() as conn:
            return self._database.now(conn) is not None

    def reset(self) -> int | None:
        raise NotImplementedError("other callers are counted in the same table")

    def clear(self, key: str) -> None:
        rate_limits.forget(self._database, key)

    @property
    def _clock(self) -> Clock:
        return self._database.clock


def allow(database: Database, scope: MutableMapping[str, Any], limit: RateLimitItem, what: str, who: str) -> None:
    """Counts this request. Raises TooManyRequests. Every answer of the request tells how many are left.

    It is looked first, and a caller beyond the limit is not counted on: a flood only reads, and never stands in the way
    of what the enforcer writes.
    """
    storage = DatabaseStorage(database)
    limiter = FixedWindowRateLimiter(storage)
    allowed = limiter.test(limit, what, who) and limiter.hit(limit, what, who)
    counted = storage.newest
    assert counted is not None, "who is beyond a limit was counted before, and others are counted now"
    wait_s = max(1, math.ceil(counted.left_s))
    scope[EXTRA_HEADERS].update(
        {
            "RateLimit-Limit": str(limit.amount),
            "RateLimit-Remaining": str(max(0, limit.amount - counted.hits)),
            "RateLimit-Reset": str(wait_s),
        }
    )
    if not allowed:
        most = _("{amount} in {seconds} seconds").format(amount=limit.amount, seconds=limit.get_expiry())
        raise TooManyRequests(most=most, wait_s=wait_s)
