"""What Overview shows, kept for a few seconds per viewer and site. Equal viewers share answers; nobody changes them."""

import streamlit as st

from dashboard.house import database
from prepaid.access import Viewer
from sql.questions import alerts, guarded, notices, overview, running_out, sales

SITES_AT_MOST = 100
LIVE_S, LISTS_S, SALES_S, MONTH_S = 4, 15, 30, 600


@st.cache_resource(ttl=LIVE_S, max_entries=SITES_AT_MOST, show_spinner=False)
def glance(viewer: Viewer, site_id: int) -> overview.Glance:
    with database().reading() as conn:
        return overview.glance(conn, viewer, site_id, database().now(conn))


@st.cache_resource(ttl=LIVE_S, max_entries=SITES_AT_MOST, show_spinner=False)
def alarms(viewer: Viewer, site_id: int, most: int) -> tuple[alerts.AlertRow, ...]:
    with database().reading() as conn:
        return alerts.alarms(conn, viewer, site_id, most)


def forget_alarms() -> None:
    """One of them was acknowledged: the next question asks the database again."""
    alarms.clear()


@st.cache_resource(ttl=LIVE_S, max_entries=SITES_AT_MOST, show_spinner=False)
def in_force(viewer: Viewer, site_id: int) -> tuple[notices.Notice, ...]:
    with database().reading() as conn:
        return notices.notices(conn, viewer, site_id, database().now(conn))


@st.cache_resource(ttl=LIVE_S, max_entries=SITES_AT_MOST, show_spinner=False)
def held(viewer: Viewer, site_id: int) -> tuple[guarded.HeldAccount, ...]:
    with database().reading() as conn:
        return guarded.held_accounts(conn, viewer, site_id)


def forget_guard() -> None:
    """Accounts were released: the next question asks the database again."""
    held.clear()


@st.cache_resource(ttl=LISTS_S, max_entries=SITES_AT_MOST, show_spinner=False)
def next_to_run_out(viewer: Viewer, site_id: int, most: int) -> tuple[running_out.RunningOut, ...]:
    with database().reading() as conn:
        return running_out.running_out(conn, viewer, site_id, database().now(conn), most)


@st.cache_resource(ttl=SALES_S, max_entries=SITES_AT_MOST, show_spinner=False)
def sold(viewer: Viewer, site_id: int) -> sales.Sales:
    with database().reading() as conn:
        return sales.sales(conn, viewer, site_id, database().now(conn))


@st.cache_resource(ttl=MONTH_S, max_entries=SITES_AT_MOST, show_spinner=False, refresh_mode="background")
def sold_this_month(viewer: Viewer, site_id: int) -> sales.Compared:
    with database().reading() as conn:
        return sales.month_sales(conn, viewer, site_id, database().now(conn))
