"""Portfolio: all sites together, those where something is wrong first; each leads to its own Overview."""

from collections.abc import Sequence

import streamlit as st

from dashboard.asked import portfolio as asked
from dashboard.portfolio.cards import draw_card, urgency
from dashboard.viewing import formats, live, need, signed_in
from documents.catalogue import readable
from documents.formats import Formats
from prepaid.access import Right
from prepaid.calendar import zone
from prepaid.language import _
from sql.questions.portfolio import SiteGlance

LIVE_S = 5.0
LEAST_CARD_PX, LEAST_METRIC_PX = 330, 160


@live(LIVE_S, Right.SEE_SITE)
def draw_sites() -> None:
    person = signed_in()
    sites = sorted(asked.sites_now(person.viewer), key=urgency)
    today, month = asked.sold_today(person.viewer), asked.sold_this_month(person.viewer)
    _draw_totals(sites, formats())
    with st.grid(3, min_column_width=LEAST_CARD_PX):
        for site in sites:
            words = Formats(readable(person.language), zone(site.facts.time_zone))
            draw_card(site, today.get(site.facts.site_id), month.get(site.facts.site_id), words)
    st.caption(_("What was sold counts from midnight at the site, up to the last full hour, in the money of the site."))


def _draw_totals(sites: Sequence[SiteGlance], words: Formats) -> None:
    """Only what adds up: money of different sites does not."""
    alive = [site for site in sites if site.enforcer_lives]
    analyzers, answering = sum(site.analyzers for site in sites), sum(site.answering for site in sites)
    alarms, silent = sum(site.open_alarms for site in sites), len(sites) - len(alive)
    with st.grid(4, min_column_width=LEAST_METRIC_PX):
        st.metric(
            _("Sites"),
            words.number(len(sites)),
            delta=_("{number} silent").format(number=words.number(silent)) if silent else _("all running"),
            delta_color="red" if silent else "gray",
            delta_arrow="off",
            help=_("Silent: its enforcer gives no sign of life."),
            border=True,
            height="stretch",
        )
        st.metric(
            _("Load now"),
            words.power(sum(site.power.total_w for site in alive)),
            help=_("What the tenants of all sites with a running enforcer draw now."),
            border=True,
            height="stretch",
        )
        st.metric(
            _("Analyzers"),
            words.number(answering) + ("" if answering == analyzers else f" / {words.number(analyzers)}"),
            delta=_("all answering")
            if answering == analyzers
            else _("{number} silent").format(number=words.number(analyzers - answering)),
            delta_color="gray" if answering == analyzers else "red",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
        st.metric(_("Open alarms"), words.number(alarms), border=True, height="stretch")


need(Right.SEE_SITE)
st.title(_("Portfolio"))
draw_sites()
