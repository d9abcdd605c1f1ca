"""The list of a site's tenants: counted, searched, filtered, sorted, exported; a click opens one of them."""

from collections.abc import Sequence

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.charts.colours import GRID, WARNING, WRONG
from dashboard.parts.export import draw_export
from dashboard.parts.states import draw_empty
from dashboard.tenancy.add_dialog import draw_add
from dashboard.tenancy.import_dialog import draw_import
from dashboard.tenancy.listed import ORDERS, Columns, Filter, Order, debts, export_of, matching, styled, table_of
from dashboard.tenancy.live_dialog import draw_go_live
from dashboard.tenancy.opened import open_clicked, remember_clicked
from dashboard.viewing import formats, live, signed_in, site_id
from documents.analyzer_texts import SUPPLIED
from documents.formats import Formats
from prepaid.access import Right
from prepaid.language import _
from prepaid.standing import Supplied
from sql.questions.tenants import TenantRow
from sql.sessions import SignedIn

EVERY_S = 10.0
KPI_PX, SEARCH_PX, LIST_PX = 150, 320, 180
NAME_PX, SUPPLY_PX = 175, 84
"""Whatever the names are, a phone has room for supply and balance beside them."""
ROW_PX, MOST_PX = 36, 720
SOON_DAYS = 3
WITHIN = (1, 3, 7, 14)
CLICKED = "tenant_clicked"
FIND, SUPPLY, RUNS_OUT, ORDER = "tenant_search", "tenant_supply", "tenant_runs_out", "tenant_order"
OFFERED = (Supplied.ON, Supplied.CUT, Supplied.PARTLY_CUT, Supplied.COMING_ON, Supplied.GOING_OFF, Supplied.UNKNOWN)
COLOURS = {
    Supplied.ON: "green",
    Supplied.CUT: WRONG,
    Supplied.PARTLY_CUT: WRONG,
    Supplied.COMING_ON: GRID,
    Supplied.GOING_OFF: WARNING,
    Supplied.UNKNOWN: "gray",
    Supplied.NONE: "gray",
}
"""What is usual is pale, as in the list of analyzers."""


def draw_list(person: SignedIn) -> None:
    """The whole page of the list."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(_("Tenants"), width="content")
        with st.container(horizontal=True, width="content"):
            draw_go_live(person)
            draw_import(person)
            draw_add(person)
    if not asked.rows(person.viewer, site_id()):
        draw_empty(
            _("No tenant yet"),
            _("An administrator adds the first one here, or imports many from a workbook."),
            ":material/groups:",
        )
        return
    draw_counts()
    draw_rows(draw_filter())


@live(EVERY_S, Right.SEE_BALANCES)
def draw_counts() -> None:
    """How the tenants stand, in a few numbers."""
    rows, words = asked.rows(signed_in().viewer, site_id()), formats()
    cut = sum(row.supplied in (Supplied.CUT, Supplied.PARTLY_CUT) for row in rows)
    soon = sum(row.days_left is not None and 0 < row.days_left <= SOON_DAYS for row in rows)
    owed = [words.money(amount, currency) for currency, amount in debts(rows).items()]
    with st.grid(4, min_column_width=KPI_PX):
        _metric(_("Open accounts"), str(len(rows)))
        _metric(_("Cut now"), str(cut))
        _metric(_("Run out within {days} days").format(days=SOON_DAYS), str(soon))
        _metric(_("Debts"), " + ".join(owed) or words.money(rows[0].live * 0, rows[0].currency) if rows else "")


def draw_filter() -> Filter:
    """The search and the lists; all of it is kept in the address of the page."""
    with st.container(horizontal=True, vertical_alignment="center", key="tenant-filter"):
        text = st.text_input(
            _("Search"),
            key=FIND,
            bind="query-params",
            type="search",
            live=True,
            placeholder=_("Name, unit, account"),
            label_visibility="collapsed",
            icon=":material/search:",
            width=SEARCH_PX,
        )
        order = st.selectbox(
            _("Sorted by"),
            list(Order),
            format_func=lambda each: _(ORDERS[each]),
            key=ORDER,
            bind="query-params",
            label_visibility="collapsed",
            width=LIST_PX,
        )
        with st.popover(_("Filter"), icon=":material/filter_list:"):
            supplied = st.pills(
                _("Supply"),
                OFFERED,
                selection_mode="multi",
                format_func=lambda each: _(SUPPLIED[each]),
                key=SUPPLY,
                bind="query-params",
            )
            within = st.pills(
                _("Credit ends within"),
                WITHIN,
                format_func=lambda each: _("1 day") if each == 1 else _("{days} days").format(days=each),
                key=RUNS_OUT,
                bind="query-params",
            )
        wanted = Filter(text or "", tuple(supplied), within, order or Order.NAME)
        if wanted.narrowed:
            st.button(_("Show all"), icon=":material/filter_list_off:", type="tertiary", on_click=_show_all)
    return wanted


@live(EVERY_S, Right.SEE_BALANCES)
def draw_rows(wanted: Filter) -> None:
    """The table; it keeps its scroll while the numbers in it move."""
    all_rows, words = asked.rows(signed_in().viewer, site_id()), formats()
    open_clicked(all_rows)
    rows = matching(all_rows, wanted)
    if not rows:
        draw_empty(_("Nothing fits"), _("No tenant fits search and filter. Show all, or look for something else."))
        return
    _draw_table(rows, words)
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = _("{number} of {all} shown. Click a name to open it.")
        st.caption(shown.format(number=len(rows), all=len(all_rows)))
        draw_export(export_of(rows, words), "tenants")


def _draw_table(rows: Sequence[TenantRow], words: Formats) -> None:
    column = st.column_config
    st.dataframe(
        styled(table_of(rows, words), rows, words),
        key="tenants",
        hide_index=True,
        row_height=ROW_PX,
        height=min(MOST_PX, ROW_PX * (len(rows) + 1) + 3),
        alt=_("The tenants of the site, one account a row"),
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
                options=[_(SUPPLIED[each]) for each in COLOURS],
                color=list(COLOURS.values()),
                width=SUPPLY_PX,
            ),
            Columns.BALANCE: column.NumberColumn(_(Columns.BALANCE)),
            Columns.DAYS: column.NumberColumn(
                _(Columns.DAYS),
                format="%.1f",
                help=_("While the use stays as usual; 400 and more are told as 400"),
            ),
            Columns.ENDS: column.TextColumn(_(Columns.ENDS)),
            Columns.UNIT: column.TextColumn(_(Columns.UNIT)),
            Columns.WEEK: column.BarChartColumn(_(Columns.WEEK), y_min=0, color=GRID),
            Columns.RECHARGE: column.TextColumn(_(Columns.RECHARGE), alignment="right"),
            Columns.RECHARGED: column.TextColumn(_(Columns.RECHARGED)),
            Columns.ANALYZERS: column.NumberColumn(_(Columns.ANALYZERS)),
            Columns.STAGE: column.TextColumn(_(Columns.STAGE)),
            Columns.WHY: column.TextColumn(_(Columns.WHY)),
            Columns.ACCOUNT: column.TextColumn(_(Columns.ACCOUNT)),
        },
    )


def _metric(label: str, value: str) -> None:
    st.metric(label, value, border=True, height="stretch")


def _show_all() -> None:
    st.session_state[FIND] = ""
    st.session_state[SUPPLY] = []
    st.session_state[RUNS_OUT] = None
