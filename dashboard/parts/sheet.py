"""The sheet that a tenant's page is written on: as wide as a phone, in the middle of a larger screen."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.navigation import PAGES
from dashboard.viewing import signed_in
from prepaid.language import _
from prepaid.records import Role

LOOK = """<style>
.st-key-sheet button:not([data-testid="stTooltipIcon"] *), .st-key-sheet summary,
.st-key-sheet [data-testid="stTextInputRootElement"], .st-key-sheet [data-testid="stCheckbox"] label {min-height: 44px}
.st-key-sheet [data-testid="stCheckbox"] label {align-items: center}
@media (min-width: 641px) {[data-testid="stBottom"] {display: none}}
@media (max-width: 640px) {
  .stApp:has(.st-key-bar) [data-testid="stHeader"] {display: none}
  .stApp:has(.st-key-bar) [data-testid="stMainBlockContainer"] {padding-top: 1rem}
  [data-testid="stBottomBlockContainer"] {padding: .25rem .5rem .5rem}
  [data-testid="stBottom"] {border-top: 1px solid rgba(100, 116, 139, .28)}
  .st-key-bar > div {flex: 1 1 0; min-width: 0}
  .st-key-bar a {flex-direction: column; gap: 0; min-height: 48px; padding: .25rem 0; justify-content: center}
  .st-key-bar a p {font-size: .8rem; margin: 0}
}
</style>"""
"""What is touched is at least 44 px high. A large screen has the pages at its top, a phone has them at the thumb."""


@contextmanager
def sheet(title: str, width_px: int) -> Iterator[None]:
    """Everything inside stands below the title, nowhere wider than `width_px`."""
    st.html(LOOK)
    if signed_in().role is Role.TENANT:
        _draw_bar()
    with st.container(horizontal_alignment="center"), st.container(width=width_px, key="sheet"):
        st.title(title, anchor=False)
        yield


def _draw_bar() -> None:
    with st.bottom, st.container(horizontal=True, wrap=False, gap=None, horizontal_alignment="distribute", key="bar"):
        for entry in PAGES:
            if entry.file.startswith("tenant/"):
                st.page_link(entry.file, label=_(entry.title), icon=f":material/{entry.icon}:")
