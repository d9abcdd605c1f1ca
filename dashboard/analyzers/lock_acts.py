"""The dialogs of a safety lock: placed with a reason and a phone, taken away with the analyzer's name typed."""

import streamlit as st

from dashboard.analyzers.acting import do, draw_obstacle, fresh, whose
from dashboard.asked.analyzers import locks_now
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.formats import Formats
from documents.wish_texts import AFTER_LOCKS, LOCK_EFFECT, NO_ISOLATION, STILL_LOCKED
from prepaid.language import _
from prepaid.wishes import LONGEST_REASON
from sql.locks import LONGEST_PHONE, place_lock, remove_lock
from sql.questions.wishes import Lock


def draw_lock(analyzer_id: int) -> None:
    """Places a lock."""
    line, found, _now = fresh(analyzer_id)
    if found.lock_obstacle is not None:
        draw_obstacle(found.lock_obstacle, line)
        return
    person, words = signed_in(), formats()
    if any(lock.user_id == person.user_id for lock in locks_now(analyzer_id)):
        st.info(_("Your lock is in place already."), icon=":material/lock:")
        return
    st.warning(plain(words.sentence(_(LOCK_EFFECT), who=words.name(whose(line)))), icon=":material/info:")
    if not line.commissioned:
        st.error(_("Not commissioned: that its output cuts this supply was never proven."), icon=":material/warning:")
    st.caption(_(NO_ISOLATION))
    with st.form("form-lock", border=False):
        example = _("For example: work on the distribution board")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example)
        phone = st.text_input(_("Phone of whoever works there"), max_chars=LONGEST_PHONE)
        if st.form_submit_button(_("Lock the supply off"), type="primary", width="stretch"):
            do(
                lambda: place_lock(database(), person, analyzer_id, reason, phone),
                _("Locked. The supply goes off with the next pass."),
            )


def draw_unlock(analyzer_id: int) -> None:
    """Takes one lock away."""
    line, found, _now = fresh(analyzer_id)
    in_place = locks_now(analyzer_id)
    if not in_place:
        st.info(_("There is no lock any more."), icon=":material/info:")
        return
    person, words = signed_in(), formats()
    lock = in_place[0]
    if len(in_place) > 1:
        lock = st.selectbox(_("Lock"), in_place, format_func=lambda each: words.name(each.owner), key="which-lock")
    st.markdown(plain(_told(lock, words)))
    if len(in_place) > 1:
        st.info(_(STILL_LOCKED), icon=":material/info:")
    elif found.after_locks is not None:
        st.warning(_(AFTER_LOCKS[found.after_locks]), icon=":material/info:")
    with st.form("form-unlock", border=False):
        label = words.sentence(_("Type the name of the analyzer to confirm: {name}"), name=words.name(line.name))
        typed = st.text_input(plain(label))
        if st.form_submit_button(_("It is safe: take the lock away"), type="primary", width="stretch"):
            do(
                lambda: remove_lock(database(), person, lock.lock_id, typed),
                _("The lock is gone. The rules decide again."),
            )


def _told(lock: Lock, words: Formats) -> str:
    return words.sentence(
        _("Lock of {owner}, phone {phone}, since {since}: {reason}"),
        owner=words.name(lock.owner),
        phone=words.name(lock.phone),
        since=words.instant(lock.placed_at),
        reason=words.name(lock.reason),
    )
