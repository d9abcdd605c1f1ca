"""An analyzer that answers, but with values that cannot be used: told after five minutes, over with one that can."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from enforcer.accept import Accepted
from prepaid.language import _
from prepaid.metering import Verdict

PATIENCE = timedelta(minutes=5)
NO_WORD = frozenset({Verdict.LATE, Verdict.AWAITED})
"""Such a reading says nothing about the others: it comes too late, or waits for a second one that agrees."""


class Unusable(NamedTuple):
    """Since when an analyzer has answered without a value that could be used, the newest such answer, and why."""

    since_at: datetime
    last_at: datetime
    why: str

    @property
    def is_lasting(self) -> bool:
        return self.last_at - self.since_at >= PATIENCE

    def sentence(self) -> str:
        return _("No value could be used for {minutes} minutes: {why}").format(
            minutes=int((self.last_at - self.since_at) / timedelta(minutes=1)), why=self.why
        )


def find_unusable(
    before: Mapping[int, Unusable], judged: Sequence[Accepted], stale_after: timedelta
) -> tuple[dict[int, Unusable], set[int]]:
    """Who answers what cannot be used after these readings, and whose readings were used. Silence in between begins
    anew: about that another alert tells, and so it does about another device."""
    found, used = dict(before), set[int]()
    for each in sorted(judged, key=lambda accepted: accepted.reading.read_at):
        analyzer_id, verdict = each.analyzer.analyzer_id, each.judgement.verdict
        if verdict in NO_WORD:
            continue
        if verdict is not Verdict.QUARANTINED:
            found.pop(analyzer_id, None)
            used.add(analyzer_id)
            continue
        at, known = each.reading.read_at, found.get(analyzer_id)
        begun = known is None or at - known.last_at > stale_after
        since_at = at if known is None or begun else known.since_at
        found[analyzer_id] = Unusable(since_at, at, each.judgement.why)
        used.discard(analyzer_id)
    return found, used
