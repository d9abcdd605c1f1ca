"""Which analyzer is open: a number in the address of the page, so that it can be sent to a colleague."""

from collections.abc import Sequence

import streamlit as st

from dashboard.viewing import acting
from prepaid.access import Right
from sql.sessions import SignedIn

OPEN = "analyzer"
LONGEST = 12


def opened() -> int | None:
    """The analyzer in the address; None: the list."""
    found = st.query_params.get(OPEN, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) <= LONGEST else None


@acting(Right.SEE_SITE)
def open_chosen(_person: SignedIn, table: str, analyzer_ids: Sequence[int]) -> None:
    """Opens the analyzer whose row was clicked; the ids are those of the rows as they were drawn."""
    cells = st.session_state[table].selection.cells
    if cells and cells[0][0] < len(analyzer_ids):
        st.query_params[OPEN] = str(analyzer_ids[cells[0][0]])


def close() -> None:
    """Goes back to the list."""
    st.query_params.pop(OPEN, None)
