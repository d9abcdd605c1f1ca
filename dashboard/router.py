"""The script behind every page: who looks, what may be opened, then the page itself."""

import streamlit as st

from dashboard.choosing import draw_name_of_site, follow_address
from dashboard.house import database
from dashboard.navigation import position_for, sections, shows_all_sites, shows_site
from dashboard.parts.frame import draw_frame
from dashboard.parts.no_site import draw_no_site
from dashboard.sign_in import draw_sign_in, forget_others, hand_over_cookie
from dashboard.viewing import current, draw_not_allowed, sites, speaking
from sql.sessions import touch

st.set_page_config(layout="wide")

person = current()
with speaking(person):
    viewer = person.viewer if person else None
    chosen = st.navigation(sections(viewer, len(sites()) if person else 1), position=position_for(viewer))
    if person is None:
        draw_sign_in()
    else:
        forget_others(person)
        touch(database(), person)
        hand_over_cookie()
        may_look = follow_address(chosen)
        draw_frame(person)
        if not may_look:
            draw_not_allowed()
        elif shows_site(chosen) and not sites():
            draw_no_site(person)
        else:
            if shows_site(chosen) and not shows_all_sites(chosen):
                draw_name_of_site()
            chosen.run()
