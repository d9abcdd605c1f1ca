"""Losses: what came in through the incomers, where it was measured again, and what is unaccounted for."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard.charts.balance_bars import Share, balance_bars
from dashboard.charts.colours import BOTH, GENERATOR, GRID, QUIET
from dashboard.parts.chart import draw_chart
from dashboard.parts.export import draw_export
from dashboard.parts.facts import Fact, draw_facts
from dashboard.rollups.lines import Losses, losses
from dashboard.rollups.picture import Picture
from documents.formats import Formats
from prepaid.language import _
from prepaid.records import Source

COMMON = "#7c3aed"
"""For what the site uses itself."""


def draw_losses(picture: Picture, words: Formats) -> None:
    """The card; it says so where no incomer is measured. Nothing where only a part of the site was chosen."""
    if picture.site is None:
        return
    found = losses(picture.site)
    with st.container(border=True, height="stretch"):
        st.subheader(_("Losses"))
        if found.share is None:
            st.caption(_("No incomer was read in this time, so nobody knows what came in."))
            return
        draw_chart(balance_bars(_shares(found), words, alt=_alt(found, words)), "losses")
        draw_facts(_facts(found, picture, words))
        draw_export(losses_file(found), "losses")


def _shares(found: Losses) -> list[Share]:
    came_in, went = _("In"), _("Out")
    return [
        Share(came_in, _("In from the grid"), found.supplied_wh[Source.GRID], GRID),
        Share(came_in, _("In from the generator"), found.supplied_wh[Source.GENERATOR], GENERATOR),
        Share(went, _("To tenants"), sum(found.sold_wh.values()), BOTH),
        Share(went, _("To common parts"), sum(found.common_wh.values()), COMMON),
        Share(went, _("To empty units"), sum(found.vacant_wh.values()), QUIET),
        Share(went, _("Unaccounted"), found.all_unaccounted_wh, QUIET, hatched=True),
    ]


def _facts(found: Losses, picture: Picture, words: Formats) -> list[Fact]:
    """What was measured, each beside its part of all that came in; unaccounted is told even where it is negative."""
    facts = []
    for each in _shares(found):
        part = Decimal(each.wh) / found.all_supplied_wh
        if each.hatched:
            # losses are a few percent: one decimal tells them apart
            told = f"{words.energy_short(each.wh)} · {words.number(part * 100, 1)}%"
            facts.append(Fact(each.name, told, _forgone(picture, words)))
        elif each.wh:
            facts.append(Fact(each.name, f"{words.energy_short(each.wh)} · {words.share(part)}", dot=each.colour))
    return facts


def _forgone(picture: Picture, words: Formats) -> str:
    wh, times = sum(each.wh for each in picture.forgone), sum(each.times for each in picture.forgone)
    if not times:
        return _("cables, transformers, and what nobody measures")
    return _("{energy} were forgotten by analyzers at {times} restarts and never charged").format(
        energy=words.energy(wh), times=words.number(times)
    )


def _alt(found: Losses, words: Formats) -> str:
    return _("Two bars: {supplied} came in, {unaccounted} of it is unaccounted for.").format(
        supplied=words.energy(found.all_supplied_wh, 0), unaccounted=words.energy(found.all_unaccounted_wh, 0)
    )


def losses_file(found: Losses) -> pd.DataFrame:
    """Exact values for programs, a row a source."""
    return pd.DataFrame(
        [
            {
                "source": str(source),
                "supplied_kwh": Decimal(found.supplied_wh[source]).scaleb(-3),
                "tenants_kwh": Decimal(found.sold_wh[source]).scaleb(-3),
                "common_kwh": Decimal(found.common_wh[source]).scaleb(-3),
                "empty_units_kwh": Decimal(found.vacant_wh[source]).scaleb(-3),
                "unaccounted_kwh": Decimal(found.unaccounted_wh(source)).scaleb(-3),
            }
            for source in Source
        ]
    )
