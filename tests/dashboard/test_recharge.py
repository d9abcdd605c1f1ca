"""Recharge: what it brings is shown before, and it is booked once whatever is clicked."""

from decimal import Decimal
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
import streamlit as st

from dashboard.counter.customer import ACCOUNT, CHOSEN
from dashboard.counter.receipt import DONE
from dashboard.counter.sale_form import KEYS, REFERENCE, amount_key
from prepaid.forecast import Forecast
from prepaid.records import Role
from sql.allocations import Receipt
from sql.forecasts import save_forecasts
from sql.selling import Counter, Sale
from sql.tables import accounts, allocations, entries, events, users
from tests.building import Building
from tests.dashboard.pages import Pages
from tests.dashboard.recharge_page import AMOUNT, PAGE, Shop, seller, words_of
from tests.selling import sold
from tests.signed_in import signed_in


@pytest.fixture
def shop(pages: Pages) -> Shop:
    return Shop(pages)


def test_what_it_brings_is_shown_before_it_is_sold(shop: Shop) -> None:
    app = shop.chosen(30)

    shown = words_of(app)
    assert "IQD 25" in shown
    assert "IQD 5 of it pays the debt" in shown
    assert "The supply will be restored" in shown
    assert seller(app).label.replace("\u00a0", " ") == "Sell IQD 30"
    assert shop.booked() == []


def test_a_recharge_that_leaves_a_debt_lasts_for_no_time(shop: Shop) -> None:
    with shop.database.writing() as conn:
        over = Forecast(
            made_at=shop.database.now(conn),
            days_left=0.0,
            ends_at=None,
            ends_early_at=None,
            ends_late_at=None,
            generator_share=0.0,
            daily_amount=Decimal(10),
            live_balance=Decimal(-5),
            emergency_credit=Decimal(0),
        )
        save_forecasts(conn, {shop.bakery.account_id: over})

    shown = words_of(shop.chosen(3))

    assert shown.count("The credit is used up") == 2, "with it and without it"


@pytest.mark.slow
def test_too_little_for_the_debt_says_that_the_supply_stays_cut(shop: Shop) -> None:
    shown = words_of(shop.chosen(3))

    assert "All of it goes into the debt" in shown
    assert "The supply stays cut" in shown


def test_a_sale_is_booked_with_its_receipt_and_the_counter_is_free_again(shop: Shop) -> None:
    app = shop.chosen(30)
    app.text_input(key=REFERENCE).set_value("T-77")

    seller(app).click().run()

    with shop.database.reading() as conn:
        entry = conn.execute(sa.select(entries).where(entries.c.entry_no == 2)).one()
        detail = conn.execute(sa.select(allocations)).one()
        event = conn.execute(sa.select(events).where(events.c.action == "recharge.sold")).one()
        name = conn.scalar(sa.select(users.c.user_name).where(users.c.role == Role.CASHIER))
    assert (entry.amount, entry.balance_after, entry.actor) == (Decimal(30), Decimal(25), f"user:{name}")
    assert (detail.paid_by, detail.reference, detail.paid_amount, detail.paid_currency) == (
        "cash",
        "T-77",
        Decimal(30),
        "IQD",
    )
    assert event.writer == "dashboard"
    shown = words_of(app)
    assert "Booked: IQD 30 for Bakery" in shown
    assert "IQD 5 of it pays the debt" in shown
    assert f"{shop.bakery.number}/2" in shown
    assert app.selectbox(key=CHOSEN).value is None
    assert not any(button.label.startswith("Sell") for button in app.button)
    assert "Bakery" in app.dataframe[0].value.to_string()


def test_of_a_cut_tenant_the_supply_is_watched_until_it_is_proven(shop: Shop) -> None:
    app = shop.chosen(30)
    seller(app).click().run()
    waiting = words_of(app)

    shop.restored()
    app.run()

    assert "Waiting for the enforcer" in waiting
    assert "On, proven" in words_of(app)
    assert "the load is back" in words_of(app)


def test_a_second_click_with_a_spent_key_books_nothing(shop: Shop) -> None:
    """The browser sends both clicks before it has drawn the answer to the first."""
    app = shop.chosen(30)
    keys = dict(app.session_state[KEYS])
    seller(app).click().run()
    first = app.session_state[DONE].receipt

    app.session_state[KEYS] = keys  # what a resend over a new connection comes with
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()
    app.number_input(key=AMOUNT).set_value(30).run()
    seller(app).click().run()

    assert shop.booked() == [Decimal(30)]
    assert app.session_state[DONE].receipt.entry_no == first.entry_no
    assert "nothing was booked twice" in words_of(app)


def test_two_clicks_at_the_same_moment_book_once(shop: Shop) -> None:
    cashier = signed_in(shop.database, Role.CASHIER)
    sale = Sale(account_id=shop.bakery.account_id, amount=Decimal(30), currency="IQD", key="one and the same")
    receipts: list[Receipt] = []
    ready = Barrier(2)

    def click() -> None:
        ready.wait()
        receipts.append(sold(shop.database, cashier, Counter.FORM, sale))

    clicks = [Thread(target=click) for _click in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert shop.booked() == [Decimal(30)]
    assert sorted(receipt.repeated for receipt in receipts) == [False, True]
    assert len({receipt.entry_no for receipt in receipts}) == 1


@pytest.mark.slow
def test_after_a_sale_the_same_tenant_can_recharge_again(shop: Shop) -> None:
    app = shop.chosen(30)
    seller(app).click().run()
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()
    app.number_input(key=AMOUNT).set_value(30).run()

    seller(app).click().run()

    assert shop.booked() == [Decimal(30), Decimal(30)]


def test_an_amount_changed_behind_the_button_is_looked_at_again(shop: Shop) -> None:
    app = shop.chosen(30)

    app.number_input(key=AMOUNT).set_value(300)
    seller(app).click().run()

    assert shop.booked() == []
    assert "The amount was changed" in app.error[0].value
    assert seller(app).label.replace("\u00a0", " ") == "Sell IQD 300"


def test_a_tenant_changed_behind_the_button_is_looked_at_again(shop: Shop) -> None:
    florist = shop.building.tenant("Florist")
    app = shop.chosen(30)

    app.selectbox(key=CHOSEN).set_value(florist.number)
    seller(app).click().run()

    assert shop.booked() == []
    assert "The tenant was changed" in app.error[0].value
    assert app.selectbox(key=CHOSEN).value == florist.number


def test_accounts_in_another_money_have_a_field_of_their_own(shop: Shop) -> None:
    person = shop.building.tenant("Florist")
    with shop.database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == person.account_id).values(currency="kWh"))
    app = shop.chosen(30)

    app.selectbox(key=CHOSEN).set_value(person.number).run()
    app.number_input(key=amount_key(2)).set_value(12.5).run()
    seller(app).click().run()

    assert shop.booked() == [Decimal("12.5")]
    assert "Booked: 12.50 kWh for Florist" in words_of(app)


@pytest.mark.parametrize("is_known", [True, False])
def test_an_address_names_the_account(shop: Shop, is_known: bool) -> None:
    app = shop.pages.open(None, shop.pages.sign_in(Role.ADMIN)).switch_page(PAGE)
    app.query_params[ACCOUNT] = shop.bakery.number if is_known else "A-9999"

    app.run()

    assert app.session_state[CHOSEN] == (shop.bakery.number if is_known else None)
    assert ("-IQD 5" in words_of(app)) == is_known


def test_without_a_tenant_the_page_says_what_to_do(pages: Pages) -> None:
    st.cache_data.clear()
    Building(pages.database)

    app = pages.open(PAGE, pages.sign_in(Role.CASHIER))

    assert app.subheader[0].value == "No tenant yet"
    assert not app.selectbox
