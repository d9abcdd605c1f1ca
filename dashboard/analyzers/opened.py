"""Which analyzer is open: a number in the address of the page, so that it can be sent to a colleague."""

from collections.abc import Sequence

import streamlit as st

from dashboard.viewing import acting
from prepaid.access import Right
from sql.questions.analyzers import AnalyzerLine
from sql.sessions import SignedIn

OPEN, CLICKED_NAME = "analyzer", "analyzer_clicked_name"
LONGEST = 12


def opened() -> int | None:
    """The analyzer in the address; None: the list."""
    found = st.query_params.get(OPEN, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) <= LONGEST else None


@acting(Right.SEE_SITE)
def remember_clicked(_person: SignedIn, clicked: str) -> None:
    """Keeps the name that was clicked in the table: only the part with the table runs after a click, not the page."""
    st.session_state[CLICKED_NAME] = st.session_state[clicked].label


def open_clicked(lines: Sequence[AnalyzerLine]) -> None:
    """Goes to the analyzer whose name was clicked; names are unique in a site, places in the table change."""
    name = st.session_state.pop(CLICKED_NAME, None)
    for line in lines:
        if line.name == name:
            st.query_params[OPEN] = str(line.analyzer_id)
            st.rerun(scope="app")


def close() -> None:
    """Goes back to the list."""
    st.query_params.pop(OPEN, None)
