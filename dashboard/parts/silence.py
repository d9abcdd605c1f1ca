"""The banner of a silent enforcer, above every page of the staff."""

import streamlit as st

from dashboard.asked import silence as asked
from dashboard.parts.plain import plain
from dashboard.viewing import formats, live, signed_in
from documents.silence_texts import silence_on_page
from prepaid.access import Right
from prepaid.language import _

EVERY_S = 10.0
NAMED_AT_MOST = 3


@live(EVERY_S, Right.SEE_BALANCES)
def draw_silence() -> None:
    """Red for what was running; what has never run is no alarm yet. Of many sites a few are named."""
    viewer = signed_in().viewer
    silent = asked.silent_sites(viewer)
    if not silent:
        return
    words = formats()
    for site in silent[:NAMED_AT_MOST]:
        sentence = plain(silence_on_page(site.name, site.age_s, words, administers=viewer.may(Right.ADMINISTER)))
        if site.age_s is None:
            st.warning(sentence, icon=":material/play_circle:")
        else:
            st.error(sentence, icon=":material/heart_broken:")
    if len(silent) > NAMED_AT_MOST:
        more = words.number(len(silent) - NAMED_AT_MOST)
        st.error(_("{number} more sites have no running enforcer.").format(number=more), icon=":material/heart_broken:")
