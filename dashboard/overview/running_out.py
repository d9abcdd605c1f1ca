"""The tenants that run out of credit next, as a table; a click on a row opens the tenant."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.viewing import acting
from documents.formats import Formats
from prepaid.access import Right
from prepaid.alerts import Level
from prepaid.forecast import MOST_DAYS
from prepaid.language import _
from sql.questions.running_out import RunningOut
from sql.sessions import SignedIn

TENANT_PAGE, TENANT = "admin/tenants.py", "tenant"
CLICKED, OPEN = "running_out_clicked", "running_out_open"
ROW_PX = 36
MINUTE = timedelta(minutes=1)
RED, ORANGE, YELLOW, GRAY = "red", "orange", "yellow", "gray"
COLOURS = {Level.EXHAUSTED: RED, Level.CRITICAL: ORANGE, Level.LOW: YELLOW}


def draw_running_out(accounts: Sequence[RunningOut], now: datetime, words: Formats) -> None:
    """The accounts in the order they come in, the most urgent first."""
    if not accounts:
        st.caption(_("No tenant can run out of credit: no account is in use yet."))
        return
    lasts = [_lasts(each, now, words) for each in accounts]
    colours = {text: _colour(each) for each, text in zip(accounts, lasts, strict=True)}
    _open_clicked(accounts)
    table = pd.DataFrame(
        {
            "tenant": [each.tenant for each in accounts],
            "lasts": [[text] for text in lasts],
            "balance": [words.money(each.live, each.currency) for each in accounts],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height=(len(accounts) + 1) * ROW_PX + 2,
        row_height=ROW_PX,
        column_config={
            "tenant": st.column_config.ButtonColumn(
                _("Tenant"),
                type="tertiary",
                alignment="left",
                pinned=True,
                width=150,
                on_click=_remember,
                key=CLICKED,
            ),
            "lasts": st.column_config.MultiselectColumn(
                _("Lasts"), options=list(colours), color=list(colours.values()), width=150
            ),
            "balance": st.column_config.TextColumn(_("Balance"), alignment="right"),
        },
        key="running-out",
        alt=_("Tenants that run out of credit next"),
    )


@acting(Right.SEE_SITE)
def _remember(_person: SignedIn) -> None:
    st.session_state[OPEN] = st.session_state[CLICKED].label


def _open_clicked(accounts: Sequence[RunningOut]) -> None:
    """Goes to the tenant whose name was clicked; names are unique in a site, places in the table change."""
    name = st.session_state.pop(OPEN, None)
    for each in accounts:
        if each.tenant == name:
            st.switch_page(TENANT_PAGE, query_params={TENANT: str(each.tenant_id)})


def _colour(account: RunningOut) -> str:
    return RED if account.cut_analyzers else COLOURS.get(account.level, GRAY)


def _lasts(account: RunningOut, now: datetime, words: Formats) -> str:
    """How long the credit lasts; of those that are cut, since when."""
    if account.cut_since_at is not None:
        since = _since(account.cut_since_at, now, words)
        partly = account.cut_analyzers < account.analyzers
        return words.sentence(_("partly cut since {since}") if partly else _("cut since {since}"), since=since)
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
