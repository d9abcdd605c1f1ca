"""The audit trail, newest first, page by page: who did what, when, from which value to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from sql.tables import events

MOST_EVENTS = 500


class EventKey(NamedTuple):
    """Where an event stands in the trail of all writers."""

    happened_at: datetime
    writer: str
    event_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One act. `actor` is like `user:NAME`, `subject` like `account:7`."""

    key: EventKey
    site_id: int | None
    action: str
    actor: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def happened_at(self) -> datetime:
        return self.key.happened_at


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What to look for; None: anything. `action` is a beginning (`recharge` finds `recharge.sold`), the span is
    [from_at, until_at)."""

    site_id: int | None = None
    action: str | None = None
    actor: str | None = None
    subject: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """Events, newest first. `next` asks for the page behind this one; None: this was the last."""

    events: tuple[EventRow, ...]
    next: EventKey | None


def events_page(
    conn: Connection, viewer: Viewer, wanted: EventFilter, behind: EventKey | None = None, most: int = 50
) -> EventsPage:
    """At most `most` events that fit, behind that key (None: from the newest). Acts that belong to no site are shown
    to those who see every site, and only where no site is asked for."""
    permit(viewer, Right.SEE_SITE)
    site_id = wanted.site_id if wanted.site_id is not None else viewer.site_id
    if site_id is not None:
        permit_site(viewer, Right.SEE_SITE, site_id)
    rows_at_most = max(1, min(most, MOST_EVENTS))
    question = (
        sa.select(
            events.c.happened_at,
            events.c.writer,
            events.c.event_no,
            events.c.site_id,
            events.c.action,
            events.c.actor,
            events.c.subject,
            events.c.before,
            events.c.after,
        )
        .where(*_fitting(wanted, site_id))
        .order_by(events.c.happened_at.desc(), events.c.writer.desc(), events.c.event_no.desc())
        .limit(rows_at_most + 1)
    )
    if behind is not None:
        question = question.where(_behind(behind))
    found = [_row(row) for row in conn.execute(question)]
    page = tuple(found[:rows_at_most])
    return EventsPage(events=page, next=page[-1].key if len(found) > rows_at_most else None)


def _fitting(wanted: EventFilter, site_id: int | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if site_id is not None:
        found.append(events.c.site_id == site_id)
    if wanted.action is not None:
        found.append(events.c.action.startswith(wanted.action.lower(), autoescape=True))
    if wanted.actor is not None:
        found.append(events.c.actor == wanted.actor)
    if wanted.subject is not None:
        found.append(events.c.subject == wanted.subject)
    if wanted.from_at is not None:
        found.append(events.c.happened_at >= wanted.from_at)
    if wanted.until_at is not None:
        found.append(events.c.happened_at < wanted.until_at)
    return found


def _behind(key: EventKey) -> sa.ColumnElement[bool]:
    """Older ones; of one instant those of an earlier writer; of one writer those with a lower number.

    The first condition follows from the others: it lets the index begin where the page does.
    """
    same_instant = events.c.happened_at == key.happened_at
    return sa.and_(
        events.c.happened_at <= key.happened_at,
        sa.or_(
            events.c.happened_at < key.happened_at,
            sa.and_(same_instant, events.c.writer < key.writer),
            sa.and_(same_instant, events.c.writer == key.writer, events.c.event_no < key.event_no),
        ),
    )


def _row(row: Any) -> EventRow:
    return EventRow(
        key=EventKey(row.happened_at, row.writer, row.event_no),
        site_id=row.site_id,
        action=row.action,
        actor=row.actor,
        subject=row.subject,
        before=row.before,
        after=row.after,
    )
