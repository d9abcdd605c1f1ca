"""Which enforcers are silent, kept for a few seconds per viewer: every open page of the staff asks."""

import streamlit as st

from dashboard.house import database
from prepaid.access import Viewer
from sql.questions import silence

KEPT_S, VIEWERS_AT_MOST = 5, 200


@st.cache_resource(ttl=KEPT_S, max_entries=VIEWERS_AT_MOST, show_spinner=False)
def silent_sites(viewer: Viewer) -> tuple[silence.SilentSite, ...]:
    with database().reading() as conn:
        return silence.silent_sites(conn, viewer, database().now(conn))
