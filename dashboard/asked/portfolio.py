"""What the page of all sites shows, kept for a few seconds per viewer. Equal viewers share answers."""

from collections.abc import Mapping

import streamlit as st

from dashboard.house import database
from prepaid.access import Viewer
from sql.questions import portfolio, portfolio_sales
from sql.questions.portfolio_sales import Since, SiteSold

VIEWERS_AT_MOST = 100
LIVE_S, TODAY_S, MONTH_S = 4, 60, 600


@st.cache_resource(ttl=LIVE_S, max_entries=VIEWERS_AT_MOST, show_spinner=False)
def sites_now(viewer: Viewer) -> tuple[portfolio.SiteGlance, ...]:
    with database().reading() as conn:
        return portfolio.portfolio(conn, viewer, database().now(conn))


@st.cache_resource(ttl=TODAY_S, max_entries=VIEWERS_AT_MOST, show_spinner=False)
def sold_today(viewer: Viewer) -> Mapping[int, SiteSold]:
    with database().reading() as conn:
        return portfolio_sales.sold_by_site(conn, viewer, Since.TODAY, database().now(conn))


@st.cache_resource(ttl=MONTH_S, max_entries=VIEWERS_AT_MOST, show_spinner=False, refresh_mode="background")
def sold_this_month(viewer: Viewer) -> Mapping[int, SiteSold]:
    with database().reading() as conn:
        return portfolio_sales.sold_by_site(conn, viewer, Since.THIS_MONTH, database().now(conn))
