"""The sale: an amount, what it brings, how it is paid, and the one button that sells."""

import re
from decimal import Decimal
from secrets import token_urlsafe

import streamlit as st

from dashboard.counter.customer import CHOSEN
from dashboard.counter.receipt import Done, forget, keep
from dashboard.house import database
from dashboard.parts.amount import amount_of
from dashboard.parts.plain import plain
from dashboard.parts.sale import draw_preview
from dashboard.parts.states import draw_empty
from dashboard.server.failures import told
from dashboard.viewing import acting, say, site
from documents.formats import KWH, Formats, decimals_of
from documents.recharge_texts import PAID_BY
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.errors.requests import PaymentUnclear, RechargeTooLarge
from prepaid.errors.start import DatabaseUnavailable
from prepaid.language import _
from prepaid.recharges import MONTH_DAYS, WEEK_DAYS, PaidBy, Preview, preview, proposed
from prepaid.requests import needs_second
from prepaid.units import ZERO
from sql.questions.customer import Counterpart
from sql.requests import Waiting
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn

AMOUNT, PAID, REFERENCE = "recharge_amount", "recharge_paid_by", "recharge_reference"
PAID_AMOUNT, PAID_CURRENCY = "recharge_paid_amount", "recharge_paid_currency"
KEYS, FAILED = "recharge_keys", "recharge_failed"
MOST_REFERENCE = 120
PAID_DECIMALS, FINEST_DECIMALS = 2, 4
CURRENCY = re.compile(r"[A-Z]{3}")


def draw_amount(found: Counterpart, person: SignedIn, words: Formats) -> None:
    """Step 2: how much; one click for what the account usually uses in a week or a month."""
    decimals = decimals_of(found.currency)
    foreseen = found.customer.foreseen
    daily = ZERO if foreseen is None else foreseen.daily_amount
    st.number_input(
        _("Amount in {currency}").format(currency=found.currency),
        min_value=0 if decimals == 0 else 0.0,
        value=None,
        step=1 if decimals == 0 else 10.0**-decimals,
        format="%d" if decimals == 0 else f"%.{decimals}f",
        key=amount_key(decimals),
        placeholder=_("Type an amount"),
    )
    with st.container(horizontal=True):
        for days, text in ((WEEK_DAYS, _("1 week · {amount}")), (MONTH_DAYS, _("1 month · {amount}"))):
            amount = proposed(daily, days, decimals, person.largest_recharge)
            if amount is not None:
                shown = words.sentence(text, amount=words.money(amount, found.currency))
                st.button(shown, key=f"recharge-{days}", on_click=_take, args=(amount, decimals))


def amount_key(decimals: int) -> str:
    """The name of the field: one that holds whole numbers is another field than one with decimals."""
    return f"{AMOUNT}_{decimals}"


def _take(amount: Decimal, decimals: int) -> None:
    st.session_state[amount_key(decimals)] = int(amount) if decimals == 0 else float(amount)


def _amount(currency: str) -> Decimal | None:
    """The amount as it stands in the field; None for nothing and for zero."""
    decimals = decimals_of(currency)
    amount = amount_of(st.session_state.get(amount_key(decimals)), decimals)
    return amount if amount is not None and amount > ZERO else None


def draw_sale(found: Counterpart | None, person: SignedIn, words: Formats) -> None:
    """Step 3: what it brings, how it was paid, and the one button that sells."""
    _draw_failure()
    if found is None:
        draw_empty(_("Who recharges?"), _("Choose a tenant; then the amount."), ":material/person_search:")
        return
    amount = _amount(found.currency)
    if amount is None:
        draw_empty(_("How much?"), _("Choose an amount; what it brings is shown here."), ":material/payments:")
        return
    try:
        if person.largest_recharge is not None and amount > person.largest_recharge:
            raise RechargeTooLarge(most=words.money(person.largest_recharge, found.currency))
        seen = preview(found.customer, amount)
    except PrepaidError as error:
        st.error(plain(told(error, person.viewer)), icon=":material/error:")
        return
    _draw_form(found, seen, words)


def _draw_form(found: Counterpart, seen: Preview, words: Formats) -> None:
    """The key is made when the form is drawn and lives until the sale is booked: a second click sends the same."""
    key = _key_of(found.account_id)
    with st.form(f"sell-{key}"):
        draw_preview(seen, found.currency, words)
        alone = not needs_second(seen.amount, found.most_alone)
        if not alone:
            st.info(_("So much is booked only when a second person has confirmed it."), icon=":material/group:")
        st.pills(
            _("How paid"),
            list(PaidBy),
            format_func=lambda each: _(PAID_BY[each]),
            default=PaidBy.CASH,
            required=True,
            key=PAID,
        )
        st.text_input(_("Reference"), max_chars=MOST_REFERENCE, key=REFERENCE, placeholder=_("Receipt or transfer no."))
        if found.currency == KWH:
            _draw_paid()
        st.form_submit_button(
            words.sentence(
                _("Sell {amount}") if alone else _("Ask a second person for {amount}"),
                amount=words.money(seen.amount, found.currency),
            ),
            key=f"submit-{key}",
            type="primary",
            icon=":material/add_card:",
            width="stretch",
            on_click=_sell,
            args=(found, seen.amount, key),
        )


def _draw_paid() -> None:
    """What was handed over for energy that is sold by the kWh."""
    usual = _usual_currency()
    decimals = max(PAID_DECIMALS, decimals_of(usual)) if usual else PAID_DECIMALS
    with st.container(horizontal=True):
        st.number_input(_("Paid amount"), min_value=0.0, value=None, format=f"%.{decimals}f", key=PAID_AMOUNT)
        st.text_input(_("Paid in"), usual, max_chars=3, key=PAID_CURRENCY)


def _usual_currency() -> str:
    """The money of the site; empty where the site itself counts in kWh."""
    return "" if site().currency == KWH else site().currency


def _key_of(account_id: int) -> str:
    """One key for each account until a sale to it succeeds: whatever went wrong before, it is booked once."""
    keys: dict[int, str] = st.session_state.setdefault(KEYS, {})
    return keys.setdefault(account_id, token_urlsafe(16))


@acting(Right.SELL)
def _sell(person: SignedIn, found: Counterpart, amount: Decimal, key: str) -> None:
    """Sells what was shown. A second click comes when its key is spent; a tenant or an amount that was changed behind
    the button is looked at again first."""
    if st.session_state[KEYS].get(found.account_id) != key:
        return
    st.session_state.pop(FAILED, None)
    if st.session_state.get(CHOSEN) != found.number:
        _fail(_("The tenant was changed. Look at what it brings, then sell again."))
        return
    if _amount(found.currency) != amount:
        _fail(_("The amount was changed. Look at what it brings, then sell again."))
        return
    try:
        paid_amount, paid_currency = _paid(found, amount)
        sale = Sale(
            account_id=found.account_id,
            amount=amount,
            currency=found.currency,
            key=key,
            paid_amount=paid_amount,
            paid_currency=paid_currency,
            paid_by=st.session_state.get(PAID),
            reference=(st.session_state.get(REFERENCE) or "").strip()[:MOST_REFERENCE] or None,
        )
        booked = sell(database(), person, Counter.FORM, sale)
    except DatabaseUnavailable as error:
        again = _("Sell again: whatever has become of it, it is booked once.")
        _fail(f"{told(error, person.viewer)} {again}")
        return
    except PrepaidError as error:
        _fail(told(error, person.viewer))
        return
    if isinstance(booked, Waiting):
        forget()
        say(_("Not booked yet: it waits for a second person."), icon=":material/hourglass_top:")
    else:
        keep(Done.of(booked, found))
    st.session_state[KEYS].pop(found.account_id, None)
    for field in (CHOSEN, amount_key(decimals_of(found.currency))):
        st.session_state[field] = None
    st.session_state[REFERENCE] = ""


def _paid(found: Counterpart, amount: Decimal) -> tuple[Decimal | None, str | None]:
    """What was handed over: the amount itself, but for energy that was sold by the kWh. Raises PaymentUnclear."""
    if found.currency != KWH:
        return amount, found.currency
    held = amount_of(st.session_state.get(PAID_AMOUNT), FINEST_DECIMALS) or ZERO
    currency = (st.session_state.get(PAID_CURRENCY) or "").strip().upper()
    if held == ZERO:
        if currency not in ("", _usual_currency()):
            raise PaymentUnclear(why=_("the amount is missing"))
        return None, None
    if not CURRENCY.fullmatch(currency):
        raise PaymentUnclear(why=_("the currency is missing; it has three letters, like USD"))
    paid = round(held, decimals_of(currency))
    if paid != held:
        raise PaymentUnclear(why=_("the amount has too many decimals for {currency}").format(currency=currency))
    return paid, currency


def _fail(sentence: str) -> None:
    """Keeps why nothing was sold, with the account that is chosen."""
    st.session_state[FAILED] = (st.session_state.get(CHOSEN), sentence)


def _draw_failure() -> None:
    """Why nothing was sold, until another customer stands at the counter."""
    number, sentence = st.session_state.get(FAILED, (None, None))
    if st.session_state.get(CHOSEN) not in (None, number):
        st.session_state.pop(FAILED, None)
    elif sentence:
        st.error(plain(sentence), icon=":material/error:")
