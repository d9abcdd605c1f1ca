"""One alert in full: what happened, what follows, what to do, who was told, and who has seen it."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.alerts.alarm_list import draw_acknowledge, facts_of, seen_by
from dashboard.asked.health import Picture
from dashboard.asked.health import picture as asked
from dashboard.health.troubles import tries
from dashboard.house import database
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.parts.told import told_fact
from dashboard.viewing import acting, formats, signed_in, site
from documents.alert_sentences import for_staff, why, would_have_told
from documents.formats import Formats
from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.language import _
from sql.questions.alerts import AlertPicture, AlertRow, alert_picture
from sql.sessions import SignedIn

OPEN = "alert"
LONGEST = 12
CARD_PX = 760


def opened() -> int | None:
    """The alert in the address of the page, so that it can be sent to a colleague; None: no one."""
    found = st.query_params.get(OPEN, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) <= LONGEST else None


@acting(Right.SEE_SITE)
def open_clicked(_person: SignedIn, clicked: str, alert_ids: Sequence[int]) -> None:
    """Opens the alert in the row that was clicked."""
    row = st.session_state[clicked].row
    if 0 <= row < len(alert_ids):
        st.query_params[OPEN] = str(alert_ids[row])


def draw_alert(alert_id: int) -> None:
    """The alert as a card that can be closed."""
    person, here, words = signed_in(), site(), formats()
    try:
        with database().reading() as conn:
            picture = alert_picture(conn, person.viewer, here.site_id, alert_id)
    except NotFound as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return
    alert, facts = picture.alert, facts_of(picture.alert, here.name)
    text = for_staff(facts, words)
    with st.container(border=True, width=CARD_PX, key="alert"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False):
            st.subheader(plain(text.subject))
            st.button("", icon=":material/close:", help=_("Close"), key="close-alert", type="tertiary", on_click=_close)
        st.markdown(plain(text.happened) + (f" {plain(why(facts))}" if why(facts) else ""))
        st.markdown(plain(text.next))
        if alert.would_tell is not None:
            st.info(would_have_told(alert.would_tell), icon=":material/visibility:")
        st.info(plain(text.advice), icon=":material/lightbulb:")
        draw_facts(_facts(picture, asked(person.viewer, here.site_id), words))
        with st.container(horizontal=True, vertical_alignment="center"):
            if alert.acknowledged_at is None and alert.would_tell is None and person.viewer.may(Right.ACKNOWLEDGE):
                draw_acknowledge(alert)
            _draw_links(alert)


def _draw_links(alert: AlertRow) -> None:
    """To whom it is about."""
    if alert.analyzer_id is not None:
        st.page_link(
            "admin/analyzers.py",
            label=_("Analyzer"),
            icon=":material/electric_meter:",
            query_params={"analyzer": str(alert.analyzer_id)},
        )
    if alert.tenant_id is not None:
        st.page_link(
            "admin/tenants.py",
            label=_("Tenant"),
            icon=":material/groups:",
            query_params={"tenant": str(alert.tenant_id)},
        )


def _facts(picture: AlertPicture, found: Picture, words: Formats) -> list[Fact]:
    alert = picture.alert
    facts = [Fact(_("Raised"), words.instant(alert.raised_at), _open_for(alert, found.enforcer.at, words))]
    if alert.open and tries(alert, found, words):
        facts.append(Fact(_("Tried"), tries(alert, found, words)))
    if alert.ended_at is not None:
        facts.append(Fact(_("Over"), words.instant(alert.ended_at)))
    if seen_by(alert, words):
        facts.append(Fact(_("Seen"), seen_by(alert, words)))
    if alert.tenant:
        facts.append(Fact(_("Tenant"), words.name(alert.tenant), words.name(alert.unit or "")))
    if alert.account_number:
        facts.append(Fact(_("Account"), words.name(alert.account_number)))
    if alert.analyzer:
        facts.append(Fact(_("Analyzer"), words.name(alert.analyzer)))
    if not picture.told and alert.would_tell is None:
        facts.append(Fact(_("Messages"), _("nobody was written to")))
    return [*facts, *(told_fact(told, found.enforcer.at, words) for told in picture.told)]


def _open_for(alert: AlertRow, now: datetime, words: Formats) -> str:
    if not alert.open:
        return ""
    return words.sentence(_("open for {duration}"), duration=words.duration(now - alert.raised_at))


def _close() -> None:
    st.query_params.pop(OPEN, None)
