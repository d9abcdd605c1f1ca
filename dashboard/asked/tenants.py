"""What Tenants and Recharge show of all tenants, kept for a few seconds per viewer and site."""

from collections.abc import Mapping

import streamlit as st

from dashboard.house import database
from prepaid.access import Viewer
from sql.questions.tenants import TenantRow, tenant_rows, week_uses

SITES_AT_MOST = 100
ROWS_S, WEEKS_S = 5, 600


@st.cache_data(ttl=ROWS_S, max_entries=SITES_AT_MOST, show_spinner=False)
def rows(viewer: Viewer, site_id: int) -> tuple[TenantRow, ...]:
    known = weeks(viewer, site_id)
    with database().reading() as conn:
        return tenant_rows(conn, viewer, site_id, database().now(conn), known)


@st.cache_data(ttl=WEEKS_S, max_entries=SITES_AT_MOST, show_spinner=False)
def weeks(viewer: Viewer, site_id: int) -> Mapping[int, tuple[int, ...]]:
    with database().reading() as conn:
        return week_uses(conn, viewer, site_id, database().now(conn))
