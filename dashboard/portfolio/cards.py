"""One card for each site: does its enforcer live, what is wrong, what feeds it, what did it sell."""

from collections.abc import Iterator
from typing import Literal

import streamlit as st

from dashboard.charts.colours import OF_SOURCE
from dashboard.parts.ago import ago
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from documents.alert_names import alert_name
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES
from prepaid.alerts import GRAVE_KINDS, AlertKind
from prepaid.language import _
from prepaid.records import Source
from sql.questions.portfolio import AlarmsOf, SiteGlance
from sql.questions.portfolio_sales import SiteSold

OVERVIEW_PAGE, ALERTS_PAGE, SITE = "admin/overview.py", "admin/alerts.py", "site"
ALARMS_SHOWN = 3
Colour = Literal["red", "orange", "green", "gray"]


def urgency(site: SiteGlance) -> tuple[bool, bool, bool, str]:
    """Silent enforcers first, then grave alarms, then any alarms; alike ones by name."""
    grave = any(each.kind in GRAVE_KINDS for each in site.alarms)
    return (site.enforcer_lives, not grave, not site.alarms, site.facts.name.casefold())


def draw_card(site: SiteGlance, today: SiteSold | None, month: SiteSold | None, words: Formats) -> None:
    """The whole card; its name leads to the Overview of the site. Instants and money are the site's own."""
    query = {SITE: str(site.facts.site_id)}
    with st.container(border=True, height="stretch", gap="small", key=f"site-{site.facts.site_id}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            name = f"**{plain(site.facts.name)}**"
            st.page_link(OVERVIEW_PAGE, label=name, icon=":material/apartment:", query_params=query)
            there = words.sentence(_("{time} in {zone}"), time=words.time(site.at), zone=site.facts.time_zone)
            st.caption(plain(there), width="content")
        with st.container(horizontal=True, gap="xsmall"):
            for text, icon, colour in _badges(site, words):
                st.badge(text, icon=f":material/{icon}:", color=colour)
        told = [each for each in site.alarms if each.kind is not AlertKind.ENFORCER_SILENT]
        for alarms in sorted(told, key=_gravity)[:ALARMS_SHOWN]:
            label = plain(_alarm(alarms, site, words))
            st.page_link(ALERTS_PAGE, label=label, icon=":material/notification_important:", query_params=query)
        draw_facts([*_supply(site, words), *_counts(site, words), *_sold(today, month, words)])


def _badges(site: SiteGlance, words: Formats) -> Iterator[tuple[str, str, Colour]]:
    age_s = site.heartbeat_age_s
    if age_s is None:
        yield _("Enforcer not started yet"), "play_circle", "gray"
    elif site.enforcer_lives:
        yield words.sentence(_("Enforcer ran {ago}"), ago=ago(age_s, words)), "check_circle", "green"
    else:
        yield words.sentence(_("Enforcer silent, last ran {ago}"), ago=ago(age_s, words)), "heart_broken", "red"
    if site.open_alarms:
        forms = _("{number} open alarm|{number} open alarms")
        colour: Colour = "red" if any(each.kind in GRAVE_KINDS for each in site.alarms) else "orange"
        yield words.plural(forms, site.open_alarms), "notifications", colour


def _gravity(alarms: AlarmsOf) -> tuple[bool, float]:
    """The gravest first, of alike ones the newest."""
    return (alarms.kind not in GRAVE_KINDS, -alarms.since_at.timestamp())


def _alarm(alarms: AlarmsOf, site: SiteGlance, words: Formats) -> str:
    since = words.near(alarms.since_at, site.at)
    if alarms.number == 1:
        return words.sentence(_("{what}, since {since}"), what=alert_name(alarms.kind), since=since)
    return words.sentence(
        _("{number} x {what}, since {since}"),
        number=words.number(alarms.number),
        what=alert_name(alarms.kind),
        since=since,
    )


def _supply(site: SiteGlance, words: Formats) -> Iterator[Fact]:
    """What each source supplies now, as its incomer shows, else as the tenants draw it; old numbers are none."""
    power = site.power
    for source, supplied_w, drawn_w in (
        (Source.GRID, power.grid_supplied_w, power.grid_w),
        (Source.GENERATOR, power.generator_supplied_w, power.generator_w),
    ):
        shown = words.power(drawn_w if supplied_w is None else supplied_w) if site.enforcer_lives else NOTHING
        label = words.sentence(_("{source} now"), source=_(SOURCES[source]))
        yield Fact(label, shown, dot=OF_SOURCE[source])


def _counts(site: SiteGlance, words: Formats) -> Iterator[Fact]:
    total = words.number(site.analyzers)
    answering = words.sentence(_("{number} of {total}"), number=words.number(site.answering), total=total)
    failing = words.plural(_("{number} does not answer|{number} do not answer"), site.failing) if site.failing else ""
    yield Fact(_("Analyzers answering"), answering, failing if site.enforcer_lives else _("nothing is read"))
    due = words.plural(_("{number} more out of credit|{number} more out of credit"), site.exhausted)
    cut = words.sentence(_("{number} of {total}"), number=words.number(site.cut), total=words.number(site.accounts))
    yield Fact(_("Accounts cut"), cut, due if site.exhausted else "")


def _sold(today: SiteSold | None, month: SiteSold | None, words: Formats) -> Iterator[Fact]:
    for label, sold in ((_("Sold today"), today), (_("Sold this month"), month)):
        energy = NOTHING if sold is None else words.energy_short(sold.use.wh)
        yield Fact(label, energy, "" if sold is None else words.money_short(sold.use.amount, sold.currency))
