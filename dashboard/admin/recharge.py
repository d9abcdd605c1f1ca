"""Recharge: choose the tenant and the amount, sell; what it brings stands there before, the receipt behind it."""

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.counter.customer import draw_choice, draw_customer
from dashboard.counter.receipt import draw_done
from dashboard.counter.sale_form import draw_amount, draw_sale
from dashboard.counter.waiting import draw_waiting, open_chosen
from dashboard.house import database
from dashboard.parts.sold_today import draw_sold_today
from dashboard.parts.states import draw_empty
from dashboard.viewing import formats, need, site_id
from documents.formats import Formats
from prepaid.access import Right, Viewer
from prepaid.language import _
from prepaid.spans import midnight
from sql.questions.customer import Counterpart, counterpart, sold_by
from sql.sessions import SignedIn


def draw_recharge(person: SignedIn) -> None:
    """The counter: the receipt of the last sale, what waits, the next customer, and what was sold today."""
    words = formats()
    rows = {row.number: row for row in asked.rows(person.viewer, site_id())}
    if not rows:
        draw_empty(_("No tenant yet"), _("An administrator adds tenants on the page Tenants. Then you can sell here."))
        return
    draw_done(words)
    draw_waiting()
    open_chosen()
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = draw_choice(rows)
        found = None if chosen is None else _customer(person.viewer, chosen.account_id)
        if found is not None:
            draw_customer(found, words)
            draw_amount(found, person, words)
    with right:
        draw_sale(found, person, words)
    _draw_today(person, words)


def _customer(viewer: Viewer, account_id: int) -> Counterpart:
    with database().reading() as conn:
        return counterpart(conn, viewer, account_id, database().now(conn))


def _draw_today(person: SignedIn, words: Formats) -> None:
    """What this person has sold since midnight."""
    with database().reading() as conn:
        today = database().now(conn).astimezone(words.zone).date()
        sold = sold_by(conn, person, site_id(), midnight(today, words.zone))
    draw_sold_today(sold, words)


seller = need(Right.SELL)
st.title(_("Recharge"))
draw_recharge(seller)
