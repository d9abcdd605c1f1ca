"""The address without a page: whoever comes here goes on to the first page that is theirs."""

import streamlit as st

from dashboard.navigation import FOLDER, pages_for
from dashboard.viewing import signed_in, sites

st.switch_page(FOLDER / pages_for(signed_in().viewer, len(sites()))[0].file)
