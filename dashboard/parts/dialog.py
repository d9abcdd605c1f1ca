"""A dialog that asks again who looks, each time something happens inside it."""

from collections.abc import Callable
from functools import wraps

import streamlit as st

from dashboard.viewing import guarded
from prepaid.access import Right


def open_dialog(
    title: str, right: Right, draw: Callable[[], None], *, on_dismiss: Callable[[], None] | None = None
) -> None:
    """Opens a dialog in which `draw` runs, alone and guarded, until it is closed."""

    @wraps(draw)
    def inside() -> None:
        with guarded(right):
            draw()

    st.dialog(title, width="medium", on_dismiss=on_dismiss or "ignore")(inside)()
