"""The administrators who are told of alarms of the site: by which ways, and when not."""

from functools import partial

import streamlit as st

from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.parts.quiet_hours import own_hours_words
from dashboard.parts.ways import Addressee, draw_ways, forget_ways
from dashboard.viewing import formats, signed_in
from documents.formats import Formats
from prepaid.access import Right
from prepaid.language import _
from sql.questions.told_staff import ToldStaff, told_staff


def draw_told_staff(site_id: int) -> None:
    """Each of them, with the way to channels and a test."""
    with database().reading() as conn:
        people = told_staff(conn, signed_in().viewer, site_id)
    words = formats()
    st.subheader(_("Who is told of alarms"))
    st.caption(_("The administrators. Each chooses mail address, alarms and quiet hours on the page Profile."))
    for person in people:
        with st.container(horizontal=True, vertical_alignment="center"):
            below = f"{plain(person.user_name)} · {plain(_reached(person, words))}"
            st.markdown(f"**{plain(person.display_name)}**  \n:small[{below}]", width="stretch")
            if person.is_kept:
                _draw_ways_button(person, site_id)


def _reached(person: ToldStaff, words: Formats) -> str:
    """By which ways, in few words."""
    parts = [person.email or ""]
    if person.channels:
        parts.append(words.plural(_("{number} channel|{number} channels"), person.channels))
    reached = " · ".join(part for part in parts if part) or _("cannot be reached")
    return " · ".join(part for part in (reached, own_hours_words(person.quiet, words)) if part)


def _draw_ways_button(person: ToldStaff, site_id: int) -> None:
    key, title = f"ways-of-{person.user_id}", _("How {name} is told").format(name=plain(person.display_name))
    if st.button("", icon=":material/notifications:", key=key, help=_("Channels and a test"), type="tertiary"):
        forget_ways()
        addressee = Addressee(site_id=site_id, email=person.email, user_id=person.user_id)
        open_dialog(title, Right.ADMINISTER, partial(draw_ways, addressee), on_dismiss=forget_ways)
