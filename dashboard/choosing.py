"""Which site the pages of the staff show: chosen in the sidebar, named in the address, kept from page to page.

The address names it by its number, so that a link leads a colleague to the same site. A site that is not for the viewer
is answered like one that does not exist.
"""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.parts.plain import plain
from dashboard.sign_in import TICKET, USER
from dashboard.viewing import SITE, TOKEN, acting, signed_in, site, site_id, sites
from prepaid.access import Right
from prepaid.language import _
from prepaid.records import Role
from sql.sessions import SignedIn

ADDRESS = "site"
CHOOSER, SHOWN, MOVED = "site_chooser", "site_shown", "site_moved"


def several_sites() -> bool:
    """Whether there is anything to choose for whoever looks."""
    return signed_in().viewer.role is not Role.TENANT and len(sites()) > 1


def follow_address(chosen: StreamlitPage) -> bool:
    """Shows the site that the address names, or writes the shown one into it; False: it names none for this viewer.

    What was opened, chosen or typed at another site stays behind.
    """
    viewer = signed_in().viewer
    if viewer.role is Role.TENANT or viewer.must_change_password:
        return True
    if st.session_state.pop(MOVED, False):
        st.switch_page(chosen, query_params={ADDRESS: str(site_id())})
    named = st.query_params.get(ADDRESS)
    if named is not None:
        found = [each.site_id for each in sites() if str(each.site_id) == named]
        if not found:
            return False
        st.session_state[SITE] = found[0]
    if several_sites():
        if st.session_state.get(SHOWN, site_id()) != site_id():
            _leave_behind()
        st.session_state[SHOWN] = site_id()
        st.query_params[ADDRESS] = str(site_id())
    return True


def draw_chooser() -> None:
    """The name of the site for whoever sees one, a choice for the others."""
    if several_sites():
        names = {each.site_id: each.name for each in sites()}
        st.session_state[CHOOSER] = site_id()
        st.selectbox(_("Site"), list(names), format_func=names.__getitem__, key=CHOOSER, on_change=_choose)
    elif sites():
        st.caption(plain(site().name))


def draw_name_of_site() -> None:
    """Above the title of a page, where another site could be meant."""
    if several_sites():
        st.caption(f":material/apartment: **{plain(site().name)}**")


@acting(Right.SEE_BALANCES)
def _choose(_person: SignedIn) -> None:
    st.session_state[SITE] = st.session_state[CHOOSER]
    st.session_state[MOVED] = True


def _leave_behind() -> None:
    kept = (TOKEN, TICKET, USER, SITE, SHOWN)
    for name in [each for each in st.session_state if each not in kept]:
        del st.session_state[name]
