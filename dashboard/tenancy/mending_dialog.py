"""Mending a handover that was entered late: what would be moved stands there before it is booked."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.house import database
from dashboard.parts.booking import draw_button, draw_effect, draw_reason
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.standing_texts import SOURCES
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.standing import Standing
from prepaid.units import negative
from sql.late_handovers import Late, Mending, late_handover, mend
from sql.questions.handovers import HandoverLine, handovers_to


def draw_mending(standing: Standing) -> None:
    """Which handover, when it truly was, what that moves, the button."""
    words = formats()
    with database().reading() as conn:
        lines = {line.assignment_id: line for line in handovers_to(conn, signed_in().viewer, standing.account_id)}
    if not lines:
        st.info(_("No analyzer came to this account from another one, or all of it is mended."), icon=":material/info:")
        return
    chosen = st.selectbox(
        _("Handover"),
        list(lines),
        index=None,
        format_func=lambda each: f"{lines[each].analyzer} · {words.instant(lines[each].from_at)}",
        placeholder=_("Choose a handover"),
        key="mend-handover",
    )
    if chosen is None:
        return
    handed_over_at = _choose_instant(lines[chosen])
    try:
        with database().reading() as conn:
            seen = late_handover(conn, signed_in().viewer, chosen, handed_over_at)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    reason = draw_reason("mend")
    _draw_moved(seen)
    draw_effect(standing, negative(seen.taken))
    draw_button(
        _("Mend the handover"),
        "mend",
        standing.account_id,
        (seen, reason),
        lambda key: mend(database(), signed_in(), Mending(seen=seen, reason=reason, key=key)),
    )


def _choose_instant(line: HandoverLine) -> datetime:
    """In the time of the site, by the minute."""
    zone = formats().zone
    earliest, latest = (at.astimezone(zone).replace(tzinfo=None) for at in (line.earliest_at, line.from_at))
    wall = st.datetime_input(
        _("Handed over at, in the time of the site"),
        value=latest.replace(second=0, microsecond=0),
        min_value=earliest.replace(second=0, microsecond=0),
        max_value=latest,
        step=60,
        key="mend-at",
    )
    assert isinstance(wall, datetime), "one instant is asked for"
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _draw_moved(seen: Late) -> None:
    words = formats()
    facts = [
        Fact(
            _(SOURCES[each.source]),
            words.energy(each.wh, 3),
            words.sentence(
                _("{before} given back to {number}, {after} charged here"),
                before=words.money(each.given_back, seen.currency),
                number=seen.before_number,
                after=words.money(each.taken, seen.currency),
            ),
        )
        for each in seen.moved
    ]
    draw_facts(facts)
