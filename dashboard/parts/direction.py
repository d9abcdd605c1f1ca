"""Which way the pages run: from right to left for readers of Arabic, Kurdish and the like."""

import streamlit as st

from documents.formats import Formats

LOOK = """<style>
body {direction: rtl}
#js-plotly-tester, [data-testid="stPlotlyChart"], [data-testid="stDataFrame"], [data-testid="stCode"],
input[type="email"], input[type="password"] {direction: ltr}
</style>"""
"""Dialogs lie outside the page, so the whole body turns. Charts, the place where their texts are measured, tables on a
canvas, and what is written in Latin letters in any language do not."""


def draw_direction(words: Formats) -> None:
    """Nothing for who reads from left to right, as the pages run by themselves."""
    if words.right_to_left:
        st.html(LOOK)
