"""One-time tickets: a page that has signed somebody in hands the session's token to the cookie's route.

A page talks through a websocket, where no cookie can be set. So it shows the browser a ticket, and the browser
exchanges the ticket for the cookie; the token itself never meets a script. Kept in memory: one process serves both.
"""

import secrets
import threading
from typing import NamedTuple

from prepaid.clock import Clock, SystemClock

GOOD_FOR_S = 30.0
MOST = 1000


class _Ticket(NamedTuple):
    token: str
    until_s: float
    lasts_s: int


class Tickets:
    """Tickets not yet redeemed. With more than `MOST` of them the oldest is dropped: its owner signs in again later."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._tickets: dict[str, _Ticket] = {}

    def issue(self, token: str, lasts_s: int) -> str:
        """A ticket for the session with this token; `lasts_s` is how long its cookie shall be kept."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._forget_old()
            self._tickets[name] = _Ticket(token, self._clock.monotonic() + GOOD_FOR_S, lasts_s)
        return name

    def redeem(self, name: str) -> tuple[str, int] | None:
        """Token and life of the cookie, once; None for a ticket that is used, too old or made up."""
        with self._lock:
            found = self._tickets.pop(name, None)
        if found is None or found.until_s < self._clock.monotonic():
            return None
        return found.token, found.lasts_s

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        for name in [name for name, ticket in self._tickets.items() if ticket.until_s < now]:
            del self._tickets[name]
        while len(self._tickets) >= MOST:
            del self._tickets[next(iter(self._tickets))]


tickets = Tickets()
"""Those of this process."""
