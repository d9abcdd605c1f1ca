"""The first line of Consumption: energy, money, the generator's share, and the peak, beside the span before."""

import streamlit as st

from dashboard.parts.growth import Growth, growth
from dashboard.rollups.hours import peak
from dashboard.rollups.lines import change
from dashboard.rollups.picture import Picture, Sums
from documents.formats import NOTHING, Formats
from prepaid.language import _
from prepaid.units import ZERO

LEAST_CARD_PX = 160


def draw_cards(picture: Picture, words: Formats) -> None:
    """Four cards; changes compare the hours that are over with the same part of the span before."""
    before = _span_before(picture, words)
    with st.grid(4, min_column_width=LEAST_CARD_PX):
        _draw_compared(
            _("Energy"),
            words.energy_short(picture.total.wh),
            growth(change(picture.done.wh, picture.before.wh if picture.before else 0), words),
            _("Complete hours beside the same time before: {span}.").format(span=before)
            if picture.before
            else _("Nothing is known of the time before."),
        )
        _draw_compared(
            _("Money"),
            words.money_short(picture.total.amount, picture.chosen.currency),
            growth(change(picture.done.amount, picture.before.amount if picture.before else ZERO), words),
            _("What the use costs at the prices that were in force; the running hour at those in force now."),
        )
        _draw_share(picture.total, picture.before, words)
        _draw_peak(picture, words)


def _draw_compared(label: str, value: str, grown: Growth, help_text: str) -> None:
    st.metric(
        label,
        value,
        delta=grown.text,
        delta_color="gray",
        delta_arrow=grown.arrow,
        delta_description=_("vs before") if grown.text else None,
        help=help_text,
        border=True,
        height="stretch",
    )


def _draw_share(total: Sums, before: Sums | None, words: Formats) -> None:
    st.metric(
        _("From the generator"),
        words.share(total.generator_share) if total.wh else NOTHING,
        delta=words.share(before.generator_share) if before and before.wh else None,
        delta_color="gray",
        delta_arrow="off",
        delta_description=_("before") if before and before.wh else None,
        help=_("The generator's part of the energy."),
        border=True,
        height="stretch",
    )


def _draw_peak(picture: Picture, words: Formats) -> None:
    found = peak(picture.complete)
    when = None
    if found is not None:
        day = found.hour_at.astimezone(words.zone).date()
        when = f"{words.weekday(day)} {words.day(day)}, {words.time(found.hour_at)}"
    st.metric(
        _("Peak hour"),
        NOTHING if found is None else words.power(found.wh),
        delta=when,
        delta_color="gray",
        delta_arrow="off",
        help=_("The largest mean load of an hour that is over, and when that hour began."),
        border=True,
        height="stretch",
    )


def _span_before(picture: Picture, words: Formats) -> str:
    span = picture.before_span
    return _("{first} to {last}").format(first=words.instant(span.from_at), last=words.instant(span.until_at))
