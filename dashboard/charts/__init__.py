"""Plotly figures: records in, a figure out; no Streamlit, no database."""
