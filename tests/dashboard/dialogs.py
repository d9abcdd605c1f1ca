"""Dialogs under test: what is drawn inside one, without the page around it."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard.viewing import TOKEN
from prepaid.access import Right
from tests.dashboard.pages import app_of

SCRIPT = Path(__file__).parent / "dialog_script.py"
DRAW, RIGHT, BARRED = "dialog_draw", "dialog_right", "dialog_barred"
THROWN_OUT = "The page behind the dialog"
"""What stands there in place of a dialog that its viewer may not see (any more)."""


def dialog(token: str | None, right: Right, draw: Callable[[], None]) -> AppTest:
    """The inside of a dialog for the holder of the token, after its first run."""
    app = app_of(SCRIPT)
    if token is not None:
        app.session_state[TOKEN] = token
    app.session_state[DRAW] = draw
    app.session_state[RIGHT] = right
    return app.run()
