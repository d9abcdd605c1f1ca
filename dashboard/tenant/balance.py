"""Balance: how much is left, until when it lasts, whether the supply is on, from which source and at which price."""

from datetime import timedelta
from typing import Literal

import streamlit as st

from dashboard.charts.colours import OF_SOURCE
from dashboard.parts.account_choice import own_picture
from dashboard.parts.facts import Fact, draw_facts, draw_number
from dashboard.parts.plain import plain
from dashboard.parts.sheet import sheet
from dashboard.parts.states import draw_empty, draw_stale
from dashboard.viewing import formats, live, need
from documents.formats import NOTHING, Formats
from documents.standing_texts import (
    SOURCES,
    advice,
    age,
    lasts,
    left_words,
    price_change,
    supply_headline,
    supply_sentences,
)
from prepaid.access import Right
from prepaid.language import _
from prepaid.records import SOURCES as ALL_SOURCES
from prepaid.standing import Standing, Supplied, TenantPicture
from prepaid.units import ZERO

EVERY_S = 5.0
ONE_CARD_PX, CARDS_PX, LEAST_CARD_PX = 560, 1100, 320
Colour = Literal["red", "blue", "green", "gray"]
BADGES: dict[Supplied, tuple[Colour, str]] = {
    Supplied.ON: ("green", "power"),
    Supplied.CUT: ("red", "power_off"),
    Supplied.PARTLY_CUT: ("red", "power_off"),
    Supplied.COMING_ON: ("blue", "autorenew"),
    Supplied.GOING_OFF: ("red", "power_off"),
    Supplied.UNKNOWN: ("gray", "help"),
    Supplied.NONE: ("gray", "help"),
}

WRONG = {Supplied.CUT, Supplied.PARTLY_CUT, Supplied.GOING_OFF}


@live(EVERY_S, Right.SEE_OWN)
def draw_balance() -> None:
    picture = own_picture()
    words = formats()
    if not picture.accounts:
        draw_empty(_("No account yet"), _("Ask the staff of the site to open one for you."))
        return
    several = len(picture.accounts) > 1
    with st.grid(2 if several else 1, min_column_width=LEAST_CARD_PX):
        for standing in picture.accounts:
            with st.container(border=True, key=f"account-{standing.account_id}"):
                _draw_account(standing, picture, words, named=several)


def _draw_account(standing: Standing, picture: TenantPicture, words: Formats, *, named: bool) -> None:
    if named:
        st.subheader(_("Account {number}").format(number=plain(standing.number)), anchor=False)
    colour, icon = BADGES[standing.supplied]
    st.badge(supply_headline(standing, words), icon=f":material/{icon}:", color=colour)
    draw_number(words.money(standing.live, standing.currency), left_words(standing.live, standing.currency, words))
    _draw_what_to_do(standing, picture, words)
    until, band = lasts(standing.outlook, words)
    if until and standing.left > ZERO:
        st.markdown(f"**{until}**" + (f"  \n:small[{band}]" if band else ""))
    fresh = not standing.silent(picture.at, timedelta(seconds=picture.stale_after_s))
    draw_facts(_facts(standing, words, fresh=fresh))


def _draw_what_to_do(standing: Standing, picture: TenantPicture, words: Formats) -> None:
    """Only what is not as it should be, the gravest first."""
    for names, sentence in supply_sentences(standing, words):
        shown = f"**{plain(names)}**  \n{plain(sentence)}" if names else plain(sentence)
        if standing.supplied in WRONG:
            st.error(shown, icon=":material/power_off:")
        else:
            st.info(shown, icon=":material/info:")
    low = advice(standing)
    if low:
        st.warning(low, icon=":material/battery_alert:")
    old = age(standing, picture.at, timedelta(seconds=picture.stale_after_s), words)
    if old and standing.points:
        draw_stale(plain(old))


def _facts(standing: Standing, words: Formats, *, fresh: bool) -> list[Fact]:
    power_w = standing.power_w if fresh else None
    today, yesterday = standing.today, standing.yesterday
    facts = [
        *_price_facts(standing, words),
        Fact(_("Power now"), NOTHING if power_w is None else words.power(power_w)),
        Fact(_("Used today"), words.energy(today.wh), words.money(today.amount, standing.currency)),
        Fact(_("Used yesterday"), words.energy(yesterday.wh), words.money(yesterday.amount, standing.currency)),
    ]
    if standing.last_recharge is not None and standing.last_recharge_at is not None:
        when = words.date(standing.last_recharge_at.astimezone(words.zone).date())
        facts.append(Fact(_("Last recharge"), words.money(standing.last_recharge, standing.currency), when))
    if standing.provisional > ZERO:
        counted = words.money(-standing.provisional, standing.currency)
        facts.append(Fact(_("Probably used"), counted, _("by a meter that is being checked; not charged")))
    if standing.emergency_credit > ZERO:
        limit = words.money(-standing.emergency_credit, standing.currency)
        facts.append(Fact(_("Emergency credit"), limit, _("down to here the supply stays on")))
    return facts


def _price_facts(standing: Standing, words: Formats) -> list[Fact]:
    """The source now with its price, the other one's price, and the changes that are known."""
    now = standing.source
    facts = []
    for source in sorted(ALL_SOURCES, key=lambda each: each is not now):
        line = standing.prices[source]
        price = NOTHING if line.price_per_kwh is None else words.price(line.price_per_kwh, standing.currency)
        name = _(SOURCES[source])
        label = _("{source} now").format(source=name) if source is now else name
        facts.append(Fact(label, price, price_change(line, standing.currency, words), OF_SOURCE[source]))
    return facts


need(Right.SEE_OWN)
with sheet(_("Balance"), CARDS_PX if len(own_picture().accounts) > 1 else ONE_CARD_PX):
    draw_balance()
