"""What is written down of a tenant: its analyzers, who is told, who signs in, when the supply is cut."""

from collections.abc import Sequence

import streamlit as st

from dashboard.parts.dialog import open_dialog
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.hours import facts_of_hours
from dashboard.parts.plain import plain
from dashboard.parts.quiet_hours import own_hours_words
from dashboard.parts.states import draw_empty
from dashboard.tenancy.assign_dialog import draw_assign, draw_give_back, draw_withdraw
from dashboard.tenancy.logins import draw_logins
from dashboard.tenancy.people_forms import draw_contact_form, draw_removal, draw_tenant_form
from dashboard.tenancy.policy_dialog import draw_policy_form
from dashboard.tenancy.ways_dialog import draw_ways_button
from dashboard.viewing import formats
from documents.analyzer_texts import SUPPLIED
from documents.formats import NOTHING, Formats
from documents.language_names import own_name
from documents.reasons import reason_words
from prepaid.access import Right
from prepaid.language import _
from prepaid.standing import Point, Standing
from prepaid.tenancy import STAGE_NAMES
from sql.questions.tenant import AccountFacts, AnalyzerOf, Contact, Tenant
from sql.sessions import SignedIn

ANALYZERS_PAGE = "admin/analyzers.py"


def draw_analyzers(person: SignedIn, tenant: Tenant, standing: Standing, *, silent: Sequence[Point]) -> None:
    """What belongs to the account now, and what is about to come or go. Of those that are silent no power is shown."""
    administers = person.viewer.may(Right.ADMINISTER)
    mine = [each for each in tenant.analyzers if each.account_id == standing.account_id]
    if administers and st.button(_("Assign an analyzer"), icon=":material/add_link:", key="assign"):
        open_dialog(_("Assign an analyzer"), Right.ADMINISTER, lambda: draw_assign(standing.account_id))
    if not mine:
        draw_empty(
            _("No analyzer yet"),
            _("Nothing is metered for this account until an analyzer is assigned to it."),
            ":material/electric_meter:",
        )
        return
    for analyzer in mine:
        point = next((each for each in standing.points if each.analyzer_id == analyzer.analyzer_id), None)
        _draw_analyzer(analyzer, point, fresh=point not in silent, administers=administers)


def _draw_analyzer(analyzer: AnalyzerOf, point: Point | None, *, fresh: bool, administers: bool) -> None:
    words = formats()
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            place = f" · {plain(analyzer.location)}" if analyzer.location else ""
            st.markdown(f"**{plain(analyzer.name)}**{place}")
            if point is not None:
                why = "" if point.why is None else f" · {reason_words(point.why)}"
                power = words.power(point.power_w) if fresh and point.power_w is not None else NOTHING
                st.caption(f"{_(SUPPLIED[point.supplied])}{why} · {power}")
            if analyzer.from_at is None:
                st.badge(_("Begins with the next reading"), icon=":material/schedule:", color="blue")
            if analyzer.leaves_to is not None:
                going = _("Goes to {number} with the next reading").format(number=analyzer.leaves_to)
                st.badge(going, icon=":material/schedule:", color="orange")
        st.page_link(
            ANALYZERS_PAGE,
            label=_("Open"),
            icon=":material/electric_meter:",
            query_params={"analyzer": str(analyzer.analyzer_id)},
        )
        if administers:
            _draw_act(analyzer)


def _draw_act(analyzer: AnalyzerOf) -> None:
    """A handover that waits can be taken back; anything else can be given back to the site."""
    key = f"{analyzer.analyzer_id}"
    if analyzer.from_at is None or analyzer.leaves_to is not None:
        if st.button(_("Take back"), key=f"withdraw-{key}", icon=":material/undo:"):
            open_dialog(
                _("Take the handover back"),
                Right.ADMINISTER,
                lambda: draw_withdraw(analyzer.analyzer_id, analyzer.name),
            )
    elif st.button(_("Give back to the site"), key=f"give-back-{key}", icon=":material/link_off:"):
        open_dialog(_("Give back to the site"), Right.ADMINISTER, lambda: draw_give_back(analyzer.analyzer_id))


def draw_people(person: SignedIn, tenant: Tenant, _standing: Standing) -> None:
    """Who the tenant is, who is told, who signs in."""
    administers = person.viewer.may(Right.ADMINISTER)
    words = formats()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(_("Tenant"))
        _draw_tenant(tenant, words)
        if administers and st.button(_("Edit"), icon=":material/edit:", key="edit-tenant"):
            open_dialog(_("Edit the tenant"), Right.ADMINISTER, lambda: draw_tenant_form(tenant))
    with right:
        with st.container(border=True):
            st.subheader(_("Who is told"))
            _draw_contacts(tenant, words, administers=administers)
        with st.container(border=True):
            st.subheader(_("Logins"))
            draw_logins(tenant, words, administers=administers)


def _draw_tenant(tenant: Tenant, words: Formats) -> None:
    facts = tenant.facts
    draw_facts(
        [
            Fact(_("Name"), facts.name),
            Fact(_("Unit"), facts.unit or NOTHING),
            Fact(_("Phone"), facts.phone or NOTHING),
            Fact(_("Language"), own_name(facts.language.partition("-")[0])),
            Fact(_("Since"), words.date(tenant.created_at.astimezone(words.zone).date())),
            Fact(_("Note"), facts.note or NOTHING),
        ]
    )


def _draw_contacts(tenant: Tenant, words: Formats, *, administers: bool) -> None:
    if not tenant.contacts:
        st.caption(_("Nobody: no mail about this tenant's credit reaches anybody."))
    for contact in tenant.contacts:
        with st.container(horizontal=True, vertical_alignment="center"):
            parts = (contact.facts.email, contact.facts.phone, own_hours_words(contact.quiet, words))
            reached = " · ".join(part for part in parts if part)
            st.markdown(f"**{plain(contact.facts.name)}**  \n:small[{plain(reached)}]", width="stretch")
            if administers:
                _draw_contact_acts(contact, tenant.site_id)
    if administers and st.button(_("Add a contact"), icon=":material/person_add:", key="add-contact"):
        open_dialog(_("Add a contact"), Right.ADMINISTER, lambda: draw_contact_form(tenant, None))


def _draw_contact_acts(contact: Contact, site_id: int) -> None:
    key = contact.contact_id
    draw_ways_button(contact, site_id)
    if st.button("", icon=":material/edit:", key=f"edit-contact-{key}", help=_("Edit"), type="tertiary"):
        open_dialog(_("Edit the contact"), Right.ADMINISTER, lambda: draw_contact_form(None, contact))
    if st.button("", icon=":material/delete:", key=f"remove-contact-{key}", help=_("Remove"), type="tertiary"):
        open_dialog(_("Remove the contact"), Right.ADMINISTER, lambda: draw_removal(contact))


def draw_policy(person: SignedIn, tenant: Tenant, standing: Standing) -> None:
    """When the supply is cut, since when, and by which plan the use is charged."""
    words = formats()
    account = next((each for each in tenant.accounts if each.account_id == standing.account_id), None)
    if account is None:
        return
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(_("When the supply is cut"))
        draw_facts(_policy_facts(account, words))
        if person.viewer.may(Right.ADMINISTER) and st.button(
            _("Change the policy"), icon=":material/rule:", key="change-policy"
        ):
            open_dialog(_("Change the policy"), Right.ADMINISTER, lambda: draw_policy_form(account, standing))
    with right:
        with st.container(border=True):
            st.subheader(_("Plan and stages"))
            draw_facts(_history_facts(account, words))
        if account.own_hours:
            with st.container(border=True):
                st.subheader(_("No-cut hours of its own"))
                st.caption(_("They hold on top of the hours of the site, which the page Settings shows."))
                draw_facts(facts_of_hours(account.own_hours))


def _policy_facts(account: AccountFacts, words: Formats) -> list[Fact]:
    policy, currency = account.policy, account.currency
    default = _("as the site has it: 3 average days")
    floor = default if policy.debt_floor is None else words.money(policy.debt_floor, currency)
    facts = [
        Fact(_("Stage"), _(STAGE_NAMES[policy.stage])),
        Fact(_("Cut at"), words.money(policy.cut_at, currency), _("or below")),
        Fact(_("Restored above"), words.money(policy.restore_threshold, currency)),
        Fact(_("Debt floor in no-cut hours"), floor),
    ]
    if policy.exempt:
        facts.append(Fact(_("Exempt"), _("never cut for credit"), policy.exempt_why or ""))
    return facts


def _history_facts(account: AccountFacts, words: Formats) -> list[Fact]:
    facts = [
        Fact(
            _("Plan") if number == 0 else _("Next plan"),
            plan.name,
            words.sentence(_("from {instant}"), instant=words.instant(plan.from_at)),
        )
        for number, plan in enumerate(account.plans)
    ]
    for text, instant in (
        (_("Opened"), account.opened_at),
        (_("Observed since"), account.observed_at),
        (_("Warned since"), account.warned_at),
        (_("Enforced since"), account.enforced_at),
    ):
        if instant is not None:
            facts.append(Fact(text, words.instant(instant)))
    return facts
