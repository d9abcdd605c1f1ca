"""Alerts and events: what somebody had to be told, and who did what."""

import streamlit as st

from dashboard.alerts.alert_list import draw_alerts
from dashboard.alerts.event_list import draw_events
from dashboard.alerts.filters import SUBJECT
from dashboard.asked.health import picture
from dashboard.health.troubles import troubles_of
from dashboard.health.verdict import draw_headline
from dashboard.viewing import formats, live, need, signed_in, site
from prepaid.access import Right
from prepaid.language import _, later

ALERTS, EVENTS = "alerts", "events"
VIEWS = {ALERTS: later("Alerts"), EVENTS: later("Audit trail")}

LIVE_S = 15.0


@live(LIVE_S, Right.SEE_SITE)
def draw_what_is_wrong() -> None:
    """What is wrong now, in one sentence, before what was told in the past; what to do stands on Health."""
    here, words = site(), formats()
    found = picture(signed_in().viewer, here.site_id)
    troubles = troubles_of(found, here.name, words)
    if troubles:
        draw_headline(troubles, found.enforcer.at, words)
        st.page_link("admin/health.py", label=_("What was tried, and what to do"), icon=":material/ecg_heart:")


need(Right.SEE_SITE)
st.title(_("Alerts and events"))
draw_what_is_wrong()
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
