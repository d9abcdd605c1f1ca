"""Overview: is everything running, who runs out, who is cut, who is silent, what was sold; it moves by itself."""

import streamlit as st

from dashboard.alerts.alarm_list import draw_alarms
from dashboard.asked import overview as asked
from dashboard.charts.power_area import power_area
from dashboard.overview.cards import draw_cards, draw_doubts
from dashboard.overview.guard import draw_guard
from dashboard.overview.in_force import draw_notices
from dashboard.overview.running_out import draw_running_out
from dashboard.overview.sold import draw_sold
from dashboard.parts.chart import draw_chart
from dashboard.viewing import formats, live, need, signed_in, site, site_id
from prepaid.access import Right
from prepaid.language import _

LIVE_S, ALARMS_S, TENANTS_S, SLOW_S = 5.0, 15.0, 30.0, 60.0
ALARMS_SHOWN, ALARMS_COUNTED, TENANTS_SHOWN = 3, 100, 12
BUSY, LEAST_CARD_PX = 3, 270


@live(LIVE_S, Right.SEE_SITE)
def draw_now() -> None:
    viewer, words = signed_in().viewer, formats()
    glance = asked.glance(viewer, site_id())
    draw_doubts(glance)
    draw_cards(glance, asked.sold(viewer, site_id()), words)


@live(SLOW_S, Right.SEE_SITE)
def draw_power() -> None:
    sales, words = asked.sold(signed_in().viewer, site_id()), formats()
    with st.container(border=True):
        st.subheader(_("Power by source, last 24 hours"))
        draw_chart(power_area(sales.hours, sales.at, words), "power")


@live(TENANTS_S, Right.SEE_SITE)
def draw_next() -> None:
    viewer, here = signed_in().viewer, site_id()
    accounts = asked.next_to_run_out(viewer, here, TENANTS_SHOWN)
    with st.container(border=True):
        st.subheader(_("Next to run out"))
        draw_running_out(accounts, asked.glance(viewer, here).at, formats())


@live(ALARMS_S, Right.SEE_SITE)
def draw_to_look_at() -> None:
    person, words, here = signed_in(), formats(), site()
    alarms = asked.alarms(person.viewer, here.site_id, ALARMS_COUNTED)
    at = asked.glance(person.viewer, here.site_id).at
    with st.container(border=True):
        st.subheader(_("Open alarms"))
        shown = alarms[:ALARMS_SHOWN]
        draw_alarms(shown, here.name, at, words, may_acknowledge=person.viewer.may(Right.ACKNOWLEDGE))
        more = words.number(len(alarms) - ALARMS_SHOWN)
        label = _("{number} more alarms") if len(alarms) > ALARMS_SHOWN else _("All alerts and events")
        st.page_link("admin/alerts.py", label=label.format(number=more), icon=":material/arrow_forward:")
    in_force, held = asked.in_force(person.viewer, here.site_id), asked.held(person.viewer, here.site_id)
    if in_force or held:
        with st.container(border=True):
            st.subheader(_("In force"))
            draw_guard(held, at, words, may_release=person.viewer.may(Right.ADMINISTER))
            draw_notices(in_force, at, words)


@live(SLOW_S, Right.SEE_SITE)
def draw_sums() -> None:
    viewer, words, here = signed_in().viewer, formats(), site_id()
    sales = asked.sold(viewer, here)
    with st.grid(2, min_column_width=LEAST_CARD_PX):
        draw_sold(_("Today"), _("Yesterday by now"), sales.today, sales.currency, words)
        # On a large site two months take a second or two when nobody has asked lately: everything else stands by then.
        month = asked.sold_this_month(viewer, here)
        draw_sold(_("This month"), _("Last month by now"), month, sales.currency, words)


def is_busy() -> bool:
    """Whether alarms and notices fill their column; then the sums stand below both."""
    viewer, here = signed_in().viewer, site_id()
    shown = min(ALARMS_SHOWN, len(asked.alarms(viewer, here, ALARMS_COUNTED)))
    in_force = len(asked.in_force(viewer, here)) + 2 * bool(asked.held(viewer, here))
    return 2 * shown + in_force > BUSY


need(Right.SEE_SITE)
st.title(_("Overview"))
draw_now()
wide, narrow = st.columns([3, 2])
with wide:
    draw_power()
    draw_next()
with narrow:
    draw_to_look_at()
with st.container() if is_busy() else narrow:
    draw_sums()
