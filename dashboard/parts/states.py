"""The designed states of a page that has nothing to show."""

import streamlit as st


def draw_empty(title: str, sentence: str, icon: str = ":material/inbox:") -> None:
    """There is nothing yet; the sentence says why, or what to do."""
    with st.container(border=True, horizontal_alignment="center"):
        st.subheader(title, icon=icon, text_alignment="center")
        st.caption(sentence, text_alignment="center")


def draw_stale(sentence: str) -> None:
    """What is shown is old; the sentence says since when and what that means."""
    st.warning(sentence, icon=":material/schedule:")
