"""What people and doubts have put in force: pauses, wishes, locks and holds, with who, why and until when."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.parts.plain import plain
from documents.formats import Formats
from prepaid.language import _, later
from sql.questions.notices import Notice, NoticeKind

SHOWN_AT_MOST = 12
ICONS = {
    NoticeKind.PAUSE: ":material/pause_circle:",
    NoticeKind.KEEP_ON: ":material/bolt:",
    NoticeKind.CUT: ":material/power_off:",
    NoticeKind.LOCK: ":material/lock:",
    NoticeKind.HOLD: ":material/front_hand:",
}
TITLES = {
    NoticeKind.PAUSE: later("Cuts are paused"),
    NoticeKind.KEEP_ON: later("Kept on: {what}"),
    NoticeKind.CUT: later("Cut by the staff: {what}"),
    NoticeKind.LOCK: later("Safety lock: {what}"),
    NoticeKind.HOLD: later("Billing on hold: {what}"),
}


def draw_notices(notices: Sequence[Notice], now: datetime, words: Formats) -> None:
    """A line each; nothing at all where nothing is in force."""
    for notice in notices[:SHOWN_AT_MOST]:
        title = words.sentence(_(TITLES[notice.kind]), what=words.name(notice.analyzer or ""))
        lines = [f"{ICONS[notice.kind]} **{plain(title)}**", f":small[{plain(_facts(notice, now, words))}]"]
        st.markdown("  \n".join(lines))
    more = len(notices) - SHOWN_AT_MOST
    if more > 0:
        st.caption(_("And {number} more").format(number=words.number(more)))


def _facts(notice: Notice, now: datetime, words: Formats) -> str:
    parts = []
    if notice.tenant:
        parts.append(words.name(notice.tenant))
    if notice.until_at is not None:
        parts.append(words.sentence(_("until {instant}"), instant=words.near(notice.until_at, now)))
    else:
        parts.append(words.sentence(_("since {instant}"), instant=words.near(notice.since_at, now)))
    if notice.by:
        parts.append(words.sentence(_("by {name}"), name=words.name(notice.by)))
    if notice.phone:
        parts.append(words.name(notice.phone))
    parts.append(words.name(notice.why))
    return " · ".join(parts)
