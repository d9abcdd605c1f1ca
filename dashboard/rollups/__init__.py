"""Sums of hours rolled up for pages, with pandas: records in, tables out; no Streamlit, no database."""
