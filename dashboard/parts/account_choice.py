"""A tenant's own accounts, and which of them a page is about."""

import streamlit as st

from dashboard.house import database
from dashboard.viewing import signed_in, site_id
from prepaid.language import _
from prepaid.standing import Standing, TenantPicture
from sql.questions.account import tenant_picture

ACCOUNT = "account"
"""The name of the account's number in the address."""


def own_picture() -> TenantPicture:
    """The signed-in tenant with all open accounts, as they stand now."""
    viewer = signed_in().viewer
    assert viewer.tenant_id is not None, "who sees their own rows is a tenant"
    with database().reading() as conn:
        return tenant_picture(conn, viewer, site_id(), viewer.tenant_id, database().now(conn))


def draw_account_choice(picture: TenantPicture) -> Standing | None:
    """The account that the page is about, to be chosen where there are several; None where there is none."""
    if len(picture.accounts) <= 1:
        return next(iter(picture.accounts), None)
    numbers = [standing.number for standing in picture.accounts]
    chosen = st.selectbox(_("Account"), numbers, key=ACCOUNT, bind="query-params")
    return next((each for each in picture.accounts if each.number == chosen), picture.accounts[0])
