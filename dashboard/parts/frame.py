"""What stands around every page: the name of the product, the site, who is signed in, the way out."""

import streamlit as st

from dashboard.sign_in import draw_sign_out
from dashboard.viewing import SITE, site, sites
from prepaid.language import _, later
from prepaid.records import Role
from sql.sessions import SignedIn

ROLES = {
    Role.ADMIN: later("Administrator"),
    Role.CASHIER: later("Cashier"),
    Role.MANAGER: later("Manager"),
    Role.TENANT: later("Tenant"),
}


def draw_frame(person: SignedIn) -> None:
    """For staff the sidebar's foot; tenants have all of it on their profile."""
    if person.viewer.must_change_password or person.viewer.role is Role.TENANT:
        return
    with st.sidebar:
        known = sites()
        if len(known) > 1:
            ids = [each.site_id for each in known]
            names = {each.site_id: each.name for each in known}
            st.selectbox(_("Site"), ids, index=ids.index(site().site_id), format_func=names.__getitem__, key=SITE)
        st.divider()
        st.markdown(f"**{person.display_name}**")
        st.caption(_(ROLES[person.viewer.role]))
        draw_sign_out()
