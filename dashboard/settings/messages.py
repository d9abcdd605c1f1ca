"""Messages of the site as they are sent now: by which server, what waits, what failed, and how they are bounded."""

from datetime import datetime

import streamlit as st

from dashboard.house import database, settings
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.parts.quiet_hours import hours_words
from dashboard.settings.message_dialog import draw_test_button
from dashboard.viewing import formats, signed_in
from documents.formats import NOTHING, Formats
from prepaid.access import Right
from prepaid.language import _
from prepaid.settings import SiteSettings, Smtp
from sql.questions.health_messages import MessagesHealth, messages_health
from sql.sites import load_settings


def draw_messages(site_id: int) -> None:
    """The outbox of the site and its settings; for administrators a test."""
    words, person = formats(), signed_in()
    with database().reading() as conn:
        now = database().now(conn)
        outbox = messages_health(conn, person.viewer, site_id, now)
        chosen = load_settings(conn, site_id)
    st.subheader(_("Messages"))
    st.caption(_("Warnings to tenants and alarms to administrators, by mail and by channels."))
    draw_facts([_of_server(settings().smtp), *_of_outbox(outbox, now, words), *_of_settings(chosen, words)])
    if outbox.error:
        st.warning(plain(outbox.error), icon=":material/mail_off:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if person.viewer.may(Right.ADMINISTER):
            draw_test_button(site_id)
        st.page_link("admin/health.py", label=_("Health"), icon=":material/ecg_heart:")
        st.page_link("admin/alerts.py", label=_("Alerts and events"), icon=":material/notifications:")


def _of_server(smtp: Smtp) -> Fact:
    if smtp.server is None:
        return Fact(_("Mail server"), _("not set"), _("Mails wait. Set SMTP_SERVER in .env."))
    return Fact(_("Mail server"), f"{smtp.server}:{smtp.port}", str(smtp.security).upper())


def _of_outbox(outbox: MessagesHealth, now: datetime, words: Formats) -> list[Fact]:
    oldest = "" if outbox.oldest_at is None else words.near(outbox.oldest_at, now)
    return [
        Fact(_("Last one sent"), NOTHING if outbox.sent_at is None else words.near(outbox.sent_at, now)),
        Fact(
            _("Waiting"),
            words.number(outbox.waiting),
            oldest and words.sentence(_("the oldest since {instant}"), instant=oldest),
        ),
        Fact(_("Not delivered, 24 hours"), words.number(outbox.failed)),
    ]


def _of_settings(chosen: SiteSettings, words: Formats) -> list[Fact]:
    bound = _("no bound")
    if chosen.mails_per_minute is not None:
        bound = words.number(chosen.mails_per_minute)
    many = words.sentence(
        _("more than {number} within {seconds} s"),
        number=words.number(chosen.digest_above),
        seconds=words.number(chosen.digest_within_s),
    )
    return [
        Fact(_("Quiet hours"), hours_words(chosen.quiet, words)),
        Fact(_("One mail for several alarms"), many),
        Fact(_("Mails in a minute, at most"), bound),
    ]
