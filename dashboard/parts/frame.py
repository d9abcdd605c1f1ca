"""What stands around every page: the name of the product, the site, who is signed in, the way out."""

import streamlit as st

from dashboard.choosing import draw_chooser
from dashboard.parts.direction import draw_direction
from dashboard.parts.plain import plain
from dashboard.parts.silence import draw_silence
from dashboard.sign_in import draw_sign_out
from dashboard.viewing import formats
from prepaid.language import _, later
from prepaid.records import Role
from sql.sessions import SignedIn

ROLES = {
    Role.ADMIN: later("Administrator"),
    Role.CASHIER: later("Cashier"),
    Role.MANAGER: later("Manager"),
    Role.TENANT: later("Tenant"),
}
# Written into the page, so that no file has to be fetched before the cookie is set. Its blue stands on both themes.
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 32" height="32">'
    '<rect width="32" height="32" rx="8" fill="#2f6fed"/>'
    '<path d="M18.2 4.5 8.5 18h6l-1.7 9.5L23.5 13h-6.6z" fill="#fff"/>{name}</svg>'
)
NAME = (
    '<text x="42" y="22.5" font-family="Inter, Segoe UI, Roboto, sans-serif" font-size="18" font-weight="650" '
    'fill="#2f6fed">{name}</text>'
)


def draw_frame(person: SignedIn) -> None:
    """The direction and the logo for everybody; for staff also the sidebar's foot. Tenants have all of that on their
    profile."""
    draw_direction(formats())
    if person.viewer.must_change_password:
        return
    wide = MARK.format(width=190, name=NAME.format(name=_("Prepaid energy")))
    st.logo(wide, icon_image=MARK.format(width=32, name=""))
    if person.viewer.role is not Role.TENANT:
        draw_silence()
        with st.sidebar:
            draw_chooser()
            role, name = _(ROLES[person.viewer.role]), plain(person.user_name)
            who = _("{role}, signed in as {name}").format(role=role, name=name)
            st.caption(f"**{plain(person.display_name)}**  \n{who}")
            draw_sign_out("sidebar")
