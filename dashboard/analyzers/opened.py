"""Which analyzer is open: a number in the address of the page, so that it can be sent to a colleague."""

import streamlit as st

OPEN = "analyzer"
LONGEST = 12


def opened() -> int | None:
    """The analyzer in the address; None: the list."""
    found = st.query_params.get(OPEN, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) <= LONGEST else None


def open_analyzer(analyzer_id: int) -> None:
    """Opens one analyzer, also from inside a part of the page."""
    st.query_params[OPEN] = str(analyzer_id)
    st.rerun(scope="app")


def close() -> None:
    """Goes back to the list."""
    st.query_params.pop(OPEN, None)
