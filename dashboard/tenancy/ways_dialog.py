"""How a contact of a tenant is told: quiet hours, channels, and a test."""

from functools import partial

import streamlit as st

from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.parts.quiet_hours import Written, draw_quiet_hours
from dashboard.parts.ways import Addressee, draw_ways, forget_ways
from dashboard.viewing import say, signed_in
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from sql.contacts import set_contact_quiet_hours
from sql.questions.tenant import Contact


def draw_ways_button(contact: Contact, site_id: int) -> None:
    """The way to them."""
    key, title = f"ways-{contact.contact_id}", _("How {name} is told").format(name=plain(contact.facts.name))
    if st.button("", icon=":material/notifications:", key=key, help=_("Quiet hours and channels"), type="tertiary"):
        forget_ways()
        draw = partial(draw_ways_of_contact, contact, site_id)
        open_dialog(title, Right.ADMINISTER, draw, on_dismiss=forget_ways)


def draw_ways_of_contact(contact: Contact, site_id: int) -> None:
    """The inside of the dialog."""
    with st.form("quiet-form", border=False):
        written = draw_quiet_hours(contact.quiet, "contact")
        if st.form_submit_button(_("Save"), type="primary", width="stretch"):
            _save(contact, written)
    draw_ways(Addressee(site_id=site_id, email=contact.facts.email, contact_id=contact.contact_id))


def _save(contact: Contact, written: Written) -> None:
    try:
        set_contact_quiet_hours(database(), signed_in(), contact.contact_id, written.hours())
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    say(_("Saved."))
    st.rerun()
