"""When something that could not be handed over is tried again: a message by its tries, a server by its failures."""

import hashlib
from collections import deque
from datetime import timedelta

FIRST_WAIT_S = 15.0
LONGEST_WAIT_S = 3600.0
SPREAD = 0.1
MOST_TRIES = 80
"""Three days: the waits up to the first hour take two hours, and then there is one try an hour."""
SERVER_FIRST_WAIT_S = 2.0
SERVER_LONGEST_WAIT_S = 300.0
MINUTE_S = 60.0
_DOUBLINGS_AT_MOST = 16


def retry_after(message_id: str, tries: int) -> timedelta:
    """How long a message waits after so many tries: 15 s, doubled up to an hour, 10 % more or less.

    The message and the try decide how much, so that a thousand messages that were put off in one second do not come
    back in one second.
    """
    assert tries >= 1, "a message waits after a try"
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(tries - 1, _DOUBLINGS_AT_MOST))
    seed = hashlib.sha256(f"{message_id}\n{tries}".encode()).digest()
    share = int.from_bytes(seed[:4], "big") / 2**32
    return timedelta(seconds=round(wait_s * (1 - SPREAD + 2 * SPREAD * share), 3))


class Patience:
    """Waits for a server that is away: 2 s after its first failure, doubled up to 5 minutes, over with an answer."""

    def __init__(self) -> None:
        self._failures = 0
        self._until_s = 0.0

    def failed(self, now_s: float) -> None:
        self._failures += 1
        doubled = SERVER_FIRST_WAIT_S * 2 ** min(self._failures - 1, _DOUBLINGS_AT_MOST)
        self._until_s = now_s + min(SERVER_LONGEST_WAIT_S, doubled)

    def answered(self) -> None:
        self._failures = 0
        self._until_s = 0.0

    def over(self, now_s: float) -> bool:
        """Whether the server may be asked again."""
        return now_s >= self._until_s


class Pace:
    """At most so many in any minute; None: as many as there are."""

    def __init__(self, per_minute: int | None) -> None:
        self.per_minute = per_minute
        self._spent_s: deque[float] = deque()

    def room(self, now_s: float, most: int) -> int:
        """How many of `most` may go now."""
        if self.per_minute is None:
            return most
        while self._spent_s and self._spent_s[0] <= now_s - MINUTE_S:
            self._spent_s.popleft()
        return max(0, min(most, self.per_minute - len(self._spent_s)))

    def spend(self, now_s: float) -> None:
        """One has gone."""
        if self.per_minute is not None:
            self._spent_s.append(now_s)
