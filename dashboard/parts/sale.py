"""A sale at the counter: what it would bring, and how the supply came back after it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import streamlit as st

from dashboard.parts.facts import Fact, draw_facts, draw_number
from dashboard.parts.plain import plain
from documents.formats import Formats
from documents.recharge_texts import Tone, debt_words, effect_sentences
from documents.standing_texts import lasts
from prepaid.forecast import Outlook
from prepaid.language import _, later
from prepaid.recharges import Preview
from prepaid.switching import Evidence
from sql.questions.restoring import Restoring, Step

Colour = Literal["blue", "green", "orange", "red", "gray"]
STEPS: dict[Step, tuple[str, Colour, str]] = {
    Step.WAITING: ("schedule", "blue", later("Waiting for the enforcer")),
    Step.RELEASED: ("autorenew", "blue", later("Released, waiting for the device")),
    Step.CONFIRMED: ("power", "green", later("On, confirmed")),
    Step.PROVEN: ("verified", "green", later("On, proven")),
    Step.ON: ("power", "green", later("On")),
    Step.BY_HAND: ("back_hand", "orange", later("Released: close the breaker by hand")),
    Step.LOCKED: ("lock", "red", later("Kept off by a safety lock")),
    Step.NOT_SWITCHED: ("electric_meter", "gray", later("Metered only")),
}
PROOFS = {
    Evidence.FEEDBACK: later("the feedback contact shows it"),
    Evidence.VOLTAGE: later("the voltage is back"),
    Evidence.CURRENT: later("the load is back"),
    Evidence.NO_LOAD: later("no load to see yet"),
}


def draw_preview(found: Preview, currency: str, words: Formats) -> None:
    """The new balance, how long it lasts, and what becomes of the supply."""
    draw_number(words.money(found.balance_after, currency), _("new balance"))
    after, band = _lasts(found.after, words)
    facts = [
        Fact(_("Balance now"), words.money(found.balance_before, currency)),
        Fact(
            _("Recharge"),
            words.money(found.amount, currency),
            debt_words(found.repaid, found.amount, currency, words),
        ),
        Fact(_("With it"), after, band),
    ]
    if found.before is not None:
        before, _band = _lasts(found.before, words)
        facts.append(Fact(_("Without it"), before))
    draw_facts(facts)
    draw_sentences(effect_sentences(found.effects, currency, words))


def _lasts(outlook: Outlook | None, words: Formats) -> tuple[str, str]:
    """Until when the credit lasts, and its band; that it is over where even a recharge leaves a debt."""
    until, band = lasts(outlook, words)
    return until or _("The credit is used up"), band


def draw_sentences(sentences: Sequence[tuple[Tone, str]]) -> None:
    """Each sentence in the tone it has."""
    for tone, sentence in sentences:
        if tone is Tone.GOOD:
            st.success(plain(sentence), icon=":material/power:")
        elif tone is Tone.WARNING:
            st.warning(plain(sentence), icon=":material/warning:")
        else:
            st.info(plain(sentence), icon=":material/info:")


def draw_restoring(supplies: Sequence[Restoring], since_at: datetime, words: Formats) -> None:
    """How far each supply has come back since the recharge, told from the device's own answers."""
    for supply in supplies:
        icon, colour, text = STEPS[supply.step]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(_(text), icon=f":material/{icon}:", color=colour)
            st.markdown(f"**{plain(supply.name)}**", width="content")
            st.caption(plain(_remark(supply, since_at, words)), width="content")


def _remark(supply: Restoring, since_at: datetime, words: Formats) -> str:
    """When it happened, by what it is proven, or what stands in the way."""
    if supply.confirmed_at is not None and supply.step in (Step.CONFIRMED, Step.PROVEN):
        after = words.duration(supply.confirmed_at - since_at)
        said = words.sentence(_("{duration} after the recharge"), duration=after)
        return f"{said}, {_(PROOFS[supply.evidence])}" if supply.evidence in PROOFS else said
    if supply.error and supply.step in (Step.WAITING, Step.RELEASED):
        return words.sentence(_("tried {number} times: {why}"), number=str(supply.tries), why=supply.error)
    return ""
