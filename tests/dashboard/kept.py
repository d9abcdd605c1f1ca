"""What pages keep for a moment outlives a test: the next one must not be answered from it."""

import streamlit as st


def forget_everything() -> None:
    """Empties every cache of questions."""
    st.cache_data.clear()
    st.cache_resource.clear()
