"""What a dialog draws, alone and guarded as in the product: AppTest closes a dialog at the first act inside it."""

import streamlit as st

from dashboard.viewing import guarded
from tests.dashboard.dialogs import DRAW, RIGHT

with guarded(st.session_state[RIGHT]):
    st.session_state[DRAW]()
