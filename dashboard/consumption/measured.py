"""The measured load: what was drawn quarter by quarter, from raw readings of the database and of the archive."""

from datetime import timedelta
from time import monotonic

import pandas as pd
import streamlit as st

from dashboard.asked.measured_load import measured
from dashboard.charts.load_band import Part, load_band
from dashboard.charts.times import bucket_names, bucket_ticks
from dashboard.parts.chart import draw_chart
from dashboard.parts.export import draw_export
from dashboard.rollups.loads import LoadPart, load_parts, peak_quarter
from dashboard.rollups.picture import Picture
from documents.formats import Formats
from prepaid.access import Viewer
from prepaid.language import _
from sql.questions.measured_load import QUARTER, MeasuredLoad

PATIENCE_S = 0.7
DAYS_NAMED = 5


def draw_measured(viewer: Viewer, picture: Picture, words: Formats) -> None:
    """The card; raw readings are many, so they are asked for only when somebody wants them."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(_("Measured load"), width="content")
            wanted = st.toggle(_("From raw readings"), key="raw", bind="query-params")
        if not wanted:
            st.caption(_("How the load went quarter by quarter. A long span of a large site takes a while."))
            return
        found = _asked(viewer, picture, words)
        _draw_unreadable(found, words)
        if not found.quarters:
            st.caption(_("There are no raw readings of this time."))
            return
        _draw_parts(found, picture, words)
        draw_export(lambda: quarters_file(found, words), f"load-{picture.span.from_at.astimezone(words.zone):%Y-%m-%d}")


def _asked(viewer: Viewer, picture: Picture, words: Formats) -> MeasuredLoad:
    place, begun_s = st.empty(), monotonic()

    def told(share: float) -> None:
        if monotonic() - begun_s > PATIENCE_S:
            place.progress(share, text=_("Reading the archive…"))

    found = measured(viewer, picture.chosen, picture.span, words.zone, told)
    place.empty()
    return found


def _draw_parts(found: MeasuredLoad, picture: Picture, words: Formats) -> None:
    parts = load_parts(found.quarters, picture.edges)
    names = bucket_names(picture.edges, picture.bucket, words)
    ticks = bucket_ticks(picture.edges, picture.bucket, words)
    drawn = [part and Part(*part) for part in parts]
    draw_chart(load_band(drawn, names, ticks, words, alt=_alt(parts, words)), "measured")
    st.caption(_note(found, words))


def _alt(parts: list[LoadPart | None], words: Formats) -> str:
    known = [part for part in parts if part is not None]
    return _("The measured load: from {least} to {most}.").format(
        least=words.power(min(part.least_w for part in known)), most=words.power(max(part.most_w for part in known))
    )


def _note(found: MeasuredLoad, words: Formats) -> str:
    peak = peak_quarter(found.quarters)
    assert peak is not None, "asked for where something was read"
    told = [
        words.sentence(
            _(
                "The line is the mean, the band reaches from the least to the most quarter of an hour, "
                "which was {power} from {time} on."
            ),
            power=words.power(peak.power_w),
            time=words.instant(peak.at),
        )
    ]
    if found.looked_at_s < QUARTER.total_seconds():
        looked = words.duration(timedelta(seconds=found.looked_at_s))
        text = _("Of days that are not archived yet the first {looked} of each quarter are read.")
        told.append(words.sentence(text, looked=looked))
    return " ".join(told)


def _draw_unreadable(found: MeasuredLoad, words: Formats) -> None:
    """Some days are in files that are missing or broken; they are left out, and so is nothing else."""
    if not found.unreadable:
        return
    days = ", ".join(words.date(day) for day in found.unreadable[:DAYS_NAMED])
    if len(found.unreadable) > DAYS_NAMED:
        days = _("{days} and {number} more").format(days=days, number=words.number(len(found.unreadable) - DAYS_NAMED))
    st.warning(
        words.sentence(
            _(
                "Days that are in missing or broken files of the archive are left out: {days}. Energy and money above "
                "do not need them. An administrator puts the files back from a backup of that folder."
            ),
            days=days,
        ),
        icon=":material/folder_off:",
    )


def quarters_file(found: MeasuredLoad, words: Formats) -> pd.DataFrame:
    """The quarters for programs; instants as the site's wall clock shows them, with their offset."""
    return pd.DataFrame(
        {
            "from": [each.at.astimezone(words.zone).isoformat() for each in found.quarters],
            "power_w": [round(each.power_w, 1) for each in found.quarters],
            "analyzers": [each.analyzers for each in found.quarters],
        }
    )
