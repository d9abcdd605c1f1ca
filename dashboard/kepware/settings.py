"""How a log is set: its name, its stamps, its interval, its decimal sign, and how long its rows stay."""

from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.viewing import formats
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import LogTable, Stamps
from prepaid.kepware.proposal import Proposal
from prepaid.language import _, later
from sql.kepware.mapping import INTERVAL_LEAST_MS, INTERVAL_MOST_MS, NAME_MOST, PURGE_MOST_H, GroupFacts

STAMPS = {Stamps.UTC: later("UTC"), Stamps.LOCAL: later("Local time")}
FIELD_PX = 190


def draw_settings(table: LogTable, group: LogGroup | None, proposal: Proposal, zone: ZoneInfo) -> GroupFacts:
    """The fields, filled in as it was saved, or as the log seems to be."""
    stamps = proposal.stamps if group is None else group.stamps
    interval_ms = proposal.interval_ms if group is None else group.interval_ms
    with st.grid(3, min_column_width=FIELD_PX):
        name = st.text_input(_("Name"), table.name if group is None else group.name, max_chars=NAME_MOST)
        chosen = st.selectbox(
            _("Stamps"),
            list(STAMPS),
            index=list(STAMPS).index(stamps),
            format_func=lambda each: _(STAMPS[each]),
            help=_("A setting of the log group in Kepware. UTC has no hour that comes twice."),
        )
        zone_name = st.text_input(
            _("Zone of local stamps"), zone.key if group is None else group.zone.key, help=_("Like Asia/Baghdad")
        )
        interval_s = st.number_input(
            _("Interval (s)"),
            INTERVAL_LEAST_MS / 1000,
            INTERVAL_MOST_MS / 1000,
            interval_ms / 1000,
            step=1.0,
            help=_("The static interval of the log group. Readings are stale after three of them."),
        )
        purge_after_h = st.number_input(
            _("Remove rows after (h)"),
            0,
            PURGE_MOST_H,
            0 if group is None or group.purge_after_h is None else group.purge_after_h,
            help=_("So long after they were used; 0: they stay. The login must be allowed to delete there."),
        )
        decimal_comma = st.checkbox(
            _("Decimal comma"), proposal.decimal_comma if group is None else group.decimal_comma
        )
    st.caption(formats().sentence(_("The site's zone is {zone}."), zone=zone.key))
    return GroupFacts(
        name=name,
        table=table,
        stamps=chosen,
        time_zone=zone_name.strip() or None,
        decimal_comma=decimal_comma,
        interval_ms=round(interval_s * 1000),
        purge_after_h=purge_after_h or None,
    )
