"""Who used most: tenants or analyzers with their shares and changes; a click opens the tenant."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard.charts.colours import BOTH
from dashboard.parts.export import draw_export
from dashboard.rollups.lines import Rank, ranking
from dashboard.rollups.picture import Picture
from dashboard.viewing import acting
from documents.formats import NOTHING, decimals_of
from prepaid.access import Right
from prepaid.language import _, later
from prepaid.units import to_text
from sql.sessions import SignedIn

RANKS = {Rank.TENANT: later("Tenants"), Rank.ANALYZER: later("Analyzers")}
PAGE_OF = {
    Rank.TENANT: ("admin/tenants.py", "tenant", "tenant_id"),
    Rank.ANALYZER: ("admin/analyzers.py", "analyzer", "analyzer_id"),
}
"""Where a click leads: the page, the name of the number in its address, and the number."""
CLICKED, OPEN = "ranking_clicked", "ranking_open"
ROW_PX, MOST_PX = 36, 36 * 12 + 2


def draw_ranking(picture: Picture) -> None:
    """The card with the table; sums are those of the span with what is not charged yet."""
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(_("Who used most"), width="content")
            by = st.segmented_control(
                _("Rank"),
                list(RANKS),
                format_func=lambda each: _(RANKS[each]),
                default=Rank.TENANT,
                required=True,
                key="rank",
                bind="query-params",
                label_visibility="collapsed",
            )
        ranked = ranking(picture.now_lines, picture.done_lines, picture.before_lines, by)
        _draw_rows(ranked, picture, by)
        draw_export(ranking_file(ranked, picture.chosen.currency), f"ranking-{by}")


def _draw_rows(ranked: pd.DataFrame, picture: Picture, by: Rank) -> None:
    _open_clicked(ranked, by)
    currency = picture.chosen.currency
    column = st.column_config
    st.dataframe(
        pd.DataFrame(
            {
                "title": ranked["title"].fillna(_("The site itself")),
                "share": ranked["share"] * 100,
                "kwh": ranked["wh"] / 1000,
                "money": ranked["amount"].astype(float),
                "generator": ranked["generator_wh"] * 100 / ranked["wh"].clip(lower=1),
                "change": (ranked["change"].astype(float) * 100).round() + 0.0,  # never minus zero
            }
        ),
        hide_index=True,
        row_height=ROW_PX,
        height=min(MOST_PX, ROW_PX * (len(ranked) + 1) + 2),
        column_config={
            "title": column.ButtonColumn(
                _("Tenant") if by is Rank.TENANT else _("Analyzer"),
                type="tertiary",
                alignment="left",
                pinned=True,
                width=160,
                on_click=_remember,
                key=CLICKED,
            ),
            "share": column.ProgressColumn(
                _("Share"),
                format="%.1f%%",
                min_value=0,
                max_value=float(ranked["share"].max() * 100),
                color=BOTH,
                width=110,
            ),
            "kwh": column.NumberColumn("kWh", format="%,.1f", width=80),
            "money": column.NumberColumn(currency, format=f"%,.{decimals_of(currency)}f", width=90),
            "generator": column.NumberColumn(_("Generator"), format="%.0f%%", width=78),
            "change": column.NumberColumn(
                _("Change"),
                format="%+.0f%%",
                width=70,
                help=_("Complete hours beside the same part of the span before."),
            ),
        },
        placeholder=NOTHING,
        alt=_("Ranking by energy, largest first"),
    )


@acting(Right.SEE_SITE)
def _remember(_person: SignedIn) -> None:
    st.session_state[OPEN] = st.session_state[CLICKED].label


def _open_clicked(ranked: pd.DataFrame, by: Rank) -> None:
    """Goes to whose name was clicked; names are unique in a site, places in the table change."""
    name = st.session_state.pop(OPEN, None)
    page, of, key = PAGE_OF[by]
    found = ranked[ranked["title"] == name][key].dropna()
    if len(found):
        st.switch_page(page, query_params={of: str(int(found.iloc[0]))})


def ranking_file(ranked: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Exact values for programs."""
    return pd.DataFrame(
        {
            "name": ranked["title"].fillna(""),
            "grid_kwh": [Decimal(int(wh)).scaleb(-3) for wh in ranked["grid_wh"]],
            "generator_kwh": [Decimal(int(wh)).scaleb(-3) for wh in ranked["generator_wh"]],
            "amount": [to_text(amount) for amount in ranked["amount"]],
            "currency": currency,
            "share": ranked["share"].round(6),
            "change": ranked["change"],
            "spread": ranked["spread"],
        }
    )
