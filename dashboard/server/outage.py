"""For how long the database has not answered this process: what every page says while it is away."""

from prepaid.clock import Clock, SystemClock


class Outage:
    """From the first page that failed to the first one that did not. From any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_s: float | None = None

    def goes_on(self) -> float:
        """A page found the database away; answers for how many seconds it has been."""
        now_s = self._clock.monotonic()
        since_s = self._since_s
        if since_s is None:
            self._since_s = since_s = now_s
        return now_s - since_s

    def is_over(self) -> None:
        """The database answered."""
        self._since_s = None


outage = Outage(SystemClock())
"""Of this process."""
