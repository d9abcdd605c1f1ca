"""Alerts and events: what somebody had to be told, and who did what."""

import streamlit as st

from dashboard.alerts.alert_list import draw_alerts
from dashboard.alerts.event_list import draw_events
from dashboard.alerts.filters import SUBJECT
from dashboard.viewing import need
from prepaid.access import Right
from prepaid.language import _, later

ALERTS, EVENTS = "alerts", "events"
VIEWS = {ALERTS: later("Alerts"), EVENTS: later("Audit trail")}

need(Right.SEE_SITE)
st.title(_("Alerts and events"))
view = st.segmented_control(
    _("View"),
    list(VIEWS),
    format_func=lambda each: _(VIEWS[each]),
    default=EVENTS if SUBJECT in st.query_params else ALERTS,
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
if view == EVENTS:
    draw_events()
else:
    draw_alerts()
