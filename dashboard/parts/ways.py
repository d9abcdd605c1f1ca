"""How one person is told: the channels beside mail, which administrators add and remove, and a test by all ways."""

from dataclasses import dataclass

import streamlit as st

from dashboard.house import database
from dashboard.parts.message_test import draw_outcome, forget_test, send_test
from dashboard.parts.plain import plain
from dashboard.viewing import acting, formats, say, signed_in
from documents.channels import checked_channel
from prepaid.access import Right, Viewer
from prepaid.channels import MOST_CHANNELS, MOST_URL, ChannelRow, ChannelUrl
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from sql.channels import add_contact_channel, add_user_channel, contact_channels, end_channel, user_channels
from sql.message_tests import try_contact, try_user
from sql.sessions import SignedIn

REFUSED = "channel_refused"
"""Why the channel that was typed was not added."""


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
    st.session_state.pop(REFUSED, None)


def draw_ways(addressee: Addressee) -> None:
    """Mail address and channels, the field for another channel, and the test."""
    known = addressee.channels(signed_in().viewer)
    st.markdown(f"**{_('Ways')}**")
    _draw_way("mail", addressee.email or _("no mail address"))
    for channel in known:
        _draw_channel(channel)
    if len(known) < MOST_CHANNELS:
        _draw_adding(addressee)
    if (addressee.email or known) and st.button(
        _("Send a test"), icon=":material/send:", key="send-test", width="stretch"
    ):
        send_test(addressee.test)
    draw_outcome(addressee.site_id)


def _draw_channel(channel: ChannelRow) -> None:
    words = formats()
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        added = words.sentence(
            _("added {instant} by {name}"),
            instant=words.instant(channel.added_at),
            name=words.name(channel.added_by),
        )
        _draw_way("forum", channel.shown, added)
        st.button(
            "",
            icon=":material/delete:",
            key=f"end-channel-{channel.channel_id}",
            help=_("Remove the channel"),
            type="tertiary",
            on_click=_end,
            args=(channel.channel_id,),
        )


def _draw_way(icon: str, name: str, note: str = "") -> None:
    below = f"  \n:small[{plain(note)}]" if note else ""
    st.markdown(f":material/{icon}: {plain(name)}{below}", width="stretch")


def _draw_adding(addressee: Addressee) -> None:
    """A URL is as secret as a password: it is typed unseen, and never shown again."""
    key = "channel-url"
    with st.form("channel-form", border=False):
        st.text_input(
            _("Another channel"),
            max_chars=MOST_URL,
            type="password",
            autocomplete="off",
            placeholder="tgram://…",
            help=_("The URL of a service: Telegram, SMS, WhatsApp, Teams or a webhook. docs/messages.md has examples."),
            key=key,
        )
        st.form_submit_button(_("Add the channel"), width="stretch", on_click=_add, args=(addressee, key))
    if REFUSED in st.session_state:
        st.error(plain(st.session_state.pop(REFUSED)), icon=":material/error:")


@acting(Right.ADMINISTER)
def _add(person: SignedIn, addressee: Addressee, key: str) -> None:
    try:
        addressee.add(person, checked_channel(st.session_state.get(key) or ""))
    except PrepaidError as error:
        st.session_state[REFUSED] = str(error)
        return
    st.session_state[key] = ""
    say(_("Added."))


@acting(Right.ADMINISTER)
def _end(person: SignedIn, channel_id: int) -> None:
    end_channel(database(), person, channel_id)
    say(_("Removed. Nothing is sent there any more."))
