"""What Tenants and Recharge show of all tenants, kept for a few seconds per viewer and site."""

import streamlit as st

from dashboard.house import database
from prepaid.access import Viewer
from sql.questions.tenants import TenantRow, tenant_rows

SITES_AT_MOST = 100
ROWS_S = 5


@st.cache_data(ttl=ROWS_S, max_entries=SITES_AT_MOST, show_spinner=False)
def rows(viewer: Viewer, site_id: int) -> tuple[TenantRow, ...]:
    with database().reading() as conn:
        return tenant_rows(conn, viewer, site_id, database().now(conn))
