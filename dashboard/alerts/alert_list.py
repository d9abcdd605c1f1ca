"""The alerts of a site as a table: filtered, page by page; a click opens one of them above it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.alerts.alarm_list import facts_of
from dashboard.alerts.alert_card import draw_alert, open_clicked, opened
from dashboard.alerts.filters import draw_alert_filter
from dashboard.alerts.wall_clock import WHEN, on_the_wall, written
from dashboard.house import database
from dashboard.parts.long_export import draw_long_export
from dashboard.parts.states import draw_empty
from dashboard.viewing import acting, formats, signed_in, site
from documents.alert_sentences import for_staff, why
from documents.formats import Formats
from prepaid.access import Right, Viewer
from prepaid.language import _, later
from sql.questions.alerts import MOST_ALERTS, AlertFilter, AlertRow, site_alerts
from sql.sessions import SignedIn

AT_ONCE = 100
SHOWN, CLICKED = "alerts_shown", "alert_clicked"
ROW_PX, MOST_PX, WHAT_PX, ANALYZER_PX = 36, 640, 410, 180
OPEN, SEEN, OVER, TOLD = later("Open"), later("Acknowledged"), later("Over"), later("Told")
WOULD_HAVE = later("Would have")
"""Of an observed account: nobody was told."""
COLOURS = {OPEN: "red", SEEN: "orange", OVER: "green", TOLD: "gray", WOULD_HAVE: "violet"}


def draw_alerts() -> None:
    """The filter, the alert that is open, and the table."""
    here, words, viewer = site(), formats(), signed_in().viewer
    with database().reading() as conn:
        now = database().now(conn)
    wanted = draw_alert_filter(now)
    chosen = opened()
    if chosen is not None:
        draw_alert(chosen)
    place = repr(replace(wanted, from_at=None))
    shown = _shown(place)
    with database().reading() as conn:
        page = site_alerts(conn, viewer, here.site_id, wanted, most=shown)
    if not page.alerts:
        draw_empty(
            _("No alerts"), _("Nothing fits. Look further back, or for other kinds."), ":material/notifications:"
        )
        return
    _draw_table(page.alerts, here.name, words)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("{number} shown. Click one to open it.").format(number=words.number(len(page.alerts))))
        if page.next is not None and shown < MOST_ALERTS:
            st.button(_("Show more"), key="more-alerts", on_click=_more, args=(place, shown))
        site_id, site_name = here.site_id, here.name
        draw_long_export(lambda asks: _rows(asks, site_id, site_name, wanted, words), "alerts")


def _draw_table(rows: Sequence[AlertRow], site_name: str, words: Formats) -> None:
    column = st.column_config
    table = pd.DataFrame(
        {
            "what": [for_staff(facts_of(row, site_name), words).subject for row in rows],
            "state": [[_(state_of(row))] for row in rows],
            WHEN: [on_the_wall(row.raised_at, words) for row in rows],
            "tenant": [row.tenant or "" for row in rows],
            "analyzer": [row.analyzer or "" for row in rows],
            "seen": [row.acknowledged_by or "" for row in rows],
        }
    )
    st.dataframe(
        written(table, (row.raised_at for row in rows), words),
        hide_index=True,
        height=min(MOST_PX, ROW_PX * (len(rows) + 1) + 2),
        row_height=ROW_PX,
        key="alerts",
        alt=_("Alerts, newest first"),
        column_config={
            "what": column.ButtonColumn(
                _("What"),
                type="tertiary",
                alignment="left",
                width=WHAT_PX,
                on_click=open_clicked,
                args=(CLICKED, [row.alert_id for row in rows]),
                key=CLICKED,
            ),
            "state": column.MultiselectColumn(
                _("State"), options=[_(text) for text in COLOURS], color=list(COLOURS.values()), width=95
            ),
            WHEN: column.DatetimeColumn(_("When")),
            "tenant": column.TextColumn(_("Tenant")),
            "analyzer": column.TextColumn(_("Analyzer"), width=ANALYZER_PX),
            "seen": column.TextColumn(_("Acknowledged by")),
        },
    )


def state_of(row: AlertRow) -> str:
    """How an alert stands, in a word that is translated where it is shown."""
    if row.ended_at is not None:
        return OVER
    if row.would_tell is not None:
        return WOULD_HAVE
    if row.acknowledged_at is not None:
        return SEEN
    return OPEN if row.open else TOLD


def _rows(
    viewer: Viewer, site_id: int, site_name: str, wanted: AlertFilter, words: Formats
) -> Iterator[Mapping[str, Any]]:
    """Everything that fits, page by page; instants as the site's wall clock shows them."""
    behind = None
    while True:
        with database().reading() as conn:
            page = site_alerts(conn, viewer, site_id, wanted, behind, MOST_ALERTS)
        for row in page.alerts:
            facts = facts_of(row, site_name)
            yield {
                "alert": row.alert_id,
                "raised": row.raised_at.astimezone(words.zone).isoformat(timespec="seconds"),
                "kind": str(row.kind),
                "what": for_staff(facts, words).subject,
                "why": why(facts),
                "tenant": row.tenant,
                "unit": row.unit,
                "account": row.account_number,
                "analyzer": row.analyzer,
                "ended": row.ended_at and row.ended_at.astimezone(words.zone).isoformat(timespec="seconds"),
                "acknowledged_by": row.acknowledged_by,
                "would_tell": row.would_tell,
            }
        behind = page.next
        if behind is None:
            return


def _shown(place: str) -> int:
    """How many are shown; another filter begins anew."""
    held = st.session_state.get(SHOWN)
    return held[1] if held and held[0] == place else AT_ONCE


@acting(Right.SEE_SITE)
def _more(_person: SignedIn, place: str, shown: int) -> None:
    st.session_state[SHOWN] = (place, min(shown + AT_ONCE, MOST_ALERTS))
