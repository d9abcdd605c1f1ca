"""Adding a tenant: one form for the tenant, the account, a contact and a login; the first password is shown once."""

from decimal import Decimal

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.amount import draw_amount
from dashboard.parts.dialog import open_dialog
from dashboard.parts.languages import draw_language
from dashboard.parts.plain import plain
from dashboard.tenancy.logins import draw_first_password
from dashboard.tenancy.opened import open_tenant
from dashboard.viewing import formats, signed_in, site, site_id
from documents.formats import Formats, decimals_of
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.records import Stage
from prepaid.tenancy import STAGE_NAMES, STAGES, ContactFacts, Policy, TenantFacts
from prepaid.units import ZERO
from sql.questions.assignable import PlanChoice, plan_choices
from sql.sessions import SignedIn
from sql.tenants import Added, NewLogin, NewTenant, add_tenant, propose_number

ADDED = "tenant_added"


def draw_add(person: SignedIn) -> None:
    """The button, for administrators."""
    if person.viewer.may(Right.ADMINISTER) and st.button(
        _("Add tenant"), type="primary", icon=":material/person_add:", key="add-tenant"
    ):
        st.session_state.pop(ADDED, None)
        open_dialog(_("Add a tenant"), Right.ADMINISTER, draw_adding, on_dismiss=_forget)


def draw_adding() -> None:
    """The form; once the tenant is added, what is handed over in its place."""
    place = st.empty()
    with place.container():
        if ADDED not in st.session_state:
            _draw_form()
    if ADDED in st.session_state:
        with place.container():
            _draw_added(st.session_state[ADDED])


def _draw_form() -> None:
    viewer, words = signed_in().viewer, formats()
    with database().reading() as conn:
        plans = plan_choices(conn, viewer, site_id(), database().now(conn))
        number = propose_number(conn, viewer, site_id())
    if not plans:
        st.warning(_("No plan has a price yet. Add plans with prices in the site file first."), icon=":material/sell:")
        return
    plan = st.selectbox(_("Plan"), plans, format_func=lambda each: _plan_label(each, words))
    _draw_fields(plan, number)


def _draw_fields(plan: PlanChoice, number: str) -> None:
    """What is asked for once the plan is chosen; the amounts are in its currency."""
    with st.form("add-tenant-form", border=False):
        left, right = st.columns(2)
        name = left.text_input(_("Name"), max_chars=120)
        unit = right.text_input(_("Unit"), max_chars=60, placeholder=_("Shop or flat"))
        phone = left.text_input(_("Phone"), max_chars=40)
        account = right.text_input(_("Account number"), max_chars=24, placeholder=number, help=_("Empty: this one"))
        language = draw_language(site().language, key="add-tenant-language")
        st.markdown(
            f"**{_('When the supply is cut')}** :small[{_('amounts in {currency}').format(currency=plan.currency)}]"
        )
        left, right = st.columns(2)
        stage = left.selectbox(
            _("Stage"),
            STAGES,
            STAGES.index(Stage.OBSERVED),
            format_func=lambda each: _(STAGE_NAMES[each]),
            help=_("Only an enforced account is cut. An observed one is charged, and shown as it would be cut."),
        )
        with right:
            opening = _draw_amount(
                _("Opening balance"),
                plan.currency,
                "opening",
                negative=True,
                help=_("What the old books say; below 0: a debt"),
            )
        with left:
            credit = _draw_amount(
                _("Emergency credit"),
                plan.currency,
                "credit",
                help=_("So far below 0 the supply stays on, after the first recharge"),
            )
        with right:
            threshold = _draw_amount(
                _("Restore threshold"),
                plan.currency,
                "threshold",
                negative=True,
                help=_("A supply that was cut comes back above this balance"),
            )
        st.markdown(f"**{_('Who is told')}** :small[{_('optional')}]")
        left, right = st.columns(2)
        contact = left.text_input(_("Name of the contact"), max_chars=120)
        email = right.text_input(_("Mail address"), max_chars=254, type="email")
        st.markdown(f"**{_('Login')}** :small[{_('optional')}]")
        user = st.text_input(_("User name"), max_chars=60, help=_("A first password is made and shown once"))
        if st.form_submit_button(_("Add tenant"), type="primary", width="stretch"):
            wanted = NewTenant(
                site_id=site_id(),
                facts=TenantFacts(name=name, unit=unit, phone=phone, language=language),
                plan_id=plan.plan_id,
                policy=Policy(
                    stage=stage,
                    emergency_credit=credit,
                    restore_threshold=threshold,
                ),
                number=account.strip() or None,
                opening=opening,
                contact=ContactFacts(name=contact, email=email, language=language) if contact or email else None,
                login=NewLogin(user_name=user, email=email or None) if user.strip() else None,
            )
            _add(wanted)


def _add(wanted: NewTenant) -> None:
    try:
        added = add_tenant(database(), signed_in(), wanted)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    asked.rows.clear()
    st.session_state[ADDED] = added


def _draw_added(added: Added) -> None:
    """What is handed over, once."""
    st.success(_("The tenant was added, with the account {number}.").format(number=added.number))
    if added.first_password is not None:
        draw_first_password(added.first_password)
    if st.button(_("Open the tenant"), type="primary", width="stretch"):
        st.session_state.pop(ADDED, None)
        open_tenant(added.tenant_id)
        st.rerun()


def _forget() -> None:
    st.session_state.pop(ADDED, None)


def _draw_amount(label: str, currency: str, name: str, *, negative: bool = False, help: str) -> Decimal:
    """A field of its own for each number of decimals: one that holds whole numbers is another field."""
    key = f"add-tenant-{name}-{decimals_of(currency)}"
    return draw_amount(label, currency, key, ZERO, negative=negative, help=help) or ZERO


def _plan_label(plan: PlanChoice, words: Formats) -> str:
    prices = [
        words.price(price, plan.currency) for price in (plan.grid_per_kwh, plan.generator_per_kwh) if price is not None
    ]
    return f"{plan.name} · {' / '.join(prices)}"
