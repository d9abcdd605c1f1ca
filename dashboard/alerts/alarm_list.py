"""Alarms that somebody must look at: what happened, since when, and a button for who has seen it."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.asked.overview import forget_alarms
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.viewing import acting, say
from documents.alert_sentences import AlertFacts, for_staff, why
from documents.formats import Formats
from prepaid.access import Right
from prepaid.alerts import until_told
from prepaid.language import _
from sql.acknowledging import acknowledge
from sql.questions.alerts import AlertRow
from sql.sessions import SignedIn


def draw_alarms(alarms: Sequence[AlertRow], site: str, now: datetime, words: Formats, *, may_acknowledge: bool) -> None:
    """The alarms in the order they come in; without any a line that says so."""
    if not alarms:
        st.caption(_("No open alarms."))
        return
    for alarm in alarms:
        with st.container(border=True, gap="xsmall", key=f"alarm-{alarm.alert_id}"):
            _draw_alarm(alarm, site, now, words, may_acknowledge=may_acknowledge)


def facts_of(alert: AlertRow, site: str) -> AlertFacts:
    """What the sentences about an alert are made of."""
    return AlertFacts(
        kind=alert.kind,
        site=site,
        tenant=alert.tenant or "",
        unit=alert.unit or "",
        account=alert.account_number or "",
        analyzer=alert.analyzer or "",
        until=until_told(alert.details),
        details=alert.details,
    )


def draw_acknowledge(alert: AlertRow) -> None:
    """The button that notes who has seen an alert."""
    st.button(
        _("Acknowledge"),
        key=f"acknowledge-{alert.alert_id}",
        icon=":material/check:",
        on_click=_acknowledge,
        args=(alert.alert_id,),
    )


def seen_by(alert: AlertRow, words: Formats) -> str:
    """Who has seen it and when; empty while nobody has."""
    if alert.acknowledged_at is None:
        return ""
    return words.sentence(
        _("Acknowledged by {name}, {instant}"),
        name=words.name(alert.acknowledged_by or ""),
        instant=words.instant(alert.acknowledged_at),
    )


def _draw_alarm(alarm: AlertRow, site: str, now: datetime, words: Formats, *, may_acknowledge: bool) -> None:
    facts = facts_of(alarm, site)
    text = for_staff(facts, words)
    seen = seen_by(alarm, words)
    st.markdown(f"**{plain(text.subject)}**")
    since = words.sentence(_("Since {instant}"), instant=words.near(alarm.raised_at, now))
    st.caption(plain(" · ".join(part for part in (since, why(facts), seen) if part)))
    st.markdown(f":small[{plain(text.advice)}]")
    if may_acknowledge and not seen:
        draw_acknowledge(alarm)


@acting(Right.ACKNOWLEDGE)
def _acknowledge(person: SignedIn, alert_id: int) -> None:
    done = acknowledge(database(), person, alert_id)
    forget_alarms()
    say(_("Acknowledged.") if done else _("Somebody had acknowledged it before you."))
