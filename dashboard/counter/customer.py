"""Who recharges: found in a list of all tenants, shown as the account stands now."""

from collections.abc import Mapping

import streamlit as st

from dashboard.parts.facts import FROM_NEAR, draw_number
from dashboard.parts.supply import draw_supply
from documents.formats import Formats
from documents.standing_texts import lasts, left_words
from prepaid.forecast import present
from prepaid.language import _
from sql.questions.customer import Counterpart
from sql.questions.tenants import TenantRow

ACCOUNT = "account"
"""The name of the account's number in the address."""
CHOSEN = "recharge_account"


def draw_choice(rows: Mapping[str, TenantRow]) -> TenantRow | None:
    """Step 1: who it is for, found by name, unit or number. The address names the account, whatever it is called in
    the list."""
    if CHOSEN not in st.session_state:
        named = st.query_params.get(ACCOUNT)
        st.session_state[CHOSEN] = named if named in rows else None
    number = st.selectbox(
        _("Tenant"),
        list(rows),
        index=None,
        format_func=lambda each: _label(rows[each]) if each in rows else each,
        placeholder=_("Search by name, unit or account"),
        key=CHOSEN,
    )
    row = None if number is None else rows.get(number)
    if row is None:
        st.query_params.pop(ACCOUNT, None)
    else:
        st.query_params[ACCOUNT] = row.number
    return row


def _label(row: TenantRow) -> str:
    return " · ".join(part for part in (row.name, row.unit, row.number) if part)


def draw_customer(found: Counterpart, words: Formats) -> None:
    """How the account stands now."""
    customer = found.customer
    with st.container(border=True):
        until, band = lasts(present(customer.foreseen, customer.live, customer.at), words)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            left = left_words(customer.live, found.currency, words)
            with st.container(width="content"):
                draw_number(words.money(customer.live, found.currency), left, size=FROM_NEAR)
            if until:
                st.markdown(f"**{until}**" + (f"  \n:small[{band}]" if band else ""), width="content")
        draw_supply(customer.points, words)
