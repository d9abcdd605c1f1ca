"""Which span, whose use, divided how: the filters of Consumption, all of them in the address of the page."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import streamlit as st

from documents.formats import Formats
from prepaid.language import _, later
from prepaid.records import AccountKind, Purpose
from prepaid.spans import DAY, LONGEST, Bucket, Preset, Span, bucket_for, buckets_for, preset_span, span_of
from sql.questions.consumption import Chosen
from sql.questions.subjects import AccountSubject, AnalyzerSubject, Subjects

OTHER, AUTOMATIC = "other", "automatic"
SPANS: dict[str, str] = {
    Preset.TODAY: later("Today"),
    Preset.DAYS_7: later("7 days"),
    Preset.DAYS_30: later("30 days"),
    Preset.MONTHS_12: later("12 months"),
    OTHER: later("Other"),
}
BUCKETS = {
    Bucket.HOUR: later("Hours"),
    Bucket.DAY: later("Days"),
    Bucket.WEEK: later("Weeks"),
    Bucket.MONTH: later("Months"),
}
PURPOSES = {
    Purpose.TENANT: "",
    Purpose.COMMON: later("common parts"),
    Purpose.GRID_INCOMER: later("grid incomer"),
    Purpose.GENERATOR_INCOMER: later("generator incomer"),
    Purpose.CHECK: later("check meter"),
}
HOUR_S = 3600
SMALL_PX, TIME_PX, CHOICE_PX = 170, 205, 300
MOST = 100


class Filters(NamedTuple):
    """What was chosen. `in_money`: bars and ranking show what the use costs. `names` are the chosen ones, if any."""

    chosen: Chosen
    span: Span | None
    bucket: Bucket
    in_money: bool
    names: tuple[str, ...]


def draw_filters(known: Subjects, site_id: int, currency: str, now: datetime, words: Formats) -> Filters:
    """Draws them in two rows, which wrap on a phone. `currency` is the site's own."""
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        preset = st.segmented_control(
            _("Span"),
            list(SPANS),
            format_func=lambda each: _(SPANS[each]),
            default=Preset.DAYS_7,
            required=True,
            key="span",
            bind="query-params",
            label_visibility="collapsed",
            wrap=True,
        )
        span = _draw_span(now, words.zone) if preset == OTHER else preset_span(Preset(preset), now, words.zone)
        bucket = _draw_bucket(span)
        in_money = _draw_measure()
        accounts, analyzers, chosen_currency = _draw_choice(known, currency)
    chosen = Chosen(
        site_id=site_id,
        currency=chosen_currency,
        account_ids=tuple(account.account_id for account in accounts),
        analyzer_ids=tuple(analyzer.analyzer_id for analyzer in analyzers),
    )
    tenants = dict.fromkeys(account.tenant_name or account.number for account in accounts)
    return Filters(chosen, span, bucket, in_money, (*tenants, *(analyzer.name for analyzer in analyzers)))


def _draw_span(now: datetime, zone: ZoneInfo) -> Span | None:
    """From and until by the site's wall clock, hour by hour."""
    today = now.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    begin, end = (
        st.datetime_input(
            label,
            value,
            min_value=today - LONGEST,
            max_value=today + DAY,
            key=key,
            bind="query-params",
            step=HOUR_S,
            width=TIME_PX,
        )
        for label, value, key in ((_("From"), today - 6 * DAY, "from"), (_("Until"), today + DAY, "until"))
    )
    return span_of(begin, end, now, zone)


def _draw_bucket(span: Span | None) -> Bucket:
    """How finely; unless somebody wishes otherwise, as fits the span."""
    fitting = bucket_for(span) if span else Bucket.DAY
    choices: list[str] = [AUTOMATIC, *(buckets_for(span) if span else ())]
    chosen = st.selectbox(
        _("Bars"),
        choices,
        format_func=lambda each: _("Automatic bars") if each == AUTOMATIC else _(BUCKETS[Bucket(each)]),
        key="bars",
        bind="query-params",
        width=SMALL_PX,
        label_visibility="collapsed",
        help=_("How the span is divided"),
    )
    return fitting if chosen == AUTOMATIC else Bucket(chosen)


def _draw_measure() -> bool:
    measures = {False: _("Energy"), True: _("Money")}
    return bool(
        st.segmented_control(
            _("Shown in"),
            list(measures),
            format_func=measures.__getitem__,
            default=False,
            required=True,
            key="in",
            bind="query-params",
            label_visibility="collapsed",
        )
    )


def _draw_choice(known: Subjects, currency: str) -> tuple[Sequence[AccountSubject], Sequence[AnalyzerSubject], str]:
    """Tenants and analyzers; where accounts are kept in several currencies, one of them, since sums need one."""
    of_tenants = [account for account in known.accounts if account.kind is AccountKind.TENANT]
    others = sorted({account.currency for account in of_tenants} - {currency})
    analyzers = {_label(analyzer): analyzer for analyzer in known.analyzers}
    with (
        st.popover(_("Tenants and analyzers"), icon=":material/filter_alt:", width="content"),
        st.container(width=CHOICE_PX),
    ):
        if others:
            currency = st.selectbox(_("Accounts in"), [currency, *others], key="currency", bind="query-params")
        accounts = [account for account in of_tenants if account.currency == currency]
        names = st.multiselect(
            _("Tenants"),
            list(dict.fromkeys(account.tenant_name for account in accounts if account.tenant_name)),
            key="whose",
            bind="query-params",
            max_selections=MOST,
            placeholder=_("All tenants"),
        )
        labels = st.multiselect(
            _("Analyzers"),
            list(analyzers),
            key="meters",
            bind="query-params",
            max_selections=MOST,
            placeholder=_("All that are sold"),
        )
    return (
        [account for account in accounts if account.tenant_name in names],
        [analyzers[label] for label in labels],
        currency,
    )


def _label(analyzer: AnalyzerSubject) -> str:
    purpose = PURPOSES[analyzer.purpose]
    return f"{analyzer.name} ({_(purpose)})" if purpose else analyzer.name
