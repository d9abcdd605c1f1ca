"""Invariant 6, as far as rows tell: every confirmed supply change has its alert and event, and these their cause."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind
from prepaid.language import _
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.tables import alerts, events, sites, supply_changes

TOLD = (AlertKind.CUT, AlertKind.RESTORED)
ACTIONS = ("supply.cut.confirmed", "supply.cut.proven", "supply.on.confirmed", "supply.on.proven")
CAUSE = "supply:"
"""How the cause of an alert about a supply change begins; the number of the change follows."""
ROWS_AT_ONCE = 1000

Rows = Mapping[int, sa.RowMapping]


def prove_changes(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Changes, alerts and events are brought together by the number of the change that each of them names.

    They are written in one transaction, and the changes are read first: what is newer, or at the edge of the scope,
    is looked up by its number.
    """
    changed = _changes(conn, scope)
    alarmed, recorded = _alerts(conn, scope), _events(conn, scope)
    for change_id in sorted(changed.keys() - alarmed.keys())[:MOST_TOLD]:
        said = _("The supply change {id} ({wanted}) of analyzer {analyzer_id} was confirmed, and nobody was told.")
        yield told(6, "supply.alert", said, changed[change_id], "id")
    for change_id in sorted(changed.keys() - recorded.keys())[:MOST_TOLD]:
        said = _("The supply change {id} ({wanted}) of analyzer {analyzer_id} was confirmed without an event.")
        yield told(6, "supply.event", said, changed[change_id], "id")
    for change_id in _unconfirmed(conn, alarmed.keys() - changed.keys()):
        said = _("The alert {id} ({kind}) of analyzer {analyzer_id} has no confirmed supply change behind it.")
        yield told(6, "supply.cause", said, alarmed[change_id], "id")
    for change_id in _unconfirmed(conn, recorded.keys() - changed.keys()):
        said = _("The event {event_no} of {writer} tells of a supply change that is not there or not confirmed.")
        yield told(6, "supply.event", said, recorded[change_id], "writer", "event_no")


def _changes(conn: Connection, scope: Scope) -> Rows:
    question = sa.select(supply_changes.c.id, supply_changes.c.analyzer_id, supply_changes.c.wanted).where(
        supply_changes.c.confirmed_at.is_not(None)
    )
    if scope.since is not None:
        question = question.where(supply_changes.c.confirmed_at >= scope.since)
    return {row["id"]: row for row in _read(conn, question)}


def _alerts(conn: Connection, scope: Scope) -> Rows:
    question = sa.select(alerts.c.id, alerts.c.kind, alerts.c.cause, alerts.c.analyzer_id).where(
        alerts.c.kind.in_(TOLD)
    )
    if scope.since is not None:
        question = question.join(sites, sites.c.id == alerts.c.site_id).where(alerts.c.raised_at >= scope.since)
    return {_named(row["cause"]): row for row in _read(conn, question)}


def _events(conn: Connection, scope: Scope) -> Rows:
    after = sa.type_coerce(events.c.after, sa.UnicodeText).label("after")
    question = sa.select(events.c.writer, events.c.event_no, after).where(events.c.action.in_(ACTIONS))
    if scope.since is not None:
        question = question.join(sites, sites.c.id == events.c.site_id).where(events.c.happened_at >= scope.since)
    return {_change_in(row["after"]): row for row in _read(conn, question)}


def _read(conn: Connection, question: sa.Select[Any]) -> Iterator[sa.RowMapping]:
    yield from conn.execute(question.execution_options(yield_per=ROWS_AT_ONCE)).mappings()


def _named(cause: str) -> int:
    """The change that the cause of an alert names; 0 where it names none."""
    number = cause.removeprefix(CAUSE)
    return int(number) if cause.startswith(CAUSE) and number.isdecimal() else 0


def _change_in(facts: str | None) -> int:
    """The change that an event names; 0 where it names none."""
    try:
        found = json.loads(facts or "{}").get("change_id")
    except (ValueError, AttributeError):
        return 0
    return found if isinstance(found, int) else 0


def _unconfirmed(conn: Connection, change_ids: Iterable[int]) -> Iterator[int]:
    """The first few of these changes that are not there or not confirmed, asked one by one."""
    found = 0
    for change_id in sorted(change_ids):
        question = sa.select(supply_changes.c.confirmed_at).where(supply_changes.c.id == change_id)
        if conn.scalar(question) is None:
            yield change_id
            found += 1
        if found == MOST_TOLD:
            return
