"""What the dialogs that book have in common: the effect in numbers first, then one button with a key of its own."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from secrets import token_urlsafe

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.parts.sale import draw_sentences
from dashboard.viewing import formats, say
from documents.recharge_texts import effect_sentences
from prepaid.bookings import LONGEST_REASON
from prepaid.effects import effects
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.standing import Point, Standing
from prepaid.tenancy import Policy
from prepaid.units import add, negative

KEYS, SHOWN = "booking_keys", "booking_shown"


def draw_reason(act: str) -> str:
    """The field for the reason, which becomes the note of the entry and is read by the tenant."""
    return (
        st.text_input(_("Reason"), max_chars=LONGEST_REASON, key=f"{act}-reason", help=_("The tenant reads it, too"))
        or ""
    )


def draw_nothing_yet() -> None:
    """What stands in place of the effect and its button while a field is empty."""
    st.caption(_("What it does to the balance is shown here, before anything is booked."))


def draw_effect(standing: Standing, amount: Decimal) -> None:
    """What an entry does to an account as it stands."""
    policy = Policy(
        stage=standing.stage,
        emergency_credit=standing.emergency_credit,
        restore_threshold=standing.restore_threshold,
        exempt=standing.exempt,
    )
    draw_change(standing.live, amount, standing.currency, standing.points, policy, standing.provisional)


def draw_change(
    live: Decimal, amount: Decimal, currency: str, points: Sequence[Point], policy: Policy, provisional: Decimal
) -> None:
    """The balance before and after, and what becomes of the supplies: they depend on the `provisional` use too."""
    words, after = formats(), add(live, amount)
    draw_facts(
        [
            Fact(_("Balance before"), words.money(live, currency)),
            Fact(_("This entry"), words.money(amount, currency)),
            Fact(_("Balance after"), words.money(after, currency)),
        ]
    )
    draw_sentences(effect_sentences(effects(points, add(after, negative(provisional)), policy), currency, words))


def draw_button(label: str, act: str, about: int, shown: tuple[object, ...], book: Callable[[str], object]) -> None:
    """Books what was shown; `about` is the id of the account, or of what else the act is about.

    The key is made when the form is drawn and lives until it is booked: a second click sends the same. What was
    changed behind the button is looked at again first.
    """
    place = f"{act}:{about}"
    seen: dict[str, tuple[object, ...]] = st.session_state.setdefault(SHOWN, {})
    before, seen[place] = seen.get(place), shown
    if not st.button(label, type="primary", width="stretch", key=f"{act}-book"):
        return
    if before != shown:
        st.warning(_("Something was changed. Look at what it brings, then book it."), icon=":material/warning:")
        return
    keys: dict[str, str] = st.session_state.setdefault(KEYS, {})
    try:
        book(keys.setdefault(place, token_urlsafe(16)))
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    keys.pop(place)
    asked.rows.clear()
    say(_("Booked."))
    st.rerun()
