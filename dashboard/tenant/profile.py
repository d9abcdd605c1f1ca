"""Profile: language, who is told about what, the password, and where one is signed in. For everybody signed in."""

from dataclasses import replace

import streamlit as st

from dashboard.house import database
from dashboard.parts.contact_forms import draw_contacts
from dashboard.parts.languages import draw_language
from dashboard.parts.plain import plain
from dashboard.parts.quiet_hours import Written, draw_quiet_hours
from dashboard.parts.sheet import sheet
from dashboard.server.failures import told
from dashboard.sign_in import draw_change_password, draw_sign_out
from dashboard.viewing import formats, say, signed_in
from documents.alert_names import alert_name
from documents.catalogue import languages
from documents.devices import device_of
from prepaid.alerts import AlertKind
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.records import Role
from prepaid.users import Profile, kinds_to_mute
from sql.own_profile import change_profile, profile
from sql.own_sessions import OpenSession, end_other_sessions, own_sessions

WIDTH_PX = 560


def draw_profile() -> None:
    person = signed_in()
    names = {"name": plain(person.display_name), "user_name": plain(person.user_name)}
    st.caption(_("{name}, signed in as {user_name}").format(**names))
    if person.role is Role.TENANT:
        _draw_about_me()
        draw_contacts()
    else:
        _draw_about_me()
    st.subheader(_("Security"), anchor=False)
    with st.expander(_("Change password"), icon=":material/key:"):
        if draw_change_password():
            say(_("Your password is changed. All other devices are signed out."))
            st.rerun()
    _draw_sessions()
    draw_sign_out(key="sign-out-here")


def _draw_about_me() -> None:
    """Language for everybody; mail address for the staff; alarms and quiet hours for administrators, who are told."""
    person = signed_in()
    staff = person.role is not Role.TENANT
    if not staff and len(languages()) <= 1:
        return
    with database().reading() as conn:
        before = profile(conn, person)
    with st.form("about-me"):
        language = draw_language(before.language, key="my-language")
        email, muted, quiet = before.email, before.muted, None
        if staff:
            email = st.text_input(_("Mail address"), before.email or "", type="email", max_chars=254)
        if person.role is Role.ADMIN:
            muted = _draw_alarms(before)
            quiet = draw_quiet_hours(before.quiet, "my")
        if st.form_submit_button(_("Save")):
            _save(Profile(language=language, email=email, muted=muted, quiet=before.quiet), quiet)


def _draw_alarms(before: Profile) -> frozenset[AlertKind]:
    """Which alarms come by mail, folded away since nearly everybody wants all of them; answers the unwanted ones."""
    kinds = sorted(kinds_to_mute(Role.ADMIN))
    chosen = [kind for kind in kinds if kind not in before.muted]
    words = formats()
    counted = _("Alarms by mail: {number} of {all}")
    label = counted.format(number=words.number(len(chosen)), all=words.number(len(kinds)))
    with st.expander(label, icon=":material/notifications:"):
        wanted = st.pills(
            _("Alarms by mail"),
            kinds,
            selection_mode="multi",
            default=chosen,
            format_func=alert_name,
            key="alarms",
            label_visibility="collapsed",
        )
    return frozenset(kinds) - frozenset(wanted)


def _save(wanted: Profile, quiet: Written | None) -> None:
    """`quiet` None: who is not told of alarms has no quiet hours to choose."""
    try:
        chosen = wanted if quiet is None else replace(wanted, quiet=quiet.hours())
        change_profile(database(), signed_in(), chosen)
    except PrepaidError as error:
        st.error(told(error, signed_in().viewer), icon=":material/error:")
        return
    say(_("Saved."))
    st.rerun()


def _draw_sessions() -> None:
    person = signed_in()
    with database().reading() as conn:
        known = own_sessions(conn, person, database().now(conn))
    others = [each for each in known if not each.this]
    with st.expander(_("Devices signed in: {number}").format(number=len(known)), icon=":material/devices:"):
        for each in known:
            st.markdown(_device(each))
        if not others:
            st.caption(_("You are signed in nowhere else."))
        elif st.button(_("Sign out everywhere else"), width="stretch", key="end-others"):
            try:
                end_other_sessions(database(), person)
            except PrepaidError as error:
                st.error(told(error, signed_in().viewer), icon=":material/error:")
                return
            say(_("Every other device is signed out."))
            st.rerun()


def _device(session: OpenSession) -> str:
    name = _("{device} (this one)") if session.this else "{device}"
    seen = _("seen {instant}").format(instant=formats().instant(session.seen_at))
    return f"{name.format(device=plain(device_of(session.agent)))}  \n:small[{seen}]"


with sheet(_("Profile"), WIDTH_PX):
    draw_profile()
