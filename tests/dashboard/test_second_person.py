"""What waits for a second person on the page Recharge: confirmed, refused or withdrawn in a dialog, by who may."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.counter.customer import CHOSEN
from dashboard.counter.receipt import DONE
from dashboard.counter.sale_form import KEYS, amount_key
from dashboard.counter.waiting import draw_confirming, draw_refusing, draw_withdrawing
from prepaid.access import Right
from prepaid.records import Role
from prepaid.requests import RequestState
from sql.connection import Database
from sql.requests import Waiting
from sql.second_persons import confirm, refuse
from sql.selling import Counter, Sale, sell
from sql.tables import allocations, requests, sessions, users
from tests.building import Building
from tests.dashboard.dialogs import THROWN_OUT, dialog
from tests.dashboard.pages import Pages
from tests.dashboard.recharge_page import PAGE, words_of
from tests.signed_in import signed_in

AMOUNT = amount_key(0)


class Counters:
    """A bakery at a site where 1 000 is the most for one person, and what Sara asked for."""

    def __init__(self, pages: Pages) -> None:
        st.cache_data.clear()
        self.pages = pages
        self.database: Database = pages.database
        self.building = Building(pages.database, values={"largest_recharge_alone": "1000"})
        self.bakery = self.building.tenant("Bakery", opening="-5")
        self.sara = signed_in(self.database, Role.CASHIER, site_id=self.building.site_id, display_name="Sara")

    def ask(self, key: str = "one") -> int:
        wanted = Sale(account_id=self.bakery.account_id, amount=Decimal(5000), currency="IQD", key=key, paid_by="cash")
        waiting = sell(self.database, self.sara, Counter.FORM, wanted)
        assert isinstance(waiting, Waiting)
        return waiting.request_id

    def page(self, token: str | None = None) -> AppTest:
        return self.pages.open(PAGE, token or self.pages.sign_in(Role.CASHIER, site_id=self.building.site_id))

    def token_of_sara(self) -> str:
        with self.database.writing() as conn:
            return self.pages.again(conn, self.sara.user_id)

    def dialog(self, draw: Callable[[int], None], request_id: int, token: str | None = None) -> AppTest:
        holder = token or self.pages.sign_in(Role.CASHIER, site_id=self.building.site_id, display_name="Omar")
        return dialog(holder, Right.SELL, lambda: draw(request_id))

    def booked(self) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(sa.select(allocations)))

    def state(self) -> RequestState:
        with self.database.reading() as conn:
            return RequestState(conn.execute(sa.select(requests.c.state)).scalar_one())


@pytest.fixture
def counters(pages: Pages) -> Counters:
    return Counters(pages)


def labels(app: AppTest) -> list[str]:
    return [button.label.replace("\u00a0", " ") for button in app.button]


def test_the_form_says_before_that_a_second_person_is_asked_and_then_that_it_waits(counters: Counters) -> None:
    app = counters.page(counters.token_of_sara())
    app.selectbox(key=CHOSEN).set_value(counters.bakery.number).run()
    app.number_input(key=AMOUNT).set_value(1000).run()
    alone = labels(app)
    app.number_input(key=AMOUNT).set_value(5000).run()
    before = words_of(app)

    next(button for button in app.button if button.label.startswith("Ask a second person")).click().run()

    assert "Sell IQD 1,000" in alone
    assert "booked only when a second person has confirmed it" in before
    assert [each.value for each in app.toast] == ["Not booked yet: it waits for a second person."]
    assert "Not booked yet: a second person may confirm it until" in words_of(app)
    assert counters.booked() == []
    assert DONE not in app.session_state
    assert app.session_state[KEYS] == {}


def test_others_are_offered_to_confirm_and_who_asked_to_withdraw(counters: Counters) -> None:
    counters.ask()

    others, mine = counters.page(), counters.page(counters.token_of_sara())

    assert {"Confirm", "Refuse"} <= set(labels(others))
    assert "Withdraw" not in labels(others)
    assert "Withdraw" in labels(mine)
    assert not {"Confirm", "Refuse"} & set(labels(mine))
    assert "Sara asked on" in words_of(others)


def test_without_anything_that_waits_nothing_is_said(counters: Counters) -> None:
    assert "Waiting for a second person" not in words_of(counters.page())


@pytest.mark.parametrize("act", ["confirm", "refuse", "withdraw"])
def test_each_button_opens_its_dialog(counters: Counters, act: str) -> None:
    number = counters.ask()
    app = counters.page(counters.token_of_sara() if act == "withdraw" else None)

    app.button(key=f"request-{act}-{number}").click().run()

    assert f"request-{act}" in [button.key for button in app.button]


def test_the_second_person_sees_what_it_brings_and_books_it(counters: Counters) -> None:
    app = counters.dialog(draw_confirming, counters.ask())
    shown = words_of(app)

    app.button(key="request-confirm").click().run()

    (row,) = counters.booked()
    assert "IQD 4,995" in shown
    assert "Sara asked on" in shown
    assert (row.amount, row.user_id) == (Decimal(5000), counters.sara.user_id)
    assert app.session_state[DONE].receipt.confirmed_by == "Omar"


def test_the_receipt_on_the_page_names_both(counters: Counters) -> None:
    number = counters.ask()
    app = counters.page(counters.pages.sign_in(Role.CASHIER, display_name="Omar"))
    app.button(key=f"request-confirm-{number}").click().run()
    done = counters.dialog(draw_confirming, number)
    done.button(key="request-confirm").click().run()

    app.session_state[DONE] = done.session_state[DONE]
    app.run()

    assert "Sold by Sara, confirmed by Omar" in words_of(app)


def test_a_refusal_tells_its_reason_to_the_one_who_asked(counters: Counters) -> None:
    app = counters.dialog(draw_refusing, counters.ask())
    app.button(key="request-refuse").click().run()
    without = words_of(app)
    app.text_input(key="request-reason").set_value("not paid").run()

    app.button(key="request-refuse").click().run()

    assert "A reason is missing" in without
    assert counters.state() is RequestState.REFUSED
    assert "Refused by Omar: not paid" in words_of(counters.page(counters.token_of_sara()))


def test_who_asked_withdraws_it(counters: Counters) -> None:
    app = counters.dialog(draw_withdrawing, counters.ask(), counters.token_of_sara())

    app.button(key="request-withdraw").click().run()

    assert counters.state() is RequestState.WITHDRAWN
    assert counters.booked() == []


def test_the_dialog_of_what_is_over_says_so(counters: Counters) -> None:
    number = counters.ask()
    refuse(counters.database, signed_in(counters.database, Role.ADMIN), number, "no")

    for draw in (draw_confirming, draw_refusing):
        app = counters.dialog(draw, number)

        assert "it is refused" in words_of(app)
        assert not app.button


def test_the_own_request_is_not_offered_to_be_confirmed_by_a_forged_dialog(counters: Counters) -> None:
    app = counters.dialog(draw_confirming, counters.ask(), counters.token_of_sara())

    assert "You asked for this yourself" in words_of(app)
    assert not app.button


def test_somebody_who_was_quicker_is_told(counters: Counters) -> None:
    number = counters.ask()
    app = counters.dialog(draw_confirming, number)
    confirm(counters.database, signed_in(counters.database, Role.ADMIN), number)

    app.button(key="request-confirm").click().run()

    assert len(counters.booked()) == 1
    assert "it is confirmed" in words_of(app)


def test_nobody_acts_in_an_open_dialog_after_the_session_has_ended(counters: Counters) -> None:
    app = counters.dialog(draw_confirming, counters.ask())
    with counters.database.writing() as conn:
        conn.execute(sessions.update().values(ended_at=counters.database.now(conn)))

    app.button(key="request-confirm").click().run()

    assert [each.value for each in app.title] == [THROWN_OUT]
    assert counters.booked() == []


def test_who_has_just_lost_the_right_confirms_nothing(counters: Counters) -> None:
    app = counters.dialog(draw_confirming, counters.ask())
    with counters.database.writing() as conn:
        conn.execute(users.update().values(role=Role.MANAGER))

    app.button(key="request-confirm").click().run()

    assert [each.value for each in app.title] == [THROWN_OUT]
    assert counters.state() is RequestState.WAITING
