"""Use over time: bars of both sources in energy or money, and the same as a table."""

from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.source_bars import Bar, source_bars
from dashboard.charts.times import bucket_names, bucket_ticks
from dashboard.parts.chart import draw_chart
from dashboard.parts.export import draw_export
from dashboard.rollups.picture import Picture
from documents.formats import Formats, decimals_of
from prepaid.language import _
from prepaid.units import add, to_text

ROWS_SHOWN_HIGH = 12
TABLE_PX = 420


def draw_time(picture: Picture, words: Formats, *, in_money: bool) -> None:
    """The card with the bars; what is hatched or pale in it is told below."""
    names = bucket_names(picture.edges, picture.bucket, words)
    with st.container(border=True):
        st.subheader(_("Use over time"))
        bars = [
            _bar(row, name, picture.chosen.currency, words, in_money=in_money)
            for row, name in zip(picture.buckets.itertuples(), names, strict=True)
        ]
        ticks = bucket_ticks(picture.edges, picture.bucket, words)
        unit = picture.chosen.currency if in_money else "kWh"
        draw_chart(source_bars(bars, ticks, words, unit=unit, alt=_alt(picture, names, words)), "time")
        if picture.buckets["spread"].any():
            st.caption(_("Hatched: partly inside a silence of an analyzer, divided by time; the sum is exact."))
        _draw_table(picture, names, words)


def _bar(row: Any, name: str, currency: str, words: Formats, *, in_money: bool) -> Bar:
    if in_money:
        grid, generator = row.grid_amount, row.generator_amount
        texts = [words.money(amount, currency) for amount in (grid, generator, add(grid, generator))]
        return Bar(name, float(grid), float(generator), texts[0], texts[1], texts[2], row.running, row.spread)
    texts = [words.energy(wh) for wh in (row.grid_wh, row.generator_wh, row.grid_wh + row.generator_wh)]
    grid_kwh, generator_kwh = row.grid_wh / 1000, row.generator_wh / 1000
    return Bar(name, grid_kwh, generator_kwh, texts[0], texts[1], texts[2], row.running, row.spread)


def _alt(picture: Picture, names: list[str], words: Formats) -> str:
    return _("Bars of the use from {first} to {last}, grid and generator: {energy}, {money} in all.").format(
        first=names[0],
        last=names[-1],
        energy=words.energy(picture.total.wh),
        money=words.money(picture.total.amount, picture.chosen.currency),
    )


def _draw_table(picture: Picture, names: list[str], words: Formats) -> None:
    currency = picture.chosen.currency
    buckets = picture.buckets
    money = f"%,.{decimals_of(currency)}f"
    with st.expander(_("Table"), icon=":material/table_rows:"):
        st.dataframe(
            pd.DataFrame(
                {
                    "when": names,
                    "grid": buckets["grid_wh"] / 1000,
                    "generator": buckets["generator_wh"] / 1000,
                    "both": (buckets["grid_wh"] + buckets["generator_wh"]) / 1000,
                    "money": [float(add(*pair)) for pair in _amounts(buckets)],
                    "remark": [_remark(*marks) for marks in zip(buckets["running"], buckets["spread"], strict=True)],
                }
            ),
            hide_index=True,
            height="content" if len(names) <= ROWS_SHOWN_HIGH else TABLE_PX,
            column_config={
                "when": st.column_config.TextColumn(_("From"), pinned=True),
                "grid": st.column_config.NumberColumn(_("Grid, kWh"), format="%,.2f"),
                "generator": st.column_config.NumberColumn(_("Generator, kWh"), format="%,.2f"),
                "both": st.column_config.NumberColumn(_("Together, kWh"), format="%,.2f"),
                "money": st.column_config.NumberColumn(_("Cost, {currency}").format(currency=currency), format=money),
                "remark": st.column_config.TextColumn(_("Remark")),
            },
            alt=_("Use in each part of the span"),
        )
        draw_export(time_file(picture, words), f"use-{picture.span.from_at.astimezone(words.zone):%Y-%m-%d}")


def time_file(picture: Picture, words: Formats) -> pd.DataFrame:
    """Exact values for programs; instants as the site's wall clock shows them, with their offset."""
    buckets = picture.buckets
    return pd.DataFrame(
        {
            "from": [each.to_pydatetime().astimezone(words.zone).isoformat() for each in buckets["from_at"]],
            "until": [each.to_pydatetime().astimezone(words.zone).isoformat() for each in buckets["until_at"]],
            "grid_kwh": [Decimal(wh).scaleb(-3) for wh in buckets["grid_wh"]],
            "generator_kwh": [Decimal(wh).scaleb(-3) for wh in buckets["generator_wh"]],
            "grid_amount": [to_text(amount) for amount in buckets["grid_amount"]],
            "generator_amount": [to_text(amount) for amount in buckets["generator_amount"]],
            "currency": picture.chosen.currency,
            "running": buckets["running"],
            "spread": buckets["spread"],
        }
    )


def _amounts(buckets: pd.DataFrame) -> list[tuple[Decimal, Decimal]]:
    return list(zip(buckets["grid_amount"], buckets["generator_amount"], strict=True))


def _remark(running: bool, spread: bool) -> str:
    remarks = [_("not complete yet")] if running else []
    return ", ".join([*remarks, _("divided by time")] if spread else remarks)
