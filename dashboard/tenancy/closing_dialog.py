"""Closing an account, step by step: the analyzers leave, the last reading is charged, the rest is paid out."""

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.booking import draw_button, draw_reason
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.tenancy.statement import draw_statement
from dashboard.viewing import formats, say, signed_in
from documents.recharge_texts import PAID_BY
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.recharges import PaidBy
from prepaid.standing import Standing
from prepaid.units import ZERO
from sql.assignments import assign
from sql.closings import Closing, close_account
from sql.questions.tenant import AnalyzerOf, Tenant


def draw_closing(tenant: Tenant, standing: Standing) -> None:
    """The step that is due."""
    mine = [each for each in tenant.analyzers if each.account_id == standing.account_id]
    staying = [each for each in mine if each.leaves_to is None]
    if staying:
        _draw_leaving(staying)
    elif mine:
        st.info(
            _("The enforcer charges the final readings with the next reading of each analyzer. Then open this again."),
            icon=":material/schedule:",
        )
    else:
        _draw_rest(standing)


def _draw_leaving(staying: list[AnalyzerOf]) -> None:
    """Step 1: everything that is metered goes back to the site; that takes the final readings."""
    names = ", ".join(plain(each.name) for each in staying)
    st.markdown(_("**1. Final readings.** These analyzers still count for the account: {names}.").format(names=names))
    st.caption(_("They go to the site's own account, which is never cut. A supply that is cut may come on again."))
    if not st.button(_("Give all back to the site"), type="primary", width="stretch", key="close-give-back"):
        return
    try:
        for each in staying:
            assign(database(), signed_in(), each.analyzer_id, None)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    asked.rows.clear()
    say(_("Asked for; the enforcer charges the final readings with the next reading of each analyzer."))
    st.rerun()


def _draw_rest(standing: Standing) -> None:
    """Step 2: the statement, what is paid out, the button."""
    words, balance = formats(), standing.balance
    st.markdown(_("**2. Statement and rest.** All that was used is charged."))
    draw_statement(standing.account_id, standing.number, "closing")
    refund = balance if balance > ZERO else ZERO
    rest = Fact(_("Debt that stays"), words.money(abs(balance), standing.currency))
    if balance >= ZERO:
        rest = Fact(_("Paid out to the tenant"), words.money(refund, standing.currency))
    draw_facts([Fact(_("Balance now"), words.money(balance, standing.currency)), rest])
    paid_by = PaidBy.CASH
    if refund:
        chosen = st.pills(
            _("How paid out"),
            list(PaidBy),
            format_func=lambda each: _(PAID_BY[each]),
            default=PaidBy.CASH,
            required=True,
            key="close-paid-by",
        )
        assert chosen is not None, "one of them is always chosen"
        paid_by = chosen
    reason = draw_reason("close")
    st.caption(_("A closed account takes no recharges and stays closed."))
    draw_button(
        _("Close the account"),
        "close",
        standing.account_id,
        (balance, paid_by, reason),
        lambda key: close_account(
            database(),
            signed_in(),
            Closing(account_id=standing.account_id, balance=balance, paid_by=paid_by, reason=reason, key=key),
        ),
    )
