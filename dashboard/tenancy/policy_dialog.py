"""Changing when an account is cut: what it does to the supply stands there before it is done."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.amount import draw_amount
from dashboard.parts.hours import draw_hours_fields
from dashboard.parts.plain import plain
from dashboard.parts.sale import draw_sentences
from dashboard.viewing import formats, say, signed_in
from documents.recharge_texts import effect_sentences
from prepaid.effects import effects
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.site_calendar import read_hours
from prepaid.standing import Standing
from prepaid.tenancy import STAGE_NAMES, Policy, check_step, checked_policy, stages_from
from prepaid.units import ZERO
from sql.policies import OwnHours, change_policy
from sql.questions.tenant import AccountFacts


def draw_policy_form(account: AccountFacts, standing: Standing) -> None:
    """The fields, the effect, the button."""
    seen = account.policy
    left, right = st.columns(2)
    stage = left.selectbox(
        _("Stage"),
        stages_from(seen.stage),
        format_func=lambda each: _(STAGE_NAMES[each]),
        key="policy-stage",
        help=_("It only goes forward. Only an enforced account is cut."),
    )
    exempt = right.toggle(_("Exempt: never cut for credit"), seen.exempt, key="policy-exempt")
    why = st.text_input(_("Why exempt"), seen.exempt_why or "", max_chars=200, key="policy-why") if exempt else None
    left, right = st.columns(2)
    with left:
        credit = draw_amount(
            _("Emergency credit in {currency}").format(currency=account.currency),
            account.currency,
            "policy-credit",
            seen.emergency_credit,
            help=_("So far below 0 the supply stays on, from the first recharge on"),
        )
    with right:
        threshold = draw_amount(
            _("Restore threshold in {currency}").format(currency=account.currency),
            account.currency,
            "policy-threshold",
            seen.restore_threshold,
            negative=True,
            help=_("A supply that was cut comes back above this balance"),
        )
    floor = draw_amount(
        _("Debt floor in no-cut hours, in {currency}").format(currency=account.currency),
        account.currency,
        "policy-floor",
        seen.debt_floor,
        help=_("So far beyond the emergency credit no-cut hours protect; empty: what 3 average days cost"),
    )
    with st.expander(_("No-cut hours of its own"), expanded=bool(account.own_hours)):
        st.caption(_("They hold on top of the hours of the site, which the page Settings shows."))
        texts = draw_hours_fields(account.own_hours, "own-hours")
    wanted = Policy(
        stage=stage,
        emergency_credit=_or_zero(credit),
        restore_threshold=_or_zero(threshold),
        exempt=exempt,
        exempt_why=why,
        debt_floor=floor,
    )
    hours = _draw_effect(account, standing, wanted, texts)
    if hours is not None and st.button(_("Change the policy"), type="primary", width="stretch", key="policy-save"):
        _change(account, wanted, hours)


def _draw_effect(
    account: AccountFacts, standing: Standing, wanted: Policy, texts: Mapping[int, str]
) -> OwnHours | None:
    """What the enforcer will do with it at the balance of now, and the hours that are written; None where there is
    nothing that can be saved."""
    words = formats()
    try:
        hours = OwnHours(account.own_hours, read_hours(texts))
        if wanted == account.policy and hours.wanted == hours.seen:
            st.caption(_("Change something: what it does is shown here before it is done."))
            return None
        checked = checked_policy(wanted)
        check_step(account.number, account.policy.stage, checked.stage)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    recharged = standing.last_recharge is not None
    holds = checked if recharged else replace(checked, emergency_credit=ZERO)
    if checked.emergency_credit > ZERO and not recharged:
        st.caption(_("The emergency credit starts with the first recharge; until then it is 0."))
    said = _("With the balance of now, {balance}, and cut at {limit}:")
    st.markdown(
        plain(
            words.sentence(
                said,
                balance=words.money(standing.live, account.currency),
                limit=words.money(holds.cut_at, account.currency),
            )
        )
    )
    draw_sentences(effect_sentences(effects(standing.points, standing.decided_on, holds), account.currency, words))
    return hours


def _change(account: AccountFacts, wanted: Policy, hours: OwnHours) -> None:
    try:
        change_policy(database(), signed_in(), account.account_id, account.policy, wanted, hours)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    asked.rows.clear()
    say(_("The policy was changed; the enforcer follows it with its next pass."))
    st.rerun()


def _or_zero(amount: Decimal | None) -> Decimal:
    return ZERO if amount is None else amount
