"""Signing in, out, and another password: streamlit-authenticator's forms over our own users and sessions.

The package draws the forms; who may enter is decided by `sql.sessions`. Its own cookie can be read by scripts and
replayed after signing out, so it is never set: our two controllers stand where its own would. They answer to the
names that its forms call (version 0.4.2, pinned).
"""

from collections.abc import Callable
from typing import Any

import streamlit as st
import streamlit_authenticator as stauth

from dashboard.house import database
from dashboard.server.failures import told
from dashboard.server.tickets import tickets
from dashboard.viewing import TOKEN, current, signed_in, token
from prepaid.errors.access import PasswordsDiffer
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.sessions import SessionKind, lengths_of
from sql import sessions
from sql.sessions import Opened, SignedIn

STATUS = "authentication_status"
TICKET = "session_ticket"
LEFT = "has_left"
USER = "user_id"


def draw_sign_in() -> None:
    """The form for a stranger. A right password shows the page that was asked for."""
    ended = token() is not None and not st.session_state.get(LEFT)
    if USER in st.session_state or TOKEN in st.session_state:
        st.session_state.clear()
    st.session_state[STATUS] = None
    st.set_page_config(page_title=_("Sign in"))
    with st.container(horizontal_alignment="center"), st.container(width=420, key="sign-in"):
        st.space("large")
        st.html(f'<h1 class="brand"><img src="/app/static/icon.svg" alt="">{_("Prepaid energy")}</h1>')
        if ended:
            st.info(_("Your session has ended. Sign in again."), icon=":material/schedule:")
        _attempt(_forms().login, fields=_sign_in_fields(), key="sign-in-form")
    if st.session_state.pop(LEFT, False):
        st.html('<script src="/app/static/leave.js"></script>', unsafe_allow_javascript=True)
    if st.session_state.get(TOKEN):
        st.rerun()


def forget_others(person: SignedIn) -> None:
    """What another user left on this page (a receipt, a first password, what was typed) is not for this one."""
    if st.session_state.get(USER, person.user_id) != person.user_id:
        kept = {name: st.session_state[name] for name in (TOKEN, TICKET) if name in st.session_state}
        st.session_state.clear()
        st.session_state.update(kept)
    st.session_state[USER] = person.user_id


def draw_sign_out(place: str = "main", key: str = "sign-out") -> None:
    """The button that ends this session at once; `place` is main or sidebar."""
    st.session_state[STATUS] = True
    _forms().logout(button_name=_("Sign out"), location=place, key=key)
    if st.session_state.get(LEFT):
        st.rerun()


def draw_change_password(key: str = "change-password") -> bool:
    """The form for another password; True in the run that changed it. All other sessions of the user end with it."""
    st.session_state[STATUS] = True
    fields = {
        "Form name": _("Choose your password"),
        "Current password": _("Present password"),
        "New password": _("New password"),
        "Repeat password": _("New password again"),
        "Reset": _("Change password"),
    }
    return bool(_attempt(_forms().reset_password, username=signed_in().user_name, fields=fields, key=key))


def hand_over_cookie() -> None:
    """Lets the browser fetch the cookie of a session that was opened on this page. Drawn on every run, done once."""
    ticket = st.session_state.get(TICKET)
    if ticket:
        st.html(f'<script src="/app/static/ticket.js" data-ticket="{ticket}"></script>', unsafe_allow_javascript=True)


class _Sessions:
    """What the package calls its authentication controller."""

    def login(self, username: str | None = None, password: str | None = None, *_more: Any, **_rest: Any) -> bool:
        opened = sessions.sign_in(
            database(),
            username or "",
            password or "",
            address=_text(st.context.ip_address),
            agent=_text(st.context.headers.get("user-agent")),
        )
        _hold(opened)
        return True

    def logout(self, _callback: Callable[..., None] | None = None) -> None:
        person = current()
        if person is not None:
            sessions.end(database(), person.session_id)
        st.session_state.clear()
        st.session_state[LEFT] = True

    def reset_password(self, _user_name: str, present: str, new: str, again: str, *_more: Any) -> bool:
        if new != again:
            raise PasswordsDiffer
        _hold(sessions.change_password(database(), signed_in(), present, new))
        return True


class _NoCookie:
    """What the package calls its cookie controller: it has nothing to do, our cookie is set by a ticket."""

    def get_cookie(self) -> None:
        return None

    def set_cookie(self) -> None:
        return None

    def delete_cookie(self) -> None:
        return None


def _forms() -> Any:
    """The package's forms. Its constructor would mount its cookie's frame, so only what the forms use is set."""
    forms = stauth.Authenticate.__new__(stauth.Authenticate)
    forms.authentication_controller = _Sessions()
    forms.cookie_controller = _NoCookie()
    forms.attrs = {
        "login_sleep_time": 0,
        "password_instructions": _("At least 10 characters (staff: 12). A sentence is easiest to remember."),
    }
    forms.path = forms.api_key = None
    return forms


def _attempt(form: Callable[..., Any], **options: Any) -> Any:
    """Draws a form; what it refuses is said below it."""
    try:
        return form(**options)
    except PrepaidError as error:
        st.error(told(error, None), icon=":material/error:")
        return None


def _text(found: object) -> str | None:
    """What the browser said of itself; nothing where there is none."""
    return found if isinstance(found, str) else None


def _sign_in_fields() -> dict[str, str]:
    return {
        "Form name": _("Sign in"),
        "Username": _("User name"),
        "Password": _("Password"),
        "Login": _("Sign in"),
    }


def _hold(opened: Opened) -> None:
    """From now on this page belongs to the new session; the browser fetches its cookie by a ticket."""
    st.session_state[TOKEN] = opened.token
    lasts = lengths_of(opened.signed_in.role, SessionKind.BROWSER).whole
    st.session_state[TICKET] = tickets.issue(opened.token, int(lasts.total_seconds()))
