"""The supply of an account for the staff: one word for all of it, and why each analyzer is as it is."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from dashboard.parts.plain import plain
from documents.formats import Formats
from documents.reasons import SupplyFacts, reason_for_staff
from documents.standing_texts import SUPPLY
from prepaid.language import _
from prepaid.records import Wiring
from prepaid.standing import Point, Supplied, supplied_together

Colour = Literal["green", "red", "blue", "orange", "gray"]
BADGES: dict[Supplied, tuple[Colour, str]] = {
    Supplied.ON: ("green", "power"),
    Supplied.CUT: ("red", "power_off"),
    Supplied.PARTLY_CUT: ("red", "power_off"),
    Supplied.COMING_ON: ("blue", "autorenew"),
    Supplied.GOING_OFF: ("orange", "power_off"),
    Supplied.UNKNOWN: ("gray", "help"),
    Supplied.NONE: ("gray", "electric_meter"),
}


def draw_supply(points: Sequence[Point], words: Formats) -> None:
    """A badge for all of them, and the reasons below it: alike ones together, by name where they differ."""
    together = supplied_together(points)
    colour, icon = BADGES[together]
    text = _("No analyzer yet") if together is Supplied.NONE else _(SUPPLY[together])
    st.badge(text, icon=f":material/{icon}:", color=colour)
    sentences: dict[str, list[str]] = {}
    for point in points:
        sentences.setdefault(reason_for_staff(facts_of(point), words), []).append(point.name)
    for sentence, names in sentences.items():
        named = "" if len(sentences) == 1 else f"**{plain(', '.join(names))}**  \n"
        st.markdown(f"{named}:small[{plain(sentence)}]")


def facts_of(point: Point) -> SupplyFacts:
    """What the reasons are told from."""
    return SupplyFacts(
        supply=point.supply,
        reason=point.reason,
        answer=point.answer,
        answer_reason=point.answer_reason,
        until_at=point.answer_until_at,
        close_by_hand=point.wiring is Wiring.PULSE_TRIP,
        place=point.place,
    )
