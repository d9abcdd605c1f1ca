"""What is looked for among alerts and events; all of it is kept in the address of the page."""

from datetime import datetime, timedelta
from enum import StrEnum

import streamlit as st

from documents.alert_names import NAMES
from documents.event_texts import subject_words
from prepaid.alerts import AlertKind
from prepaid.language import _, later
from sql.questions.alerts import ALARM_KINDS, AlertFilter
from sql.questions.events import EventFilter

SEARCH_PX, LIST_PX = 280, 200
MOST_TEXT = 60
TEXT, KINDS, OPEN_ONLY, SPAN = "alert_search", "alert_kinds", "alert_open", "alert_span"
WHAT, WHO, EVENT_SPAN, SUBJECT = "event_what", "event_who", "event_span", "subject"


class Back(StrEnum):
    """How far back a list reaches."""

    DAY = "1d"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"


SPANS = {
    Back.DAY: (later("24 hours"), timedelta(days=1)),
    Back.WEEK: (later("7 days"), timedelta(days=7)),
    Back.MONTH: (later("30 days"), timedelta(days=30)),
    Back.ALL: (later("All"), None),
}
SUBJECTS = {
    "recharge": later("Recharges"),
    "supply": later("Supplies switched"),
    "wish": later("Wishes"),
    "lock": later("Safety locks"),
    "alert": later("Alerts"),
    "metering": later("Metering"),
    "analyzer": later("Devices"),
    "assignment": later("Assignments"),
    "account": later("Accounts"),
    "tenant": later("Tenants"),
    "contact": later("Contacts"),
    "price": later("Prices"),
    "user": later("Users"),
    "session": later("Sign-ins"),
    "password": later("Passwords"),
    "enforcer": later("Enforcer"),
}
"""The beginnings of actions, as people call what they are about."""


def draw_alert_filter(now: datetime) -> AlertFilter:
    """Search, kinds, open ones only, how far back."""
    with st.container(horizontal=True, vertical_alignment="center", key="alert-filter"):
        text = st.text_input(
            _("Search"),
            key=TEXT,
            bind="query-params",
            type="search",
            live=True,
            max_chars=MOST_TEXT,
            placeholder=_("Tenant, unit, account or analyzer"),
            label_visibility="collapsed",
            icon=":material/search:",
            width=SEARCH_PX,
        )
        back = _draw_span(SPAN)
        open_only = st.toggle(_("Open alarms only"), key=OPEN_ONLY, bind="query-params")
        with st.popover(_("Kinds"), icon=":material/filter_list:"):
            offered = ALARM_KINDS if open_only else tuple(AlertKind)
            kinds = st.pills(
                _("Kinds"),
                offered,
                selection_mode="multi",
                format_func=lambda each: _(NAMES[each]),
                key=KINDS,
                bind="query-params",
                label_visibility="collapsed",
            )
    return AlertFilter(kinds=tuple(kinds), open_only=open_only, text=text or "", from_at=_from(back, now))


def draw_event_filter(site_id: int, now: datetime, subject_name: str | None) -> EventFilter:
    """What it is about, who did it, how far back; a subject comes with the address of the page only."""
    with st.container(horizontal=True, vertical_alignment="center", key="event-filter"):
        who = st.text_input(
            _("Who"),
            key=WHO,
            bind="query-params",
            type="search",
            live=True,
            max_chars=MOST_TEXT,
            placeholder=_("User name"),
            label_visibility="collapsed",
            icon=":material/person_search:",
            width=LIST_PX,
        )
        what = st.selectbox(
            _("What"),
            list(SUBJECTS),
            index=None,
            format_func=lambda each: _(SUBJECTS[each]),
            placeholder=_("Everything"),
            key=WHAT,
            bind="query-params",
            label_visibility="collapsed",
            width=LIST_PX,
        )
        back = _draw_span(EVENT_SPAN)
        subject = st.query_params.get(SUBJECT) or None
        if subject is not None:
            name = subject_words(subject, subject_name)
            st.button(name, icon=":material/close:", help=_("Show everybody's"), key="all-subjects", on_click=_forget)
    return EventFilter(
        site_id=site_id,
        action=None if what is None else f"{what}.",
        actor=_actor(who or ""),
        subject=subject,
        from_at=_from(back, now),
    )


def _draw_span(key: str) -> Back:
    chosen = st.segmented_control(
        _("How far back"),
        list(SPANS),
        format_func=lambda each: _(SPANS[each][0]),
        default=Back.MONTH,
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )
    return Back(chosen or Back.MONTH)


def _from(back: Back, now: datetime) -> datetime | None:
    """Where the list begins, by the minute, so that who asks twice asks the same."""
    reach = SPANS[back][1]
    return None if reach is None else now.replace(second=0, microsecond=0) - reach


def _actor(who: str) -> str | None:
    name = who.strip().casefold()
    if not name:
        return None
    return name if name in ("enforcer", "watchdog") else f"user:{name}"


def _forget() -> None:
    st.query_params.pop(SUBJECT, None)
