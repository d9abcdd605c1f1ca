"""GET /api/admin/events: the audit trail."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from dashboard.api.callers import needs
from dashboard.api.fields import PRINTABLE, Answer, AskedInQuery, AskedInstant, Instant
from dashboard.api.given import TheDatabase
from dashboard.api.openapi import problems_of
from dashboard.api.paging import DEFAULT_ROWS, Cursor, Limit, Next, pack, unpack
from prepaid.access import Right
from sql.questions.events import EventFilter, EventKey, EventRow, events_page
from sql.sessions import SignedIn

router = APIRouter(prefix="/admin/events", tags=["Staff"])


class EventsAsked(AskedInQuery):
    limit: Limit = DEFAULT_ROWS
    cursor: Cursor | None = None
    site_id: int | None = Field(default=None, ge=1, lt=2**53, examples=[1])
    action: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9_.]{1,60}$",
        description="The beginning of the action: `recharge` finds `recharge.sold`.",
        examples=["recharge"],
    )
    actor: str | None = Field(
        default=None, pattern=PRINTABLE, max_length=120, description="Who did it.", examples=["user:cashier"]
    )
    subject: str | None = Field(
        default=None, pattern=r"^[\x21-\x7e]{1,60}$", description="To whom or what.", examples=["account:7"]
    )
    from_at: AskedInstant | None = Field(default=None, description="At this instant or later.")
    until_at: AskedInstant | None = Field(default=None, description="Before this instant.")


class Event(Answer):
    """One act."""

    happened_at: Instant
    site_id: int | None = Field(description="Null: it belongs to no site.", examples=[1])
    action: str = Field(examples=["recharge.sold"])
    actor: str = Field(examples=["user:cashier"])
    subject: str = Field(examples=["account:7"])
    before: dict[str, Any] | None = Field(description="What was so before the act.")
    after: dict[str, Any] | None = Field(description="What is so since.")
    writer: str = Field(description="Which process wrote it.", examples=["dashboard"])
    event_no: int = Field(description="Its number among those of the writer, without gaps.", examples=[311])


class Events(Answer):
    """Acts, newest first."""

    items: list[Event] = Field(max_length=200)
    next: Next


@router.get("", responses=problems_of(401, 403, 422, 429, 503), summary="Who did what, when, from which value to which")
def list_events(
    caller: Annotated[SignedIn, Depends(needs(Right.SEE_SITE))],
    database: TheDatabase,
    asked: Annotated[EventsAsked, Query()],
) -> Events:
    """For admin and manager."""
    behind = None if asked.cursor is None else EventKey(*unpack(asked.cursor, datetime, str, int))
    wanted = EventFilter(
        site_id=asked.site_id,
        action=asked.action,
        actor=asked.actor,
        subject=asked.subject,
        from_at=asked.from_at,
        until_at=asked.until_at,
    )
    with database.reading() as conn:
        page = events_page(conn, caller.viewer, wanted, behind, asked.limit)
    return Events(
        items=[_event(row) for row in page.events],
        next=None if page.next is None else pack(*page.next),
    )


def _event(row: EventRow) -> Event:
    return Event(
        happened_at=row.happened_at,
        site_id=row.site_id,
        action=row.action,
        actor=row.actor,
        subject=row.subject,
        before=None if row.before is None else dict(row.before),
        after=None if row.after is None else dict(row.after),
        writer=row.key.writer,
        event_no=row.key.event_no,
    )
