"""The logs of Kepware that feed a site: as the enforcer last saw them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from enforcer.doctor.finding import Finding, Subject
from prepaid.kepware.groups import LogGroup, LogState
from prepaid.language import _
from prepaid.records import Feed
from prepaid.site import Site
from sql.connection import Connection
from sql.kepware.groups import load_groups
from sql.kepware.states import load_states

LOOKED_WITHIN = timedelta(minutes=1)


def look_at_logs(conn: Connection, site: Site, now: datetime) -> Iterator[Finding]:
    """One sentence a log group; nothing where no analyzer is read from Kepware."""
    fed = {key for key, each in site.analyzers.items() if each.feed is Feed.KEPWARE}
    if not fed:
        return
    states = load_states(conn, site.site_id)
    groups = load_groups(conn, site.site_id)
    for group in groups:
        yield _of(group, states.get(group.group_id), now)
    unmapped = fed.difference(*(group.analyzers for group in groups))
    if unmapped:
        sentence = _("{n} analyzers are to be read from Kepware and have no tags. Map them on the page Analyzers.")
        yield Finding(Subject.KEPWARE, False, sentence.format(n=len(unmapped)))


def _of(group: LogGroup, state: LogState | None, now: datetime) -> Finding:
    if state is None or state.looked_at is None:
        sentence = _("The log {name} was never read. Start the enforcer, or run: python -m enforcer kepware --check")
        return Finding(Subject.KEPWARE, False, sentence.format(name=group.name))
    if state.trouble is not None:
        sentence = _("The log {name}: {trouble} Run: python -m enforcer kepware --check")
        return Finding(Subject.KEPWARE, False, sentence.format(name=group.name, trouble=state.trouble))
    looked = now - state.looked_at <= LOOKED_WITHIN
    sentence = _("The log {name} was read {age} s ago; its newest value was {lag} s old.")
    age_s, lag_s = round((now - state.looked_at).total_seconds()), round(state.lag_s or 0)
    return Finding(Subject.KEPWARE, looked, sentence.format(name=group.name, age=age_s, lag=lag_s))
