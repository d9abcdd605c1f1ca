"""Forms about the people of a tenant: what was seen when the form was drawn is what may be changed."""

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.languages import draw_language
from dashboard.parts.plain import plain
from dashboard.viewing import say, signed_in
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.tenancy import ContactFacts, TenantFacts
from sql.contacts import add_contact, change_contact, remove_contact
from sql.questions.tenant import Contact, Tenant
from sql.tenants import change_tenant


def draw_tenant_form(tenant: Tenant) -> None:
    """Name, unit, phone, language and note."""
    seen = tenant.facts
    with st.form("tenant-form", border=False):
        wanted = TenantFacts(
            name=st.text_input(_("Name"), seen.name, max_chars=120) or "",
            unit=st.text_input(_("Unit"), seen.unit or "", max_chars=60),
            phone=st.text_input(_("Phone"), seen.phone or "", max_chars=40),
            language=draw_language(seen.language, key="tenant-language"),
            note=st.text_area(_("Note"), seen.note or "", max_chars=1000),
        )
        if not st.form_submit_button(_("Save"), type="primary", width="stretch"):
            return
        try:
            change_tenant(database(), signed_in(), tenant.tenant_id, seen, wanted)
        except PrepaidError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
    asked.rows.clear()
    _done(_("Saved."))


def draw_contact_form(tenant: Tenant | None, contact: Contact | None) -> None:
    """A new contact of the tenant, or one that is there."""
    seen = contact.facts if contact else ContactFacts(name="", language=tenant.facts.language if tenant else "en")
    with st.form("contact-form", border=False):
        wanted = ContactFacts(
            name=st.text_input(_("Name"), seen.name, max_chars=120) or "",
            email=st.text_input(_("Mail address"), seen.email or "", max_chars=254, type="email"),
            phone=st.text_input(_("Phone"), seen.phone or "", max_chars=40),
            language=draw_language(seen.language, key="contact-language"),
        )
        if not st.form_submit_button(_("Save") if contact else _("Add"), type="primary", width="stretch"):
            return
        try:
            if contact is not None:
                change_contact(database(), signed_in(), contact.contact_id, seen, wanted)
            elif tenant is not None:
                add_contact(database(), signed_in(), tenant.tenant_id, wanted)
        except PrepaidError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
    _done(_("Saved."))


def draw_removal(contact: Contact) -> None:
    """Asked once, with what it means."""
    st.write(_("{name} is told nothing any more.").format(name=plain(contact.facts.name)))
    if not st.button(_("Remove now"), type="primary", width="stretch", key="remove-now"):
        return
    try:
        remove_contact(database(), signed_in(), contact.contact_id)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _done(_("Removed."))


def _done(sentence: str) -> None:
    say(sentence)
    st.rerun()
