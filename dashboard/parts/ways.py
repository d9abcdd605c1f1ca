"""How one person is told: the channels beside mail, which administrators add and remove, and a test by all ways."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.house import database
from dashboard.parts.message_test import draw_outcome, forget_test, send_test
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.channels import checked_channel
from documents.event_texts import actor_words
from prepaid.access import Viewer
from prepaid.channels import MOST_CHANNELS, MOST_URL, ChannelRow, ChannelUrl
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from sql.channels import add_contact_channel, add_user_channel, contact_channels, end_channel, user_channels
from sql.message_tests import try_contact, try_user
from sql.sessions import SignedIn

CHANGES = "channels_changed"
"""How often channels were added or removed in the dialog that is open: after each, its fields and buttons are new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A user, or a contact of a tenant, at a site. `email` None: there is no mail address."""

    site_id: int
    email: str | None
    user_id: int | None = None
    contact_id: int | None = None

    def __post_init__(self) -> None:
        assert (self.user_id is None) != (self.contact_id is None), "it is one of both"

    def channels(self, viewer: Viewer) -> tuple[ChannelRow, ...]:
        """What there is beside mail."""
        with database().reading() as conn:
            if self.user_id is not None:
                return user_channels(conn, viewer, self.user_id)
            assert self.contact_id is not None, "it is one of both"
            return contact_channels(conn, viewer, self.contact_id)

    def add(self, person: SignedIn, checked: ChannelUrl) -> None:
        """A further channel."""
        if self.user_id is not None:
            add_user_channel(database(), person, self.user_id, checked)
        elif self.contact_id is not None:
            add_contact_channel(database(), person, self.contact_id, checked)

    def test(self, person: SignedIn) -> int:
        """A test by every way; answers its alert."""
        if self.user_id is not None:
            return try_user(database(), person, self.site_id, self.user_id)
        assert self.contact_id is not None, "it is one of both"
        return try_contact(database(), person, self.contact_id)


def forget_ways() -> None:
    """The next dialog begins without what was tried in the one before."""
    forget_test()
    st.session_state.pop(CHANGES, None)


def draw_ways(addressee: Addressee) -> None:
    """Mail address and channels, the field for another channel, and the test."""
    st.markdown(f"**{_('Ways')}**")
    before, after = st.empty(), st.empty()
    with before.container():
        changed = _draw_all(addressee)
    if changed:
        # Drawn anew, and nothing is said in a toast: that would be drawn where the dialog stands.
        st.session_state[CHANGES] = st.session_state.get(CHANGES, 0) + 1
        before.empty()
        with after.container():
            _draw_all(addressee)
    if (addressee.email or addressee.channels(signed_in().viewer)) and st.button(
        _("Send a test"), icon=":material/send:", key="send-test", width="stretch"
    ):
        send_test(addressee.test)
    draw_outcome(addressee.site_id)


def _draw_all(addressee: Addressee) -> bool:
    """Answers whether a channel was added or removed."""
    known = addressee.channels(signed_in().viewer)
    _draw_way("mail", addressee.email or _("no mail address"))
    changed = [_draw_channel(channel) for channel in known]
    if len(known) < MOST_CHANNELS:
        changed.append(_draw_adding(addressee))
    return any(changed)


def _draw_channel(channel: ChannelRow) -> bool:
    """Answers whether it was removed."""
    words = formats()
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        added = words.sentence(
            _("added {instant} by {name}"),
            instant=words.instant(channel.added_at),
            name=words.name(actor_words(channel.added_by)),
        )
        _draw_way("forum", channel.shown, added)
        key = f"end-channel-{channel.channel_id}-{st.session_state.get(CHANGES, 0)}"
        wanted = st.button("", icon=":material/delete:", key=key, help=_("Remove the channel"), type="tertiary")
    return wanted and _done(lambda: end_channel(database(), signed_in(), channel.channel_id))


def _draw_way(icon: str, name: str, note: str = "") -> None:
    below = f"  \n:small[{plain(note)}]" if note else ""
    st.markdown(f":material/{icon}: {plain(name)}{below}", width="stretch")


def _draw_adding(addressee: Addressee) -> bool:
    """A URL is as secret as a password: it is typed unseen, and never shown again. Answers whether it was added."""
    number = st.session_state.get(CHANGES, 0)
    with st.form(f"channel-form-{number}", border=False):
        url = st.text_input(
            _("Another channel"),
            max_chars=MOST_URL,
            type="password",
            autocomplete="off",
            placeholder="tgram://…",
            help=_("The URL of a service: Telegram, SMS, WhatsApp, Teams or a webhook. docs/messages.md has examples."),
            key=f"channel-url-{number}",
        )
        wanted = st.form_submit_button(_("Add the channel"), width="stretch")
    return wanted and _done(lambda: addressee.add(signed_in(), checked_channel(url or "")))


def _done(act: Callable[[], None]) -> bool:
    """Whether it succeeded; else why not."""
    try:
        act()
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True
