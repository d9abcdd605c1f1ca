"""How a chart stands on a page: in the theme of the viewer, without a toolbar, and readable aloud."""

import streamlit as st

from dashboard.charts.style import CONFIG, Chart


def draw_chart(chart: Chart, key: str) -> None:
    """Draws the chart over the whole width; the finger scrolls the page."""
    st.plotly_chart(chart.figure, key=key, config=CONFIG, alt=chart.alt, theme="streamlit")
