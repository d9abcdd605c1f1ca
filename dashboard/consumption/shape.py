"""The shape of the load: at which hours of the day, and for how long."""

from datetime import datetime

import streamlit as st

from dashboard.charts.heat import heat_map
from dashboard.charts.load_duration import Point, load_duration
from dashboard.charts.times import bucket_names, bucket_ticks
from dashboard.parts.chart import draw_chart
from dashboard.rollups.hours import HOURS_A_DAY, duration, heat
from dashboard.rollups.picture import Picture
from documents.formats import Formats
from prepaid.language import _
from prepaid.spans import DAY, DAYS_UP_TO, Bucket, Span, edges, midnight

HOURS_AT_LEAST = 2 * HOURS_A_DAY
"""Fewer hours have no shape."""
WEEKS_SHOWN_UP_TO = 730 * DAY
HEAT_TICKS = 5


def draw_shape(picture: Picture, words: Formats) -> None:
    """Two cards side by side; nothing while too few hours are over."""
    if len(picture.complete) < HOURS_AT_LEAST:
        return
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _draw_heat(picture, words)
    with right.container(border=True, height="stretch"):
        _draw_duration(picture, words)


def _draw_heat(picture: Picture, words: Formats) -> None:
    bucket = _heat_bucket(_known(picture))
    bounds = edges(_known(picture), bucket, picture.zone)
    rows = heat(picture.complete, bounds, picture.zone)
    hours = [words.time(datetime(2026, 1, 1, hour, tzinfo=words.zone)) for hour in range(HOURS_A_DAY)]
    titles = {
        Bucket.DAY: _("Hour of the day, day by day"),
        Bucket.WEEK: _("Hour of the day, week by week"),
        Bucket.MONTH: _("Hour of the day, month by month"),
    }
    means = [sum(known) / len(known) if (known := [wh for wh in row if wh is not None]) else 0 for row in rows]
    said = _("Most is used in the hour from {most}, least in the hour from {least}.").format(
        most=hours[means.index(max(means))], least=hours[means.index(min(means))]
    )
    st.subheader(titles[bucket])
    names, ticks = bucket_names(bounds, bucket, words), bucket_ticks(bounds, bucket, words, HEAT_TICKS)
    draw_chart(heat_map(rows, names, ticks, hours, words, alt=said), "heat")
    st.caption(said)


def _draw_duration(picture: Picture, words: Formats) -> None:
    curve = duration(picture.complete)
    points = [Point(*each) for each in zip(curve["power_w"], curve["share"], curve["hours"], strict=True)]
    st.subheader(_("Load duration"))
    half = next(point for point in points if point.share >= 0.5)
    chart = load_duration(
        points,
        words,
        alt=_(
            "Falling curve of the load: at most {peak}, half of the time at least {half}, always at least {base}."
        ).format(
            peak=words.power(points[0].power_w),
            half=words.power(half.power_w),
            base=words.power(points[-1].power_w),
        ),
    )
    draw_chart(chart, "duration")
    st.caption(
        _("Peak {peak}, half of the time at least {half}, always at least {base}.").format(
            peak=words.power(points[0].power_w),
            half=words.power(half.power_w),
            base=words.power(points[-1].power_w),
        )
    )


def _known(picture: Picture) -> Span:
    """The span from the day on in which anything was used first."""
    first = picture.complete.index[0].to_pydatetime().astimezone(picture.zone).date()
    return Span(max(picture.span.from_at, midnight(first, picture.zone)), picture.span.until_at)


def _heat_bucket(span: Span) -> Bucket:
    if span.length <= DAYS_UP_TO:
        return Bucket.DAY
    return Bucket.WEEK if span.length <= WEEKS_SHOWN_UP_TO else Bucket.MONTH
