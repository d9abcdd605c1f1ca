"""The first thing on Health: one sentence in one colour, and below it each trouble with what is done and what to do."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.health.troubles import Trouble
from dashboard.parts.plain import plain
from documents.formats import Formats
from prepaid.language import _

SHOWN_AT_MOST = 6
ALERTS = "admin/alerts.py"


def draw_headline(troubles: Sequence[Trouble], now: datetime, words: Formats) -> None:
    """Green: everything works. Red: something grave is wrong. Orange: anything else."""
    if not troubles:
        st.success(_("Everything works."), icon=":material/check_circle:")
    elif troubles[0].grave:
        st.error(plain(_headline(troubles, now, words)), icon=":material/error:")
    else:
        st.warning(plain(_headline(troubles, now, words)), icon=":material/warning:")


def draw_troubles(troubles: Sequence[Trouble], now: datetime, words: Formats) -> None:
    """Each of the gravest in a box of its own."""
    for number, trouble in enumerate(troubles[:SHOWN_AT_MOST]):
        with st.container(border=True, gap="xsmall", key=f"trouble-{number}"):
            _draw_trouble(trouble, now, words)
    more = len(troubles) - SHOWN_AT_MOST
    if more > 0:
        label = _("{number} more").format(number=words.number(more))
        st.page_link(ALERTS, label=label, icon=":material/arrow_forward:", query_params={"alert_open": "true"})


def _headline(troubles: Sequence[Trouble], now: datetime, words: Formats) -> str:
    first, more = troubles[0], len(troubles) - 1
    said = first.what
    if first.since_at is not None:
        said = words.sentence(_("{what}, for {duration}"), what=said, duration=words.duration(now - first.since_at))
    if more:
        said += " " + words.plural(_("(and {number} more thing)|(and {number} more things)"), more)
    return said


def _draw_trouble(trouble: Trouble, now: datetime, words: Formats) -> None:
    colour = "red" if trouble.grave else "orange"
    since = ""
    if trouble.since_at is not None:
        since = words.sentence(_("since {instant}"), instant=words.near(trouble.since_at, now))
    st.markdown(f":{colour}[**{plain(trouble.what)}**]" + (f" :gray[{plain(since)}]" if since else ""))
    if trouble.why:
        st.markdown(f":small[{plain(trouble.why)}]")
    st.markdown(f":small[:material/autorenew: {plain(trouble.tried)}]")
    st.markdown(f":material/arrow_forward: {plain(trouble.advice)}")
    if trouble.seen:
        st.caption(plain(trouble.seen))
    if trouble.page is not None:
        st.page_link(trouble.page, label=_("Open"), icon=":material/open_in_new:", query_params=trouble.query or None)
