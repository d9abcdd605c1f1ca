"""Who signs in for a tenant: the list, and for administrators a new login, a new first password, a lock."""

from collections.abc import Callable

import streamlit as st

from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.viewing import say, signed_in
from documents.formats import Formats
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.records import Role
from prepaid.users import NewUser
from sql.questions.tenant import Login, Tenant
from sql.users import FirstPassword, create_user, lock, reset_password, unlock

HANDED = "first_password"


def draw_logins(tenant: Tenant, words: Formats, *, administers: bool) -> None:
    """Each login with how it stands, and what can be done with it."""
    if not tenant.logins:
        st.caption(_("None: this tenant cannot sign in yet."))
    for login in tenant.logins:
        with st.container(horizontal=True, vertical_alignment="center"):
            standing = f"{plain(login.display_name)} · {_standing(login, words)}"
            st.markdown(f"**{plain(login.user_name)}**  \n:small[{standing}]", width="stretch")
            if administers:
                _draw_acts(login)
    if administers and st.button(_("Add a login"), icon=":material/person_add:", key="add-login"):
        _open(_("Add a login"), lambda: draw_login_form(tenant))


def _standing(login: Login, words: Formats) -> str:
    seen = _("never signed in")
    if login.signed_in_at is not None:
        seen = words.sentence(_("last sign-in {instant}"), instant=words.instant(login.signed_in_at))
    if login.locked_at is not None:
        return f"{_('locked')} · {seen}"
    return f"{_('first password') if login.must_change_password else _('in use')} · {seen}"


def _draw_acts(login: Login) -> None:
    key = login.user_id
    if st.button("", icon=":material/key:", key=f"reset-{key}", help=_("New first password"), type="tertiary"):
        _open(_("New first password"), lambda: draw_reset(login))
    if login.locked_at is None:
        if st.button("", icon=":material/lock:", key=f"lock-{key}", help=_("Lock"), type="tertiary"):
            _open(_("Lock the login"), lambda: draw_lock(login))
    elif st.button("", icon=":material/lock_open:", key=f"unlock-{key}", help=_("Unlock"), type="tertiary"):
        _open(_("Unlock the login"), lambda: draw_unlock(login))


def draw_login_form(tenant: Tenant) -> None:
    """A new login; once it is made, its first password in place of the form."""
    place = st.empty()
    with place.container():
        if HANDED not in st.session_state:
            _draw_fields(tenant)
    if HANDED in st.session_state:
        with place.container():
            _draw_handed()


def _draw_fields(tenant: Tenant) -> None:
    with st.form("login-form", border=False):
        user_name = st.text_input(_("User name"), max_chars=60, help=_("A first password is made and shown once"))
        name = st.text_input(_("Name"), tenant.facts.name, max_chars=120)
        email = st.text_input(_("Mail address"), max_chars=254, type="email")
        if st.form_submit_button(_("Add"), type="primary", width="stretch"):
            wanted = NewUser(
                user_name=user_name or "",
                display_name=name or "",
                role=Role.TENANT,
                tenant_id=tenant.tenant_id,
                email=email or None,
                language=tenant.facts.language,
            )
            _hand_over(lambda: create_user(database(), signed_in(), wanted))


def draw_reset(login: Login) -> None:
    """Asked once, with what it means; then the password in place of the question."""
    place = st.empty()
    with place.container():
        if HANDED not in st.session_state:
            sentence = _("The password of {name} stops working, and whoever is signed in with it is signed out.")
            st.write(sentence.format(name=plain(login.user_name)))
            if st.button(_("Make a new first password"), type="primary", width="stretch", key="reset-now"):
                _hand_over(lambda: reset_password(database(), signed_in(), login.user_id))
    if HANDED in st.session_state:
        with place.container():
            _draw_handed()


def draw_lock(login: Login) -> None:
    """Asked once, with what it means."""
    sentence = _("Nobody signs in as {name} until it is unlocked; whoever is signed in is signed out.")
    st.write(sentence.format(name=plain(login.user_name)))
    if st.button(_("Lock now"), type="primary", width="stretch", key="lock-now"):
        _do(lambda: lock(database(), signed_in(), login.user_id), _("Locked."))


def draw_unlock(login: Login) -> None:
    """Asked once, with what it means."""
    st.write(_("{name} signs in again with the password as it was.").format(name=plain(login.user_name)))
    if st.button(_("Unlock now"), type="primary", width="stretch", key="unlock-now"):
        _do(lambda: unlock(database(), signed_in(), login.user_id), _("Unlocked."))


def draw_first_password(first: FirstPassword) -> None:
    """A password that is handed over, and never shown again."""
    st.markdown(_("First password for the user name **{name}**:").format(name=plain(first.user_name)))
    st.code(first.password, language=None)
    st.warning(_("It is shown only now. Hand it over; it must be changed at the first sign-in."), icon=":material/key:")


def _draw_handed() -> None:
    draw_first_password(st.session_state[HANDED])
    if st.button(_("Done"), type="primary", width="stretch", key="handed-over"):
        _forget()
        st.rerun()


def _open(title: str, draw: Callable[[], None]) -> None:
    _forget()
    open_dialog(title, Right.ADMINISTER, draw, on_dismiss=_forget)


def _forget() -> None:
    st.session_state.pop(HANDED, None)


def _hand_over(act: Callable[[], FirstPassword]) -> None:
    try:
        st.session_state[HANDED] = act()
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _do(act: Callable[[], None], done: str) -> None:
    try:
        act()
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    say(done)
    st.rerun()
