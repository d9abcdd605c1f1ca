"""Who waits to be switched on, from pass to pass, and what the incomers show meanwhile."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from enforcer.accept import Accepted
from enforcer.plan_supply import Job
from enforcer.sight import NO_SIGHT
from prepaid.connecting import Pace, Waiting, in_range, turns
from prepaid.records import Purpose, Source
from prepaid.site import Site
from prepaid.switching import SupplyState
from sql.events import Event

INCOMERS = {Purpose.GRID_INCOMER: Source.GRID, Purpose.GENERATOR_INCOMER: Source.GENERATOR}


@dataclass(frozen=True, slots=True)
class Shown:
    """What an incomer showed at an instant."""

    source: Source
    volts: float
    hertz: float
    at: datetime


@dataclass(slots=True)
class _Asked:
    job: Job
    at_s: float


class ConnectingQueue:
    """The supplies of a site that wait for their turn. A pass brings only those that were read in it; the others keep
    their place, so that nobody comes before somebody who waits longer. After a start as much time must pass as after a
    supply that was connected: the run before this one may have connected one."""

    def __init__(self, now_s: float) -> None:
        self._asked: dict[int, _Asked] = {}
        self._last_s = now_s

    def add(self, jobs: Iterable[Job], now_s: float) -> None:
        """These were decided, or decided again, in this pass."""
        for job in jobs:
            self._asked[job.decided.analyzer.analyzer_id] = _Asked(job, now_s)

    def take(
        self, site: Site, pace: Pace, states: Callable[[int], SupplyState], now_s: float
    ) -> list[tuple[Job, float]]:
        """Whose turn comes before the next pass, each with the seconds it still has to wait. They leave the queue, as
        does who was not read for a while, or whose supply is wanted otherwise by now."""
        settings = site.settings
        patience_s = 2 * float(settings.read_interval_s) + float(settings.pass_interval_s)
        self._asked = {
            analyzer_id: asked
            for analyzer_id, asked in self._asked.items()
            if now_s - asked.at_s <= patience_s and _is_open(asked.job, states(analyzer_id))
        }
        waiting = [
            Waiting(
                analyzer_id=analyzer_id,
                priority=asked.job.decided.analyzer.priority,
                since_at=asked.job.change.decided_at,
            )
            for analyzer_id, asked in self._asked.items()
        ]
        taken = []
        for each, delay_s in turns(waiting, pace, self._last_s, now_s, float(settings.pass_interval_s)):
            taken.append((self._asked.pop(each.analyzer_id).job, delay_s))
            self._last_s = now_s + delay_s
        return taken


def look_at_incomers(
    site: Site, before: Mapping[int, Shown], judged: Iterable[Accepted], now: datetime
) -> dict[int, Shown]:
    """What the incomers show, as long as they were read lately. How it was long ago, told late, counts for nothing."""
    since_at = now - timedelta(seconds=float(site.settings.stale_after_s))
    found = {key: each for key, each in before.items() if each.at >= since_at and key in site.analyzers}
    for each in judged:
        source = INCOMERS.get(each.analyzer.purpose)
        if source is not None and each.judgement.verdict not in NO_SIGHT:
            measures = each.reading.measures
            found[each.analyzer.analyzer_id] = Shown(
                source, measures.voltage_average_l_n_v, measures.frequency_hz, each.reading.read_at
            )
    return found


def can_take_more(site: Site, incomers: Mapping[int, Shown], source: Source, *, otherwise: bool = True) -> bool:
    """Whether the incomers of the source that feeds the site are in range. `otherwise`: what holds where none was read
    lately. A site without incomers always can; behind a start it is as it was, until they had time to be read."""
    feeding = [each for each in incomers.values() if each.source is source]
    if not feeding:
        return otherwise
    return in_range(site.settings, [each.volts for each in feeding], [each.hertz for each in feeding])


def range_changed(site: Site, source: Source, *, before: bool, now: bool) -> list[Event]:
    """That connecting stopped or goes on, when it does."""
    subject, after = f"site:{site.site_id}", {"source": source}
    if before and not now:
        return [
            Event(action="connecting.stopped", actor="enforcer", subject=subject, site_id=site.site_id, after=after)
        ]
    if now and not before:
        return [
            Event(action="connecting.resumed", actor="enforcer", subject=subject, site_id=site.site_id, after=after)
        ]
    return []


def _is_open(job: Job, state: SupplyState) -> bool:
    return state.change is not None and state.change.change_id == job.change.change_id
