"""The lower bound of `python -m tests.bench pages`: a page of the same elements that asks nobody anything."""

import random

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

ROWS = 800
POINTS = 800


@st.fragment(run_every=5)
def again() -> None:
    """Four numbers, a chart and a table, with other values each time."""
    for column in st.columns(4):
        column.metric("Power", f"{random.uniform(1, 90):.1f} kW", border=True)
    values = [random.random() for _point in range(POINTS)]
    st.plotly_chart(go.Figure(go.Scatter(y=values)), key="chart")
    st.dataframe(pd.DataFrame({f"column {number}": random.sample(range(ROWS), ROWS) for number in range(8)}))


st.set_page_config(layout="wide")
again()
