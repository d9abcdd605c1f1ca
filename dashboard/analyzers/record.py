"""What is on record about the supply of one analyzer: changes with their evidence, wishes, locks."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard.asked.analyzers import changes_now, line_now, locks_of_analyzer, wishes_now
from dashboard.parts.plain import plain
from dashboard.parts.states import draw_empty
from dashboard.parts.steps import draw_steps
from dashboard.viewing import formats, live
from documents.analyzer_texts import PROGRESS, proof_words
from documents.formats import NOTHING, Formats
from documents.parameter_texts import CURRENT
from documents.reasons import reason_words
from documents.wish_texts import KINDS, STATES, change_steps
from prepaid.access import Right
from prepaid.language import _
from prepaid.supply import Answer
from prepaid.switching import Progress
from sql.questions.analyzer_evidence import SupplyChange
from sql.questions.wishes import Lock, WishLine

EVERY_S = 10.0
SHOWN_AT_ONCE = 5


@live(EVERY_S, Right.SEE_SITE)
def draw_supply_record(analyzer_id: int) -> None:
    """Changes of the supply, newest first, then what people asked for."""
    _line, now = line_now(analyzer_id)
    words = formats()
    changes, wishes, locks = changes_now(analyzer_id), wishes_now(analyzer_id), locks_of_analyzer(analyzer_id)
    if not changes:
        draw_empty(
            _("No change of supply yet"),
            _("When it is cut or restored, each step stands here with what proved it."),
            ":material/power:",
        )
    for change in changes[:SHOWN_AT_ONCE]:
        _draw_change(change, now, words)
    if len(changes) > SHOWN_AT_ONCE:
        with st.expander(_("{number} older changes").format(number=len(changes) - SHOWN_AT_ONCE)):
            for change in changes[SHOWN_AT_ONCE:]:
                _draw_change(change, now, words)
    if wishes:
        st.subheader(_("Wishes"))
        st.dataframe(_wish_table(wishes, words), hide_index=True, key="wishes", alt=_("Wishes, newest first"))
    if locks:
        st.subheader(_("Safety locks"))
        st.dataframe(_lock_table(locks, words), hide_index=True, key="locks", alt=_("Safety locks, newest first"))


def _draw_change(change: SupplyChange, now: datetime, words: Formats) -> None:
    with st.container(border=True):
        title = _("Cut") if change.wanted is Answer.CUT else _("Switched on")
        st.markdown(f"**{title}** · {reason_words(change.reason)} · {words.instant(change.decided_at)}")
        draw_steps(change_steps(change.course, now, words, is_open=change.ended_at is None), _("Steps of the change"))
        st.caption(plain(" · ".join(_facts(change, words))))


def _facts(change: SupplyChange, words: Formats) -> list[str]:
    """What it rests on: the balance at the decision, the load before and after, how often it was tried."""
    facts = [words.sentence(_("Live balance {money}"), money=words.money(change.live_balance, change.currency))]
    if change.confirmed_at is not None:
        facts.append(proof_words(change.evidence))
    elif change.progress is Progress.SUPERSEDED:
        facts.append(_(PROGRESS[change.progress]))
    if change.current_before_a is not None and change.current_after_a is not None:
        before, after = (CURRENT.with_unit(value, words) for value in (change.current_before_a, change.current_after_a))
        facts.append(words.sentence(_("current {before} before, {after} after"), before=before, after=after))
    if change.tries:
        facts.append(_("{number} failed tries").format(number=change.tries))
    if change.error:
        facts.append(change.error)
    return facts


def _wish_table(wishes: Sequence[WishLine], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Wish"): [_(KINDS[wish.kind]) for wish in wishes],
            _("State"): [_(STATES[wish.state]) for wish in wishes],
            _("Asked"): [words.instant(wish.course.asked_at) for wish in wishes],
            _("By"): [wish.asked_by for wish in wishes],
            _("Reason"): [wish.reason for wish in wishes],
            _("Until"): [words.instant(wish.until_at) for wish in wishes],
            _("Ended"): [NOTHING if wish.ended_at is None else words.instant(wish.ended_at) for wish in wishes],
            _("Ended by"): [wish.ended_by or NOTHING for wish in wishes],
        }
    )


def _lock_table(locks: Sequence[Lock], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Owner"): [lock.owner for lock in locks],
            _("Phone"): [lock.phone for lock in locks],
            _("Reason"): [lock.reason for lock in locks],
            _("Placed"): [words.instant(lock.placed_at) for lock in locks],
            _("Taken away"): [NOTHING if lock.removed_at is None else words.instant(lock.removed_at) for lock in locks],
            _("By"): [lock.removed_by or NOTHING for lock in locks],
        }
    )
