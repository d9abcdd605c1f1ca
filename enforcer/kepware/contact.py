"""How an analyzer that Kepware reads is told of: as a link that answers, or fails and why."""

from dataclasses import dataclass
from datetime import datetime

from enforcer.link_state import Contact, LinkState
from enforcer.slots import Tally
from prepaid.records import Reading

ON_TIME_S = 5.0
"""Beyond one interval; what comes later is late."""
ADDRESS = "Kepware"


@dataclass(slots=True)
class KeptContact:
    """One analyzer since `began_s`. `lag_s` is how much later than its stamp the newest reading was taken."""

    analyzer_id: int
    interval_s: float
    since_at: datetime
    began_s: float
    answering: bool = False
    failures: int = 0
    last_at: datetime | None = None
    last_s: float | None = None
    lag_s: float = 0.0
    error: str = ""
    serial_number: str = ""
    on_time: int = 0
    late: int = 0

    def answered(self, reading: Reading, now: datetime, now_s: float) -> None:
        """A reading came."""
        self.last_at, self.last_s, self.serial_number = reading.read_at, now_s, reading.serial_number
        self.lag_s = max(0.0, (now - reading.read_at).total_seconds())
        if self.lag_s <= self.interval_s + ON_TIME_S:
            self.on_time += 1
        else:
            self.late += 1

    def look(self, stale_after_s: float, why: str, now: datetime, now_s: float) -> None:
        """Whether it answers: with a reading of late, whose own instant is not long ago either."""
        known_s = self.began_s if self.last_s is None else self.last_s
        silent = now_s - known_s > stale_after_s or self.lag_s > stale_after_s
        answering = self.last_s is not None and not silent
        if answering and not self.answering:
            self.answering, self.since_at, self.failures = True, now, 0
        elif silent and (self.answering or not self.failures):
            self.answering, self.failures = False, 1
            self.since_at = self.last_at or self.since_at
        if silent:
            self.error = why

    def link(self, now_s: float) -> LinkState:
        """For pages and alerts. `answer_ms` is the lag."""
        due = max(int((now_s - self.began_s) / self.interval_s), self.on_time + self.late)
        state = Contact.ANSWERING if self.answering else Contact.FAILING if self.failures else Contact.CONNECTING
        return LinkState(
            analyzer_id=self.analyzer_id,
            address=ADDRESS,
            state=state,
            since_at=self.since_at,
            failures=self.failures,
            last_error=self.error,
            serial_number=self.serial_number,
            last_answer_at=self.last_at,
            answer_ms=self.lag_s * 1000,
            late_s=self.lag_s,
            reads=Tally(due, self.on_time, self.late, due - self.on_time - self.late),
        )
