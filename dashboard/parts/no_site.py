"""What stands in place of every page of a site while there is none: what to do, for who can do it."""

import streamlit as st

from prepaid.access import Right
from prepaid.language import _
from sql.sessions import SignedIn

COMMAND = "python -m sql site FILE"


def draw_no_site(person: SignedIn) -> None:
    """The command is for administrators; everybody else is told whom to ask."""
    st.title(_("No site in use"), anchor=False)
    with st.container(border=True, width=640):
        if person.viewer.may(Right.ADMINISTER):
            st.write(_("Describe the site in a file like `docs/site-example.toml` and load it on the server:"))
            st.code(COMMAND, language="bash")
        else:
            st.write(_("Ask an administrator to load a site. Until then only your profile is here."))
        st.button(_("Look again"), icon=":material/refresh:")
