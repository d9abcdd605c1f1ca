"""The languages that the product speaks, to choose one from."""

import streamlit as st

from documents.catalogue import SOURCE_LANGUAGE, languages
from documents.language_names import own_name
from prepaid.language import _


def draw_language(present: str, key: str) -> str:
    """The language chosen; nothing is drawn while there is only one."""
    known = list(languages())
    held = present.partition("-")[0]
    if len(known) <= 1:
        return present
    index = known.index(held if held in known else SOURCE_LANGUAGE)
    return st.selectbox(_("Language"), known, index, format_func=own_name, key=key)
