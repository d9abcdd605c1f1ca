"""What the dialogs of the page share: fresh facts when they are drawn, and the act that is done or refused."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from dashboard.asked.analyzers import forget, line_now
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.viewing import say, signed_in
from prepaid.errors.base import PrepaidError
from prepaid.wishes import REFUSALS, Obstacle
from sql.questions.analyzers import AnalyzerLine
from sql.questions.wishes import Prospects, prospects


def fresh(analyzer_id: int) -> tuple[AnalyzerLine, Prospects, datetime]:
    """How the analyzer stands and what each act would do, asked of the database now."""
    forget()
    line, now = line_now(analyzer_id)
    with database().reading() as conn:
        return line, prospects(conn, signed_in().viewer, analyzer_id, now), now


def whose(line: AnalyzerLine) -> str:
    """Whose supply it is, as it is said in a sentence."""
    return line.name if line.tenant is None else f"{line.tenant} ({line.name})"


def draw_obstacle(obstacle: Obstacle, line: AnalyzerLine) -> None:
    """Why the act would do nothing."""
    st.error(plain(str(REFUSALS[obstacle](analyzer=line.name))), icon=":material/block:")


def do(act: Callable[[], object], done: str) -> None:
    """Does it and closes the dialog; or says in the dialog why not, and what was typed stays."""
    try:
        act()
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    forget()
    say(done)
    st.rerun()
