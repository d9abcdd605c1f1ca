"""Settings: the hours in which the site cuts nobody, the holidays of its calendar, and how its messages are sent."""

import streamlit as st

from dashboard.house import database
from dashboard.settings.calendar import draw_holidays, draw_hours
from dashboard.settings.calendar_dialog import draw_change_button
from dashboard.settings.messages import draw_messages
from dashboard.settings.told_staff import draw_told_staff
from dashboard.viewing import need, site
from prepaid.access import Right
from prepaid.language import _
from sql.questions.site_calendar import calendar_picture

person = need(Right.SEE_SITE)
here = site()
st.title(_("Settings"))
with database().reading() as conn:
    picture = calendar_picture(conn, person.viewer, here.site_id, database().now(conn))
administers = person.viewer.may(Right.ADMINISTER)
left, right = st.columns(2, gap="medium")
with left:
    with st.container(border=True):
        draw_hours(picture)
        if administers:
            draw_change_button(here.site_id, picture.calendar)
    with st.container(border=True):
        draw_messages(here.site_id)
with right:
    with st.container(border=True):
        draw_holidays(picture)
    if administers:
        with st.container(border=True):
            draw_told_staff(here.site_id)
