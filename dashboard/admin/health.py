"""Health: what is wrong, since when, what is done about it, what to do; and the state of every part."""

import streamlit as st

from dashboard.asked.health import picture
from dashboard.health.cards import draw_cards
from dashboard.health.troubles import troubles_of
from dashboard.health.verdict import draw_headline, draw_troubles
from dashboard.viewing import formats, live, need, signed_in, site
from prepaid.access import Right
from prepaid.language import _

LIVE_S = 5.0


@live(LIVE_S, Right.SEE_SITE)
def draw_now() -> None:
    here, words = site(), formats()
    found = picture(signed_in().viewer, here.site_id)
    troubles = troubles_of(found, here.name, words)
    draw_headline(troubles, found.enforcer.at, words)
    draw_troubles(troubles, found.enforcer.at, words)
    draw_cards(found, words)


need(Right.SEE_SITE)
st.title(_("Health"))
draw_now()
