"""The first screen of Overview: eight cards, and above them whatever makes all of them doubtful."""

from decimal import Decimal
from typing import Literal

import streamlit as st

from dashboard.charts.power_area import mean_kw, with_a_mean
from dashboard.parts.ago import ago
from dashboard.parts.growth import growth
from dashboard.rollups.lines import change
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES
from prepaid.language import _
from prepaid.records import Source
from sql.questions.overview import Glance
from sql.questions.sales import Sales

LEAST_CARD_PX = 160


def draw_doubts(glance: Glance) -> None:
    """Clocks in doubt: red, and before everything else. That the enforcer is silent stands above every page."""
    if glance.enforcer_lives and glance.clock_in_doubt:
        sentence = _(
            "The clocks of this site disagree. Readings are taken; cuts, price changes and charges wait for them."
        )
        st.error(sentence, icon=":material/history_toggle_off:")


def draw_cards(glance: Glance, sales: Sales, words: Formats) -> None:
    """Load, source, sold and recharged; cut, low, answering and the enforcer."""
    with st.grid(4, min_column_width=LEAST_CARD_PX):
        _draw_load(glance, sales, words)
        _draw_source(glance, sales, words)
        _draw_sold(sales, words)
        _draw_recharged(sales, words)
        _draw_cut(glance, words)
        _draw_low(glance, words)
        _draw_analyzers(glance, words)
        _draw_enforcer(glance, words)


def _draw_load(glance: Glance, sales: Sales, words: Formats) -> None:
    power = glance.power
    supplied = [each for each in (power.grid_supplied_w, power.generator_supplied_w) if each is not None]
    st.metric(
        _("Load now"),
        words.power(power.total_w) if glance.enforcer_lives else NOTHING,
        delta=words.power(sum(supplied)) if supplied and glance.enforcer_lives else None,
        delta_color="gray",
        delta_arrow="off",
        delta_description=_("supplied") if supplied and glance.enforcer_lives else None,
        chart_data=[mean_kw(hour.use.wh, hour.hour_at, sales.at) for hour in with_a_mean(sales.hours, sales.at)],
        chart_type="area",
        help=_("What all tenants draw now, and what the incomers show. The line: the last 24 hours."),
        border=True,
        height="stretch",
    )


def _draw_source(glance: Glance, sales: Sales, words: Formats) -> None:
    source = glance.source if glance.enforcer_lives else None
    since = None
    if source is not None and glance.source_since_at is not None:
        since = _("since {instant}").format(instant=words.near(glance.source_since_at, glance.at))
    st.metric(
        _("Source now"),
        NOTHING if source is None else _(SOURCES[source]),
        delta=since,
        delta_color="orange" if source is Source.GENERATOR else "gray",
        delta_arrow="off",
        chart_data=[hour.use.generator_wh / 1000 for hour in sales.hours],
        chart_type="bar",
        help=_("What feeds the site, as its incomers or most analyzers count. Bars: generator, last 24 hours."),
        border=True,
        height="stretch",
    )


def _draw_sold(sales: Sales, words: Formats) -> None:
    now, before = sales.today.now.use, sales.today.before.use
    grown = growth(change(now.wh, before.wh), words)
    st.metric(
        _("Sold today"),
        words.energy(now.wh, 0),
        delta=grown.text,
        delta_color="gray",
        delta_arrow=grown.arrow,
        delta_description=_("vs yesterday") if grown.text else None,
        chart_data=[hour.use.wh / 1000 for hour in sales.hours],
        chart_type="bar",
        help=_("What tenants used since midnight, beside yesterday until the same time. Bars: the last 24 hours."),
        border=True,
        height="stretch",
    )


def _draw_recharged(sales: Sales, words: Formats) -> None:
    now, before = sales.today.now, sales.today.before
    grown = growth(change(now.recharged, before.recharged), words)
    st.metric(
        _("Recharged today"),
        words.money_short(now.recharged, sales.currency),
        delta=grown.text,
        delta_color="gray",
        delta_arrow=grown.arrow,
        delta_description=_("vs yesterday") if grown.text else None,
        chart_data=[float(day.amount) for day in sales.days],
        chart_type="bar",
        help=_("Credit sold since midnight, beside yesterday until the same time. Bars: the last 14 days."),
        border=True,
        height="stretch",
    )


def _draw_cut(glance: Glance, words: Formats) -> None:
    accounts, supplies = glance.accounts, glance.supplies
    colour: Literal["gray", "red", "orange"] = "gray"
    delta = _of(accounts.total, words)
    if accounts.exhausted:
        delta, colour = _("{number} due").format(number=words.number(accounts.exhausted)), "red"
    elif supplies.changing:
        delta, colour = _("{number} unproven").format(number=words.number(supplies.changing)), "orange"
    counted = _("Supplies: {on} on, {cut} cut, {unknown} not known, {changing} with a change that is not proven yet.")
    st.metric(
        _("Tenants cut"),
        words.number(accounts.cut),
        delta=delta,
        delta_color=colour,
        delta_arrow="off",
        help=_("Accounts with a supply that is off. Due: out of credit, and the supply is still on.")
        + "  \n"
        + counted.format(
            on=words.number(supplies.on),
            cut=words.number(supplies.cut),
            unknown=words.number(supplies.unknown),
            changing=words.number(supplies.changing),
        ),
        border=True,
        height="stretch",
    )


def _draw_low(glance: Glance, words: Formats) -> None:
    accounts = glance.accounts
    critical = _("{number} critical").format(number=words.number(accounts.critical))
    st.metric(
        _("Running low"),
        words.number(accounts.low + accounts.critical),
        delta=critical if accounts.critical else _of(accounts.total, words),
        delta_color="orange" if accounts.critical else "gray",
        delta_arrow="off",
        help=_("Accounts that were warned and have not recharged since."),
        border=True,
        height="stretch",
    )


def _draw_analyzers(glance: Glance, words: Formats) -> None:
    analyzers = glance.analyzers
    missing = analyzers.silent + analyzers.never_seen
    doubtful = analyzers.wrong_device + analyzers.on_hold + analyzers.in_doubt
    silent = _("{number} silent").format(number=words.number(missing))
    doubt = _("{number} in doubt").format(number=words.number(doubtful))
    st.metric(
        _("Analyzers"),
        words.number(analyzers.total - missing) + (f" / {words.number(analyzers.total)}" if missing else ""),
        delta=silent if missing else doubt if doubtful else _("all answering"),
        delta_color="red" if missing else "orange" if doubtful else "gray",
        delta_arrow="off",
        help=_("Silent: no fresh reading. In doubt: another device, a counter that does not fit, or billing on hold."),
        border=True,
        height="stretch",
    )


def _draw_enforcer(glance: Glance, words: Formats) -> None:
    beat = glance.heartbeat
    on_time = None
    if beat is not None and beat.reads_due:
        on_time = words.share(Decimal(beat.reads_on_time) / beat.reads_due)
    st.metric(
        _("Enforcer last ran"),
        NOTHING if glance.heartbeat_age_s is None else ago(glance.heartbeat_age_s, words),
        delta=on_time if glance.enforcer_lives else None,
        delta_color="gray",
        delta_arrow="off",
        delta_description=_("on time") if on_time and glance.enforcer_lives else None,
        help=_enforcer_help(glance, words),
        border=True,
        height="stretch",
    )


def _enforcer_help(glance: Glance, words: Formats) -> str:
    beat = glance.heartbeat
    if beat is None:
        return _("It reads the analyzers, charges, cuts and restores.")
    return _(
        "Version {version} on {holder}, since {since}: {passes} passes; of {due} reads {late} late, {missed} missed."
    ).format(
        version=beat.version,
        holder=words.name(beat.holder),
        since=words.instant(beat.started_at),
        passes=words.number(beat.passes),
        due=words.number(beat.reads_due),
        late=words.number(beat.reads_late),
        missed=words.number(beat.reads_missed),
    )


def _of(total: int, words: Formats) -> str:
    return _("of {total}").format(total=words.number(total))
