"""The list of a site's analyzers: counted, searched, filtered, sorted, exported; a click opens one of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from dashboard.analyzers.listed import Columns, Filter, export_of, matching, table_of
from dashboard.analyzers.opened import open_clicked, remember_clicked
from dashboard.analyzers.pause import draw_pause_button, draw_paused
from dashboard.asked.analyzers import site_now
from dashboard.charts.colours import GRID, WARNING, WRONG
from dashboard.kepware.dialog import draw_kepware_button
from dashboard.parts.export import draw_export
from dashboard.parts.states import draw_empty
from dashboard.viewing import formats, live
from documents.analyzer_texts import PRESENCE, SUPPLIED
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES
from prepaid.access import Right
from prepaid.language import _
from prepaid.links import Presence
from prepaid.records import Purpose, Source
from prepaid.standing import Supplied
from sql.questions.analyzers import AnalyzerLine
from sql.sessions import SignedIn

Word = TypeVar("Word", bound=StrEnum)
EVERY_S = 5.0
KPI_PX, SEARCH_PX, CHOICE_PX = 150, 290, 240
ROW_PX, MOST_PX = 35, 640
NAME_PX, SUPPLY_PX, TENANT_PX, WHY_PX, AGE_PX = 200, 112, 165, 120, 135
TABLE, CLICKED = "analyzers", "analyzer_clicked"
FIND, LINK, SUPPLY, SOURCE = "analyzer_search", "analyzer_link", "analyzer_supply", "analyzer_source"
SUPPLY_COLOURS = {
    Supplied.ON: "green",
    Supplied.CUT: WRONG,
    Supplied.COMING_ON: GRID,
    Supplied.GOING_OFF: WARNING,
    Supplied.UNKNOWN: "gray",
    Supplied.NONE: "gray",
}
LINK_COLOURS = {
    Presence.ANSWERING: "green",
    Presence.SILENT: WRONG,
    Presence.NEVER_SEEN: "gray",
    Presence.WRONG_DEVICE: WRONG,
    Presence.ON_HOLD: WARNING,
    Presence.IN_DOUBT: WARNING,
}
"""What is usual is pale, so that the eye finds the rest among 800 rows."""


def draw_list(person: SignedIn, site_id: int) -> None:
    """The whole page of the list."""
    picture = site_now(site_id)
    st.title(_("Analyzers"))
    draw_paused(person, picture.pause)
    if not picture.lines:
        draw_empty(
            _("No analyzers yet"),
            _("An administrator imports them from a workbook on the page Tenants, or loads them with the site's file."),
            ":material/electric_meter:",
        )
        return
    draw_counts(site_id)
    with st.container(horizontal=True, vertical_alignment="center", key="analyzer-filter"):
        wanted = draw_filter()
        draw_pause_button(person, picture.site_id, picture.pause)
        draw_kepware_button(person, picture.site_id)
    draw_rows(site_id, wanted)


@live(EVERY_S, Right.SEE_SITE)
def draw_counts(site_id: int) -> None:
    """How the site stands, in a few numbers."""
    lines, words = site_now(site_id).lines, formats()
    answering = _count(lines, Presence.ANSWERING)
    power_w = [line.power_w for line in lines if line.power_w is not None and line.purpose is Purpose.TENANT]
    silent = _count(lines, Presence.SILENT, Presence.NEVER_SEEN)
    doubtful = _count(lines, Presence.WRONG_DEVICE, Presence.ON_HOLD, Presence.IN_DOUBT)
    cut = sum(1 for line in lines if line.supplied in (Supplied.CUT, Supplied.COMING_ON))
    with st.grid(5, min_column_width=KPI_PX):
        _metric(_("Answering"), _("{number} of {all}").format(number=answering, all=len(lines)))
        _metric(_("Silent"), str(silent))
        _metric(_("Cut"), str(cut))
        _metric(_("On hold or in doubt"), str(doubtful))
        _metric(_("Tenants' power"), words.power(sum(power_w)) if power_w else NOTHING)


def draw_filter() -> Filter:
    """The search and the lists; all of it is kept in the address of the page."""
    text = st.text_input(
        _("Search"),
        key=FIND,
        bind="query-params",
        type="search",
        live=True,
        placeholder=_("Name, tenant, account, serial number"),
        label_visibility="collapsed",
        icon=":material/search:",
        width=SEARCH_PX,
    )
    with st.popover(_("Filter"), icon=":material/filter_list:"), st.container(width=CHOICE_PX):
        link = _choice(_("Link"), list(Presence), PRESENCE, LINK)
        supply = _choice(_("Supply"), list(SUPPLY_COLOURS), SUPPLIED, SUPPLY)
        source = _choice(_("Source"), list(Source), SOURCES, SOURCE)
    wanted = Filter(text or "", link, supply, source)
    if wanted.narrowed:
        st.button(_("Show all"), icon=":material/filter_list_off:", type="tertiary", on_click=_show_all)
    return wanted


def _choice(label: str, options: list[Word], words: Mapping[Word, str], key: str) -> Word | None:
    return st.selectbox(
        label,
        options,
        index=None,
        format_func=lambda each: _(words[each]),
        key=key,
        bind="query-params",
        placeholder=_("Any"),
    )


@live(EVERY_S, Right.SEE_SITE)
def draw_rows(site_id: int, wanted: Filter) -> None:
    """The table; it keeps its scroll and its order while the numbers in it move."""
    picture, words = site_now(site_id), formats()
    open_clicked(picture.lines)
    lines = matching(picture.lines, wanted)
    if not lines:
        draw_empty(_("Nothing fits"), _("No analyzer fits search and filter. Show all, or look for something else."))
        return
    _draw_table(lines, picture.at, words)
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = _("{number} of {all} shown. Click a name to open it.")
        st.caption(shown.format(number=len(lines), all=len(picture.lines)))
        draw_export(lambda: export_of(lines, picture.at, words), "analyzers")


def _draw_table(lines: Sequence[AnalyzerLine], now: datetime, words: Formats) -> None:
    column = st.column_config
    st.dataframe(
        table_of(lines, now, words),
        key=TABLE,
        hide_index=True,
        placeholder="",
        height=min(MOST_PX, ROW_PX * (len(lines) + 1) + 3),
        alt=_("The analyzers of the site, one a row"),
        column_config={
            Columns.NAME: column.ButtonColumn(
                _(Columns.NAME),
                type="tertiary",
                alignment="left",
                pinned=True,
                width=NAME_PX,
                on_click=remember_clicked,
                args=(CLICKED,),
                key=CLICKED,
            ),
            Columns.SUPPLY: column.MultiselectColumn(
                _(Columns.SUPPLY),
                options=[_(SUPPLIED[each]) for each in SUPPLY_COLOURS],
                color=list(SUPPLY_COLOURS.values()),
                width=SUPPLY_PX,
            ),
            Columns.LINK: column.MultiselectColumn(
                _(Columns.LINK),
                options=[_(PRESENCE[each]) for each in LINK_COLOURS],
                color=list(LINK_COLOURS.values()),
            ),
            Columns.POWER: column.NumberColumn(_(Columns.POWER), format="%.2f"),
            Columns.SOURCE: column.TextColumn(_(Columns.SOURCE)),
            Columns.TENANT: column.TextColumn(_(Columns.TENANT), width=TENANT_PX),
            Columns.WHY: column.TextColumn(_(Columns.WHY), width=WHY_PX),
            Columns.PROOF: column.TextColumn(_(Columns.PROOF), help=_("What proved the supply as it is")),
            Columns.IN_FORCE: column.TextColumn(_(Columns.IN_FORCE), help=_("Locks, wishes and holds")),
            Columns.AGE: column.NumberColumn(_(Columns.AGE), format="duration", width=AGE_PX),
            Columns.ANSWER: column.NumberColumn(_(Columns.ANSWER), format="%.0f"),
            Columns.MISSED: column.NumberColumn(
                _(Columns.MISSED), format="percent", help=_("Reads without an answer in time, since the enforcer began")
            ),
            Columns.FAILURES: column.NumberColumn(_(Columns.FAILURES), help=_("Tries that failed in a row")),
            Columns.LOCATION: column.TextColumn(_(Columns.LOCATION)),
            Columns.ACCOUNT: column.TextColumn(_(Columns.ACCOUNT)),
            Columns.PURPOSE: column.TextColumn(_(Columns.PURPOSE)),
            Columns.COMMISSIONED: column.CheckboxColumn(_(Columns.COMMISSIONED)),
            Columns.SERIAL: column.TextColumn(_(Columns.SERIAL)),
        },
    )


def _show_all() -> None:
    st.session_state[FIND] = ""
    for key in (LINK, SUPPLY, SOURCE):
        st.session_state[key] = None


def _metric(label: str, value: str) -> None:
    st.metric(label, value, border=True, height="stretch")


def _count(lines: Sequence[AnalyzerLine], *presences: Presence) -> int:
    return sum(1 for line in lines if line.presence in presences)
