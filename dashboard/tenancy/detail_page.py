"""One tenant: what is left and how long it lasts, live; recent use, the ledger, analyzers, people, policy."""

from datetime import timedelta

import streamlit as st

from dashboard.charts.colours import OF_SOURCE
from dashboard.charts.use_bars import use_bars
from dashboard.house import database
from dashboard.parts.chart import draw_chart
from dashboard.parts.facts import Fact, draw_facts, draw_number
from dashboard.parts.plain import plain
from dashboard.parts.states import draw_empty
from dashboard.parts.supply import draw_supply
from dashboard.tenancy.configured import draw_analyzers, draw_people, draw_policy
from dashboard.tenancy.ledger import draw_ledger
from dashboard.tenancy.ledger_acts import draw_acts
from dashboard.tenancy.opened import close
from dashboard.tenancy.statement import draw_statement
from dashboard.viewing import formats, live, signed_in, site_id
from documents.alert_names import alert_name
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES, lasts, left_words, price_change
from prepaid.access import Right
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.language import _, later
from prepaid.records import SOURCES as ALL_SOURCES
from prepaid.records import Stage
from prepaid.spans import Bucket, Preset, preset_span
from prepaid.standing import Point, Standing, TenantPicture
from prepaid.tenancy import STAGE_NAMES
from prepaid.units import ZERO
from sql.questions.account import tenant_picture
from sql.questions.tenant import Tenant, tenant
from sql.questions.use import used
from sql.questions.would_have import would_have
from sql.sessions import SignedIn

EVERY_S = 5.0
LEAST_FACTS_PX = 240
PART, NUMBER = "tenant_part", "tenant_account"
RECHARGE_PAGE = "admin/recharge.py"
PARTS = {
    "use": later("Use"),
    "ledger": later("Ledger"),
    "analyzers": later("Analyzers"),
    "people": later("People"),
    "policy": later("Policy"),
}
FOR_ALL = ("use", "ledger")
"""What a cashier sees, too; the rest is for who sees the whole site."""


def draw_detail(person: SignedIn, tenant_id: int) -> None:
    """The whole page of one tenant."""
    st.button(_("All tenants"), icon=":material/arrow_back:", type="tertiary", on_click=close, key="all-tenants")
    words = formats()
    try:
        picture = _picture(person, tenant_id)
    except (NotFound, NotAllowed) as error:
        draw_empty(_("No such tenant"), str(error), ":material/person_off:")
        return
    head = st.container()
    standing = _choose(picture)
    with head:
        _draw_head(person, picture, standing)
    if standing is None:
        draw_empty(
            _("No open account"),
            _("All accounts of this tenant are closed. A new one is opened by adding the tenant again."),
        )
        _draw_closed(person, tenant_id)
        return
    draw_now(tenant_id, standing.account_id)
    _draw_part(person, picture, standing, words)


def _draw_head(person: SignedIn, picture: TenantPicture, standing: Standing | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(plain(picture.tenant_name), width="content")
        if standing is None or not person.viewer.may(Right.SELL):
            return
        if st.button(_("Sell a recharge"), icon=":material/add_card:", type="primary", key="sell"):
            st.switch_page(RECHARGE_PAGE, query_params={"account": standing.number})


def _choose(picture: TenantPicture) -> Standing | None:
    """The account that the page is about; nearly every tenant has one."""
    if len(picture.accounts) <= 1:
        return next(iter(picture.accounts), None)
    numbers = [standing.number for standing in picture.accounts]
    chosen = st.selectbox(_("Account"), numbers, key=NUMBER, bind="query-params", width=240)
    return next((each for each in picture.accounts if each.number == chosen), picture.accounts[0])


@live(EVERY_S, Right.SEE_BALANCES)
def draw_now(tenant_id: int, account_id: int) -> None:
    """The account as it stands at this moment."""
    words = formats()
    picture = _picture(signed_in(), tenant_id)
    standing = next((each for each in picture.accounts if each.account_id == account_id), None)
    if standing is None:
        return
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True, height="stretch"):
        draw_number(words.money(standing.live, standing.currency), left_words(standing.live, standing.currency, words))
        until, band = lasts(standing.outlook, words)
        if until and standing.left > ZERO:
            st.markdown(f"**{until}**" + (f"  \n:small[{band}]" if band else ""))
        draw_supply(standing.points, words)
    with right, st.container(border=True, height="stretch"), st.grid(2, min_column_width=LEAST_FACTS_PX, gap="medium"):
        draw_facts(_facts_of_use(standing, words, fresh=not _silent(picture, standing)))
        draw_facts(_facts_of_account(picture, standing, words))


def _facts_of_use(standing: Standing, words: Formats, *, fresh: bool) -> list[Fact]:
    power_w = standing.power_w if fresh else None
    today, yesterday, currency = standing.today, standing.yesterday, standing.currency
    facts = [
        Fact(_("Power now"), NOTHING if power_w is None else words.power(power_w)),
        Fact(_("Used today"), words.energy(today.wh), words.money(today.amount, currency)),
        Fact(_("Used yesterday"), words.energy(yesterday.wh), words.money(yesterday.amount, currency)),
    ]
    if standing.outlook is not None:
        facts.append(Fact(_("Usual day"), words.money(standing.outlook.daily_amount, currency)))
    return facts


def _facts_of_account(picture: TenantPicture, standing: Standing, words: Formats) -> list[Fact]:
    currency = standing.currency
    stage = _(STAGE_NAMES[standing.stage]) + (f", {_('exempt')}" if standing.exempt else "")
    facts = [Fact(_("Account"), " · ".join(part for part in (standing.number, picture.unit) if part), stage)]
    for source in ALL_SOURCES:
        line = standing.prices[source]
        price = NOTHING if line.price_per_kwh is None else words.price(line.price_per_kwh, currency)
        facts.append(Fact(_(SOURCES[source]), price, price_change(line, currency, words), OF_SOURCE[source]))
    if standing.provisional > ZERO:
        counted = words.money(-standing.provisional, currency)
        facts.append(Fact(_("Probably used"), counted, _("on hold: decided on, not charged")))
    if standing.last_recharge is not None and standing.last_recharge_at is not None:
        when = words.date(standing.last_recharge_at.astimezone(words.zone).date())
        facts.append(Fact(_("Last recharge"), words.money(standing.last_recharge, currency), when))
    if standing.stage is Stage.OBSERVED:
        facts.append(_fact_of_mails(standing, words))
    return facts


def _fact_of_mails(standing: Standing, words: Formats) -> Fact:
    """What the tenant of an observed account would have been told."""
    with database().reading() as conn:
        found = would_have(conn, signed_in().viewer, standing.account_id)
    if found is None:
        return Fact(_("Mails that would have gone out"), words.number(0))
    newest = f"{alert_name(found.newest)}, {words.instant(found.newest_at)}"
    return Fact(_("Mails that would have gone out"), words.number(found.mails), newest)


def _draw_part(person: SignedIn, picture: TenantPicture, standing: Standing, words: Formats) -> None:
    """One part at a time; the others ask nothing."""
    sees_all = person.viewer.may(Right.SEE_SITE)
    offered = [part for part in PARTS if sees_all or part in FOR_ALL]
    part = st.segmented_control(
        _("Part"),
        offered,
        format_func=lambda each: _(PARTS[each]),
        default=offered[0],
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )
    if part == "ledger":
        draw_acts(person, _kept(person, picture.tenant_id) if sees_all else None, standing)
        draw_ledger(standing.account_id, standing.currency, standing.number, standing.opened_at)
    elif part in offered and part not in FOR_ALL:
        facts = _kept(person, picture.tenant_id)
        if part == "analyzers":
            draw_analyzers(person, facts, standing, silent=_silent(picture, standing))
        else:
            draw = {"people": draw_people, "policy": draw_policy}[part]
            draw(person, facts, standing)
    else:
        _draw_use(person, picture, standing, words)


def _draw_closed(person: SignedIn, tenant_id: int) -> None:
    """The statements of accounts that are closed, for who sees the whole site."""
    if person.viewer.may(Right.SEE_SITE):
        for account in _kept(person, tenant_id).accounts:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(account.number)}**", width="content")
                draw_statement(account.account_id, account.number, "closed")


def _silent(picture: TenantPicture, standing: Standing) -> tuple[Point, ...]:
    return standing.silent(picture.at, timedelta(seconds=picture.stale_after_s))


def _draw_use(person: SignedIn, picture: TenantPicture, standing: Standing, words: Formats) -> None:
    """The last 30 days, by source."""
    span = preset_span(Preset.DAYS_30, picture.at, words.zone)
    with database().reading() as conn:
        found = used(
            conn,
            person.viewer,
            picture.site_id,
            picture.tenant_id,
            standing.account_id,
            span,
            Bucket.DAY,
            picture.at,
        )
    if not found.total.wh:
        draw_empty(
            _("No use yet"), _("Nothing was counted for this account in the last 30 days."), ":material/bar_chart:"
        )
        return
    with st.container(border=True):
        st.subheader(_("Last 30 days"))
        st.caption(
            _("{energy}, {money}").format(
                energy=words.energy(found.total.wh), money=words.money(found.total.amount, found.currency)
            )
        )
        draw_chart(use_bars(found.parts, Bucket.DAY, words, found.currency), "tenant-use")


def _picture(person: SignedIn, tenant_id: int) -> TenantPicture:
    with database().reading() as conn:
        return tenant_picture(conn, person.viewer, site_id(), tenant_id, database().now(conn))


def _kept(person: SignedIn, tenant_id: int) -> Tenant:
    with database().reading() as conn:
        return tenant(conn, person.viewer, tenant_id, database().now(conn))
