"""The tenants that run out of credit next, a line each; its name leads to the tenant."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.parts.plain import plain
from documents.formats import Formats
from prepaid.alerts import Level
from prepaid.forecast import MOST_DAYS
from prepaid.language import _
from sql.questions.running_out import RunningOut

Colour = Literal["red", "orange", "yellow", "gray"]
TENANT_PAGE, TENANT = "admin/tenants.py", "tenant"
FIGURES_PX = 300
MINUTE = timedelta(minutes=1)
COLOURS: dict[Level, Colour] = {Level.EXHAUSTED: "red", Level.CRITICAL: "orange", Level.LOW: "yellow"}


def draw_running_out(accounts: Sequence[RunningOut], now: datetime, words: Formats) -> None:
    """The accounts in the order they come in, the most urgent first; on a phone each takes two lines."""
    if not accounts:
        st.caption(_("No tenant can run out of credit: no account is in use yet."))
        return
    with st.container(gap=None, key="running-out"):
        for place, each in enumerate(accounts):
            with _line(f"runs-out-{place}"):
                st.page_link(TENANT_PAGE, label=plain(each.tenant), query_params={TENANT: str(each.tenant_id)})
                with _line(f"runs-out-figures-{place}", width=FIGURES_PX):
                    st.badge(_lasts(each, now, words), color=_colour(each))
                    left = plain(words.money(each.live, each.currency))
                    st.markdown(f":small[{left}]", width="content")


def _line(key: str, width: int | Literal["stretch"] = "stretch") -> DeltaGenerator:
    return st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        gap="xsmall",
        width=width,
        key=key,
    )


def _colour(account: RunningOut) -> Colour:
    return "red" if account.cut_analyzers else COLOURS.get(account.level, "gray")


def _lasts(account: RunningOut, now: datetime, words: Formats) -> str:
    """How long the credit lasts; of those that are cut, since when. Who has none left may be kept on by a rule."""
    if account.cut_since_at is not None:
        since = _since(account.cut_since_at, now, words)
        partly = account.cut_analyzers < account.analyzers
        return words.sentence(_("partly cut since {since}") if partly else _("cut since {since}"), since=since)
    if account.level is Level.EXHAUSTED or account.days_left == 0:
        return _("credit used up")
    if account.days_left is None:
        return _("not known yet")
    if account.days_left >= MOST_DAYS:
        return _("more than a year")
    left = timedelta(days=account.days_left)
    return words.duration(left - left % MINUTE if left > MINUTE else left)


def _since(instant: datetime, now: datetime, words: Formats) -> str:
    """The time where it was today, else the day: there is little room."""
    day = instant.astimezone(words.zone).date()
    return words.time(instant) if day == now.astimezone(words.zone).date() else words.day(day)
