"""The audit trail as a table: who did what to whom, filtered, page by page; with every change in its export."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.alerts.filters import SUBJECT, draw_event_filter
from dashboard.alerts.wall_clock import WHEN, on_the_wall, written
from dashboard.house import database
from dashboard.parts.long_export import draw_long_export
from dashboard.parts.plain import plain
from dashboard.parts.states import draw_empty
from dashboard.viewing import acting, formats, signed_in, site_id
from documents.event_texts import actor_words, changes, event_sentence, subject_words
from documents.formats import Formats
from prepaid.access import Right, Viewer
from prepaid.language import _
from sql.questions.event_subjects import subject_names
from sql.questions.events import MOST_EVENTS, EventFilter, EventRow, events_page
from sql.sessions import SignedIn

AT_ONCE = 100
SHOWN, CLICKED, OPEN = "events_shown", "event_clicked", "event_open"
ROW_PX, MOST_PX, CARD_PX, WHAT_PX = 36, 640, 760, 410


def draw_events() -> None:
    """The filter, the event that is open, and the table."""
    viewer, words, here = signed_in().viewer, formats(), site_id()
    with database().reading() as conn:
        now = database().now(conn)
        subject = st.query_params.get(SUBJECT, "")
        name = subject_names(conn, viewer, here, [subject] if subject else []).get(subject)
    wanted = draw_event_filter(here, now, name)
    place = repr(replace(wanted, from_at=None))
    shown = _shown(place)
    with database().reading() as conn:
        page = events_page(conn, viewer, wanted, most=shown)
        names = subject_names(conn, viewer, here, {event.subject for event in page.events})
    if not page.events:
        draw_empty(_("No events"), _("Nothing fits. Look further back, or for something else."), ":material/history:")
        return
    _draw_open(page.events, names, words)
    _draw_table(page.events, names, words)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("{number} shown. Click one to see what changed.").format(number=words.number(len(page.events))))
        if page.next is not None and shown < MOST_EVENTS:
            st.button(_("Show more"), key="more-events", on_click=_more, args=(place, shown))
        draw_long_export(lambda asks: _rows(asks, wanted, words), "events")


def _draw_table(events: Sequence[EventRow], names: Mapping[str, str], words: Formats) -> None:
    column = st.column_config
    table = pd.DataFrame(
        {
            "what": [event_sentence(event.action, _facts(event), words) for event in events],
            "about": [subject_words(event.subject, names.get(event.subject)) for event in events],
            "who": [actor_words(event.actor) for event in events],
            WHEN: [on_the_wall(event.happened_at, words) for event in events],
        }
    )
    st.dataframe(
        written(table, (event.happened_at for event in events), words),
        hide_index=True,
        height=min(MOST_PX, ROW_PX * (len(events) + 1) + 2),
        row_height=ROW_PX,
        key="events",
        alt=_("What was done, newest first"),
        column_config={
            "what": column.ButtonColumn(
                _("What"),
                type="tertiary",
                alignment="left",
                width=WHAT_PX,
                on_click=_open_clicked,
                args=([repr(event.key) for event in events],),
                key=CLICKED,
            ),
            "about": column.TextColumn(_("About")),
            "who": column.TextColumn(_("Who")),
            WHEN: column.DatetimeColumn(_("When")),
        },
    )


def _draw_open(events: Sequence[EventRow], names: Mapping[str, str], words: Formats) -> None:
    """The event that was clicked, with every fact from what to what."""
    chosen = st.session_state.get(OPEN)
    for event in events:
        if repr(event.key) != chosen:
            continue
        with st.container(border=True, width=CARD_PX, key="event"):
            said = event_sentence(event.action, _facts(event), words)
            with st.container(horizontal=True, horizontal_alignment="distribute", wrap=False):
                st.markdown(f"**{plain(said)}**")
                st.button(
                    "", icon=":material/close:", help=_("Close"), key="close-event", type="tertiary", on_click=_close
                )
            about = subject_words(event.subject, names.get(event.subject))
            parts = (about, actor_words(event.actor), words.instant(event.happened_at), event.action)
            st.caption(plain(" · ".join(parts)))
            rows = changes(event.before, event.after, words)
            if rows:
                table = pd.DataFrame(rows, columns=[_("Fact"), _("Before"), _("After")]).map(plain)
                st.table(table, border="horizontal", hide_index=True)


def _facts(event: EventRow) -> Mapping[str, Any]:
    return {**(event.before or {}), **(event.after or {})}


def _rows(viewer: Viewer, wanted: EventFilter, words: Formats) -> Iterator[Mapping[str, Any]]:
    """Everything that fits, page by page, exactly as it was written down."""
    behind = None
    while True:
        with database().reading() as conn:
            page = events_page(conn, viewer, wanted, behind, MOST_EVENTS)
        for event in page.events:
            yield {
                "happened": event.happened_at.astimezone(words.zone).isoformat(timespec="milliseconds"),
                "writer": event.key.writer,
                "event_no": event.key.event_no,
                "actor": event.actor,
                "action": event.action,
                "subject": event.subject,
                "before": _written(event.before),
                "after": _written(event.after),
            }
        behind = page.next
        if behind is None:
            return


def _written(facts: Mapping[str, Any] | None) -> str:
    return "" if facts is None else json.dumps(facts, ensure_ascii=False, sort_keys=True)


def _shown(place: str) -> int:
    """How many are shown; another filter begins anew."""
    held = st.session_state.get(SHOWN)
    return held[1] if held and held[0] == place else AT_ONCE


@acting(Right.SEE_SITE)
def _more(_person: SignedIn, place: str, shown: int) -> None:
    st.session_state[SHOWN] = (place, min(shown + AT_ONCE, MOST_EVENTS))


@acting(Right.SEE_SITE)
def _open_clicked(_person: SignedIn, keys: Sequence[str]) -> None:
    row = st.session_state[CLICKED].row
    if 0 <= row < len(keys):
        st.session_state[OPEN] = keys[row]


def _close() -> None:
    st.session_state.pop(OPEN, None)
