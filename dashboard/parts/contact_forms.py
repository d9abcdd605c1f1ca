"""The tenant's own contacts: each one opened, changed or removed; and a form for another one."""

from zlib import crc32

import streamlit as st

from dashboard.house import database
from dashboard.parts.languages import draw_language
from dashboard.parts.quiet_hours import Written, draw_quiet_hours
from dashboard.server.failures import told
from dashboard.viewing import say, signed_in
from documents.alert_names import alert_name
from prepaid.alerts import MUTABLE_KINDS, AlertKind
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.tenancy import MOST_CONTACTS, ContactFacts
from sql.own_contacts import OwnContact, end_own_contact, own_contacts, save_own_contact

ADDED = "contacts_added"
"""How many were added on this page: the form for another one begins empty each time."""
KINDS = tuple(kind for kind in AlertKind if kind in MUTABLE_KINDS)


def draw_contacts() -> None:
    """Everybody who is told, and room for another one."""
    with database().reading() as conn:
        known = own_contacts(conn, signed_in().viewer)
    st.subheader(_("Who is told"), anchor=False)
    st.caption(_("They get a mail when your credit is used up and when the electricity is switched off, always."))
    for contact in known:
        with st.expander(_plain(contact.facts.name), icon=":material/person:"):
            _draw_form(contact)
            _draw_removal(contact)
    if len(known) < MOST_CONTACTS:
        with st.expander(_("Add somebody"), icon=":material/person_add:"):
            _draw_form(None)


def _draw_form(contact: OwnContact | None) -> None:
    """What was saved is drawn anew: the key of a form changes with what it shows. What was refused stays typed."""
    facts = contact.facts if contact else ContactFacts(name="", language=signed_in().language)
    number = str(st.session_state.get(ADDED, 0))
    key = f"contact-{contact.contact_id}-{crc32(repr(contact).encode())}" if contact else f"contact-new-{number}"
    with st.form(key, border=False):
        name = st.text_input(_("Name"), facts.name, max_chars=120, key=f"{key}-name")
        email = st.text_input(_("Mail address"), facts.email or "", max_chars=254, type="email", key=f"{key}-email")
        phone = st.text_input(_("Phone"), facts.phone or "", max_chars=40, key=f"{key}-phone")
        language = draw_language(facts.language, key=f"{key}-language")
        st.markdown(_("Also told when"))
        muted = contact.muted if contact else frozenset[AlertKind]()
        unwanted = {kind for kind in KINDS if not st.checkbox(alert_name(kind), kind not in muted, key=f"{key}-{kind}")}
        quiet = draw_quiet_hours(contact.quiet if contact else None, key)
        if st.form_submit_button(_("Save") if contact else _("Add"), type="secondary", width="stretch"):
            wanted = ContactFacts(name=name, email=email, phone=phone, language=language)
            _save(contact, wanted, unwanted, quiet)


def _save(contact: OwnContact | None, wanted: ContactFacts, unwanted: set[AlertKind], quiet: Written) -> None:
    try:
        contact_id = contact.contact_id if contact else None
        save_own_contact(database(), signed_in(), contact_id, wanted, unwanted, quiet.hours())
    except PrepaidError as error:
        st.error(told(error, signed_in().viewer), icon=":material/error:")
        return
    if contact is None:
        st.session_state[ADDED] = st.session_state.get(ADDED, 0) + 1
    say(_("Saved."))
    st.rerun()


def _draw_removal(contact: OwnContact) -> None:
    with st.popover(_("Remove"), icon=":material/person_remove:", width="stretch"):
        st.write(_("{name} is told nothing any more.").format(name=_plain(contact.facts.name)))
        if st.button(_("Remove now"), key=f"remove-{contact.contact_id}", width="stretch"):
            try:
                end_own_contact(database(), signed_in(), contact.contact_id)
            except PrepaidError as error:
                st.error(told(error, signed_in().viewer), icon=":material/error:")
                return
            say(_("Removed."))
            st.rerun()


def _plain(text: str) -> str:
    """A text of people, without what Markdown would make of it."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+!|~:$" else sign for sign in text)
