"""Invariant 6, as far as rows tell: every confirmed supply change has its alert and event, and these their cause."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind
from prepaid.language import _
from sql.proofs.breach import MOST_TOLD, Breach, Scope
from sql.tables import alerts, events, sites, supply_changes

TOLD = (AlertKind.CUT, AlertKind.RESTORED)
ACTIONS = ("supply.cut.confirmed", "supply.cut.proven", "supply.on.confirmed", "supply.on.proven")
ROWS_AT_ONCE = 1000


def prove_changes(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Alerts are compared by the database; events by what they say, which no database looks into."""
    yield from _silent(conn, scope)
    yield from _without_cause(conn, scope)
    yield from _events(conn, scope)


def _silent(conn: Connection, scope: Scope) -> Iterator[Breach]:
    told = sa.exists().where(alerts.c.cause == _cause(), alerts.c.kind.in_(TOLD))
    question = _confirmed(sa.select(supply_changes.c.id, supply_changes.c.analyzer_id, supply_changes.c.wanted), scope)
    for row in conn.execute(question.where(~told).limit(MOST_TOLD)).mappings():
        said = _("The supply change {id} ({wanted}) of analyzer {analyzer_id} was confirmed, and nobody was told.")
        yield _breach("supply.alert", said, row)


def _without_cause(conn: Connection, scope: Scope) -> Iterator[Breach]:
    caused = sa.exists().where(supply_changes.c.confirmed_at.is_not(None), alerts.c.cause == _cause())
    question = sa.select(alerts.c.id, alerts.c.kind, alerts.c.cause, alerts.c.analyzer_id)
    if scope.since is not None:
        question = question.join(sites, sites.c.id == alerts.c.site_id).where(alerts.c.raised_at >= scope.since)
    question = question.where(alerts.c.kind.in_(TOLD), ~caused)
    for row in conn.execute(question.limit(MOST_TOLD)).mappings():
        said = _("The alert {id} ({kind}) of analyzer {analyzer_id} has no confirmed supply change behind it.")
        yield _breach("supply.cause", said, row)


def _events(conn: Connection, scope: Scope) -> Iterator[Breach]:
    columns = (supply_changes.c.id, supply_changes.c.analyzer_id, supply_changes.c.wanted)
    changed = {row["id"]: row for row in conn.execute(_confirmed(sa.select(*columns), scope)).mappings()}
    recorded = _recorded(conn, scope)
    for change_id in sorted(changed.keys() - recorded.keys())[:MOST_TOLD]:
        said = _("The supply change {id} ({wanted}) of analyzer {analyzer_id} was confirmed without an event.")
        yield _breach("supply.event", said, changed[change_id])
    for change_id in sorted(recorded.keys() - changed.keys(), key=str)[:MOST_TOLD]:
        if not _is_confirmed(conn, change_id):
            said = _("The event {event_no} of {writer} tells of a supply change that is not there or not confirmed.")
            yield _breach("supply.event", said, recorded[change_id])


def _recorded(conn: Connection, scope: Scope) -> dict[Any, sa.RowMapping]:
    """The last event about each supply change, by the change it names."""
    question = sa.select(events.c.writer, events.c.event_no, events.c.action, events.c.after).where(
        events.c.action.in_(ACTIONS)
    )
    if scope.since is not None:
        question = question.join(sites, sites.c.id == events.c.site_id).where(events.c.happened_at >= scope.since)
    found = conn.execute(question.execution_options(yield_per=ROWS_AT_ONCE)).mappings()
    return {(row["after"] or {}).get("change_id"): row for row in found}


def _is_confirmed(conn: Connection, change_id: object) -> bool:
    """Of a scope the edge may lie between a change and its event."""
    if not isinstance(change_id, int):
        return False
    question = sa.exists().where(supply_changes.c.id == change_id, supply_changes.c.confirmed_at.is_not(None))
    return conn.scalar(sa.select(sa.case((question, 1), else_=0))) == 1


def _confirmed(question: sa.Select[Any], scope: Scope) -> sa.Select[Any]:
    question = question.where(supply_changes.c.confirmed_at.is_not(None)).order_by(supply_changes.c.id)
    return question if scope.since is None else question.where(supply_changes.c.confirmed_at >= scope.since)


def _cause() -> sa.ColumnElement[str]:
    """The cause of an alert about a supply change, as it is written when the alert is raised."""
    return sa.literal("supply:") + sa.cast(supply_changes.c.id, sa.String(20))


def _breach(name: str, said: str, row: sa.RowMapping) -> Breach:
    return Breach(number=6, name=name, sentence=said.format(**row), rows=(dict(row),))
