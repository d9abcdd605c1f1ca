"""What people see of a link: its state, and how well the polling goes."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from enforcer.slots import Tally


class Contact(StrEnum):
    """Whether an analyzer can be read."""

    CONNECTING = "connecting"
    ANSWERING = "answering"
    FAILING = "failing"


class LinkState(NamedTuple):
    """The link to one analyzer. `answer_ms` is the mean time of one request of the last poll, `late_s` how long after
    its slot the last poll was complete, `reads` what became of the slots. `last_error` is a sentence; it stays after
    the recovery."""

    analyzer_id: int
    address: str
    state: Contact
    since_at: datetime
    failures: int = 0
    next_try_at: datetime | None = None
    last_error: str = ""
    serial_number: str = ""
    last_answer_at: datetime | None = None
    answer_ms: float = 0.0
    late_s: float = 0.0
    reads: Tally = Tally(0, 0, 0, 0)


class Totals(NamedTuple):
    """All links together. Lateness is that of the last some thousand polls; `readings_dropped` were taken by nobody."""

    analyzers: int
    connecting: int
    answering: int
    failing: int
    reads: Tally
    readings: int
    readings_dropped: int
    late_median_s: float
    late_p99_s: float
    late_most_s: float
