"""What was told, as rows that fit a phone: what and when, the sentence of then, and each way with its outcome."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st
from markupsafe import Markup

from dashboard.parts.entry_list import LINE, ROW
from dashboard.parts.facts import QUIET
from dashboard.parts.told import told_line
from documents.alert_names import alert_name
from documents.alert_sentences import AlertFacts, for_tenant
from documents.formats import Formats
from prepaid.language import _
from sql.questions.alerts import AlertPicture


def draw_told_list(rows: Sequence[tuple[AlertFacts, AlertPicture]], now: datetime, words: Formats) -> None:
    """The alerts in the order they come in."""
    items = Markup("").join(_item(facts, picture, now, words) for facts, picture in rows)
    st.html(Markup('<ul style="list-style:none;margin:0;padding:0">{}</ul>').format(items))


def _item(facts: AlertFacts, picture: AlertPicture, now: datetime, words: Formats) -> Markup:
    lines = [told_line(told, now, words) for told in picture.told] or [_("Nobody was written to.")]
    return Markup(
        '<li style="{row}"><div style="{line}"><div style="font-weight:600">{kind}</div>'
        '<div style="text-align:end;white-space:nowrap;{quiet}">{when}</div></div>'
        '<div style="margin:.15rem 0">{sentence}</div><div style="overflow-wrap:anywhere;{quiet}">{told}</div></li>'
    ).format(
        row=ROW,
        line=LINE,
        quiet=QUIET,
        kind=alert_name(facts.kind),
        when=words.near(picture.alert.raised_at, now),
        sentence=for_tenant(facts, words).happened,
        told=Markup("").join(Markup("<div>{}</div>").format(line) for line in lines),
    )
