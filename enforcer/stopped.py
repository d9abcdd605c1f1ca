"""Supplies that wait because the incomer is out of range: staff are told once, when a generator would have started."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from enforcer.connecting import Shown
from enforcer.watch import new_alert
from prepaid.alerts import AlertKind
from prepaid.connecting import in_range
from prepaid.language import _
from prepaid.records import Source
from prepaid.settings import SiteSettings
from prepaid.site import Site
from prepaid.supply import Answer
from prepaid.switching import SupplyState
from sql.alerts import NewAlert, end_alerts, standing
from sql.connection import Connection

PATIENCE = timedelta(seconds=60)
"""A generator that starts is out of range for a shorter time."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Since when this run sees that nothing is connected, and at which incomer an alarm stands about it."""

    since_at: datetime | None = None
    alarm_at: int | None = None


def load_stop(conn: Connection, site_id: int) -> Stop:
    """What a run before this one left behind: its alarm is not raised again."""
    return Stop(alarm_at=next(iter(standing(conn, site_id, AlertKind.CONNECTING_STOPPED)), None))


def watch_stop(
    conn: Connection,
    site: Site,
    before: Stop,
    incomers: Mapping[int, Shown],
    source: Source,
    supply: Mapping[int, SupplyState],
    now: datetime,
    *,
    connecting: bool,
) -> tuple[Stop, list[NewAlert]]:
    """Inside the transaction of the pass. One alarm for each stop, however many come to wait; it ends when connecting
    goes on."""
    if connecting:
        if before.alarm_at is not None:
            end_alerts(conn, site.site_id, AlertKind.CONNECTING_STOPPED, before.alarm_at, now)
        return Stop(), []
    since_at = before.since_at or now
    stop = replace(before, since_at=since_at)
    waiting = sum(_waits(supply.get(analyzer_id)) for analyzer_id in site.analyzers)
    if stop.alarm_at is not None or not waiting or now - since_at <= PATIENCE:
        return stop, []
    for analyzer_id, shown in incomers.items():
        if shown.source is source and not in_range(site.settings, [shown.volts], [shown.hertz]):
            cause = f"stopped:{analyzer_id}:{since_at.isoformat()}"
            why = _shows(shown, site.settings, waiting)
            analyzer, kind = site.analyzers[analyzer_id], AlertKind.CONNECTING_STOPPED
            return replace(stop, alarm_at=analyzer_id), [new_alert(site, analyzer, kind, cause, why, waiting=waiting)]
    return stop, []


def _waits(state: SupplyState | None) -> bool:
    return state is not None and state.change is not None and state.change.wanted is Answer.ON


def _shows(shown: Shown, settings: SiteSettings, waiting: int) -> str:
    return _(
        "It shows {volts} V to neutral and {hertz} Hz; the limits are {least_v} to {most_v} V and {least_hz} to "
        "{most_hz} Hz. Supplies that wait: {waiting}."
    ).format(
        volts=f"{shown.volts:.0f}",
        hertz=f"{shown.hertz:.1f}",
        least_v=settings.incomer_least_v,
        most_v=settings.incomer_most_v,
        least_hz=settings.incomer_least_hz,
        most_hz=settings.incomer_most_hz,
        waiting=waiting,
    )
