"""Which tenant is open: a number in the address of the page, so that it can be sent to a colleague."""

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.viewing import acting, site_id
from prepaid.access import Right
from sql.sessions import SignedIn

OPEN = "tenant"
LONGEST = 12


def opened() -> int | None:
    """The tenant in the address; None: the list."""
    found = st.query_params.get(OPEN, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) <= LONGEST else None


@acting(Right.SEE_BALANCES)
def open_clicked(person: SignedIn, clicked: str) -> None:
    """Opens the tenant whose name was clicked in the table; names are unique in a site, places in it change."""
    name = st.session_state[clicked].label
    for row in asked.rows(person.viewer, site_id()):
        if row.name == name:
            open_tenant(row.tenant_id)
            return


def open_tenant(tenant_id: int) -> None:
    """Goes to that tenant."""
    st.query_params[OPEN] = str(tenant_id)


def close() -> None:
    """Goes back to the list."""
    st.query_params.pop(OPEN, None)
