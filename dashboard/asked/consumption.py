"""What Consumption shows, kept per viewer, choice and span: what ended before today for half an hour, today a moment.

A span is asked for in pieces, a month each. So a year of a large site is added up once, with progress, and afterwards
only today is asked again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.house import database
from dashboard.rollups.picture import Answers
from prepaid.access import Viewer
from prepaid.calendar import hour_of
from prepaid.spans import Bucket, Span, before, edges, midnight
from sql.questions import consumption, subjects
from sql.questions.consumption import Chosen, Forgone, HourSum, LineSum, OpenGround
from sql.questions.subjects import Subjects

NEW_S, KEPT_S, CLOSED_S = 15, 60, 1800
ANSWERS_AT_MOST, CLOSED_AT_MOST = 200, 1000

Told = Callable[[float], None]


class Newest(NamedTuple):
    """Today, from one moment: the hours, the lines of those that are over and of the running one, and open grounds."""

    hours: tuple[HourSum, ...]
    done: tuple[LineSum, ...]
    running: tuple[LineSum, ...]
    grounds: tuple[OpenGround, ...]


def answers(viewer: Viewer, chosen: Chosen, span: Span, zone: ZoneInfo, told: Told) -> Answers:
    """All answers for one picture; `told` hears how far they have come, from 0 to 1."""
    now = _now()
    running_at, today_at = hour_of(now.astimezone(UTC), zone), midnight(now.astimezone(zone).date(), zone)
    before_span = before(span, running_at, zone)
    of_site = not chosen.account_ids and not chosen.analyzer_ids
    lines_of = None if of_site else chosen
    closed, earlier = pieces(span.until(today_at), zone), pieces(before_span, zone)
    steps = _Steps(2 * len(closed) + len(earlier), told)
    hours = [row for piece in steps.over(closed) for row in _closed_hours(viewer, chosen, piece)]
    done = [row for piece in steps.over(closed) for row in _closed_lines(viewer, chosen.site_id, piece, lines_of)]
    compared = [row for piece in steps.over(earlier) for row in _closed_lines(viewer, chosen.site_id, piece, lines_of)]
    newest = Newest((), (), (), ())
    if span.until_at > today_at:
        today = Span(max(span.from_at, today_at), span.until_at)
        newest = _newest(viewer, chosen, today, running_at, of_site)
    return Answers(
        at=now,
        subjects=known_subjects(viewer, chosen.site_id),
        hours=[*hours, *newest.hours],
        done=[*done, *newest.done],
        running=newest.running,
        before=compared,
        grounds=newest.grounds,
        forgone=_forgone(viewer, chosen.site_id, span) if of_site else (),
        first_hour_at=_first_hour(viewer, chosen.site_id),
        before_span=before_span,
        of_site=of_site,
    )


def pieces(span: Span, zone: ZoneInfo) -> list[Span]:
    """The span cut where months begin."""
    return [Span(begin, end) for begin, end in pairwise(edges(span, Bucket.MONTH, zone))] if span.length else []


@st.cache_data(ttl=KEPT_S, max_entries=ANSWERS_AT_MOST, show_spinner=False)
def known_subjects(viewer: Viewer, site_id: int) -> Subjects:
    """What can be chosen."""
    with database().reading() as conn:
        return subjects.subjects(conn, viewer, site_id)


@st.cache_data(ttl=CLOSED_S, max_entries=CLOSED_AT_MOST, show_spinner=False)
def _closed_hours(viewer: Viewer, chosen: Chosen, span: Span) -> tuple[HourSum, ...]:
    with database().reading() as conn:
        return consumption.hour_sums(conn, viewer, chosen, span)


@st.cache_data(ttl=CLOSED_S, max_entries=CLOSED_AT_MOST, show_spinner=False)
def _closed_lines(viewer: Viewer, site_id: int, span: Span, chosen: Chosen | None) -> tuple[LineSum, ...]:
    with database().reading() as conn:
        return consumption.line_sums(conn, viewer, site_id, span, chosen)


@st.cache_data(ttl=NEW_S, max_entries=ANSWERS_AT_MOST, show_spinner=False)
def _newest(viewer: Viewer, chosen: Chosen, today: Span, running_at: datetime, of_site: bool) -> Newest:
    over = today.until(running_at)
    running = Span(max(today.from_at, running_at), today.until_at)
    lines_of = None if of_site else chosen
    with database().reading() as conn:
        return Newest(
            hours=consumption.hour_sums(conn, viewer, chosen, today),
            done=consumption.line_sums(conn, viewer, chosen.site_id, over, lines_of),
            running=consumption.line_sums(conn, viewer, chosen.site_id, running, lines_of),
            grounds=consumption.open_grounds(conn, viewer, chosen.site_id),
        )


@st.cache_data(ttl=KEPT_S, max_entries=ANSWERS_AT_MOST, show_spinner=False)
def _forgone(viewer: Viewer, site_id: int, span: Span) -> tuple[Forgone, ...]:
    with database().reading() as conn:
        return consumption.forgone(conn, viewer, site_id, span)


@st.cache_data(ttl=CLOSED_S, max_entries=ANSWERS_AT_MOST, show_spinner=False)
def _first_hour(viewer: Viewer, site_id: int) -> datetime | None:
    with database().reading() as conn:
        return consumption.first_hour(conn, viewer, site_id)


def _now() -> datetime:
    with database().reading() as conn:
        return database().now(conn)


class _Steps:
    """Counts what has been asked, and tells."""

    def __init__(self, count: int, told: Told) -> None:
        self.count, self.told, self.taken = count, told, 0

    def over(self, spans: Sequence[Span]) -> Iterator[Span]:
        """Each of the spans, told when its turn comes."""
        for span in spans:
            self.told(self.taken / self.count)
            self.taken += 1
            yield span
