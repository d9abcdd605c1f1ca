"""What a dialog draws, alone and guarded as in the product: AppTest closes a dialog at the first act inside it."""

import streamlit as st

from dashboard.viewing import guarded
from tests.dashboard.dialogs import BARRED, DRAW, RIGHT, THROWN_OUT

if st.session_state.get(BARRED):
    st.session_state[BARRED] = False
    st.title(THROWN_OUT)
else:
    st.session_state[BARRED] = True
    with guarded(st.session_state[RIGHT]):
        st.session_state[BARRED] = False
        st.session_state[DRAW]()
    st.session_state[BARRED] = False
