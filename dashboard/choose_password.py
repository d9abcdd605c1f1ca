"""The only page of somebody whose password was given by another: choose an own one."""

import streamlit as st

from dashboard.parts.plain import plain
from dashboard.sign_in import draw_change_password, draw_sign_out
from dashboard.viewing import say, signed_in
from prepaid.language import _

person = signed_in()
with st.container(horizontal_alignment="center"), st.container(width=460, key="choose-password"):
    st.title(_("Welcome, {name}").format(name=plain(person.display_name)))
    st.write(_("The password you signed in with was given to you. Choose your own one now; then everything opens."))
    if draw_change_password():
        say(_("Your password is changed."))
        st.rerun()
    draw_sign_out()
