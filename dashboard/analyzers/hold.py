"""The billing hold of one analyzer: since when, why, which counters are not believed, what comes next, and the wish."""

from datetime import datetime
from decimal import Decimal
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.analyzers.acting import do
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.analyzer_texts import HOLDS
from documents.formats import NOTHING, Formats
from documents.hold_texts import hold_next_words, release_words
from documents.standing_texts import SOURCES
from prepaid.access import Right
from prepaid.holds import OpenHold
from prepaid.language import _
from prepaid.records import SOURCES as BOTH
from prepaid.records import Source
from prepaid.wishes import LONGEST_REASON
from sql.questions.analyzer_hold import open_hold
from sql.releases import ask_release

WH = 1000


def draw_open_hold(analyzer_id: int) -> None:
    """The hold that holds now; nothing where there is none."""
    person, words = signed_in(), formats()
    found, now = _asked(analyzer_id)
    if found is None:
        return
    with st.container(border=True, key="open-hold"):
        st.subheader(_("Billing on hold"))
        since = _("Since {instant}: {cause}")
        cause = _(HOLDS[found.cause])
        st.warning(words.sentence(since, instant=words.instant(found.began_at), cause=cause), icon=":material/pause:")
        st.dataframe(_counter_table(found, words), hide_index=True, key="held", alt=_("Counters of the hold"))
        for sentence in hold_next_words(found, now, words):
            st.markdown(plain(sentence))
        if found.release is not None:
            st.info(plain(release_words(found.release, words)), icon=":material/hourglass_top:")
        if person.viewer.may(Right.ASK_ENFORCER) and st.button(
            _("Release the hold"), icon=":material/play_circle:", key="act-release"
        ):
            open_dialog(_("Release the hold"), Right.ASK_ENFORCER, partial(draw_release, analyzer_id))


def draw_release(analyzer_id: int) -> None:
    """The form of the wish: the counters as they are, or those that a person names."""
    person, words = signed_in(), formats()
    found, _now = _asked(analyzer_id)
    if found is None:
        st.info(_("The hold has ended."), icon=":material/info:")
        return
    st.warning(
        _("A new base is opened. What was used and is not on the counters is charged only by an entry of a person."),
        icon=":material/info:",
    )
    with st.form("form-release", border=False):
        st.markdown(_("From which counter does it go on? Left empty: from where it is now."))
        named = {source: _counter_input(found, source, words) for source in BOTH if source in found.counters}
        example = _("For example: the device was exchanged for repair and its counter set anew")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example)
        if st.form_submit_button(_("Release the hold"), type="primary", width="stretch"):
            grid_wh, generator_wh = named.get(Source.GRID), named.get(Source.GENERATOR)
            do(
                lambda: ask_release(database(), person, analyzer_id, reason, grid_wh, generator_wh),
                _("Asked. The enforcer releases it with two readings that agree."),
            )


def _asked(analyzer_id: int) -> tuple[OpenHold | None, datetime]:
    with database().reading() as conn:
        now = database().now(conn)
        return open_hold(conn, signed_in().viewer, analyzer_id, now), now


def _counter_input(found: OpenHold, source: Source, words: Formats) -> int | None:
    shown_wh = found.counters[source].shown_wh
    label = words.sentence(_("Counter of the {source}, kWh"), source=_(SOURCES[source]).lower())
    kwh = st.number_input(
        label,
        value=None,
        min_value=0.0,
        step=0.001,
        format="%.3f",
        key=f"release-{source}",
        placeholder=NOTHING if shown_wh is None else words.energy(shown_wh, 3),
    )
    return None if kwh is None else int(Decimal(str(kwh)) * WH)


def _counter_table(found: OpenHold, words: Formats) -> pd.DataFrame:
    rows = [(source, found.counters[source]) for source in BOTH if source in found.counters]
    return pd.DataFrame(
        {
            _("Source"): [_(SOURCES[source]) for source, _each in rows],
            _("Last accepted"): [words.energy(each.accepted_wh, 3) for _source, each in rows],
            _("Accepted at"): [words.instant(each.accepted_at) for _source, each in rows],
            _("When the hold began"): [_wh(each.suspect_wh, words) for _source, each in rows],
            _("Shown now"): [_wh(each.shown_wh, words) for _source, each in rows],
        }
    )


def _wh(wh: int | None, words: Formats) -> str:
    return NOTHING if wh is None else words.energy(wh, 3)
