"""What metering made of one analyzer: its charges from counter to counter, and what was not believed."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboard.analyzers.hold import draw_open_hold
from dashboard.analyzers.proposals import draw_proposals
from dashboard.asked.analyzers import now_minute
from dashboard.house import database
from dashboard.parts.export import draw_export
from dashboard.parts.states import draw_empty
from dashboard.viewing import formats, signed_in
from documents.analyzer_texts import HOLDS, VERDICTS
from documents.formats import NOTHING, Formats
from documents.hold_texts import hold_end_words
from documents.standing_texts import SOURCES
from prepaid.language import _, later
from prepaid.units import to_text
from sql.questions.analyzer_evidence import Charged, Hold, Quarantined, StepBack, charges_of, doubts_of, holds_of

DAYS = 7
HEIGHT_PX, SOURCE_PX = 480, 90
NUMBERS = (later("Used"), later("Amount"), later("Price"), later("Counter from"), later("Counter to"))
"""Columns of numbers with their units: they end under each other."""


def draw_charges(analyzer_id: int) -> None:
    """Charges of the last days, newest first."""
    viewer, words = signed_in().viewer, formats()
    with database().reading() as conn:
        found = charges_of(conn, viewer, analyzer_id, now_minute() - timedelta(days=DAYS))
    if not found:
        draw_empty(
            _("Nothing was charged in the last {days} days").format(days=DAYS),
            _("A charge is posted at each full hour in which energy was used."),
            ":material/receipt_long:",
        )
        return
    column = st.column_config
    st.dataframe(
        _charge_table(found, words),
        hide_index=True,
        height=HEIGHT_PX,
        key="charges",
        alt=_("Charges, newest first"),
        column_config={
            _("Source"): column.TextColumn(width=SOURCE_PX),
            _("Entry"): column.NumberColumn(format="%d"),
            **{_(name): column.TextColumn(alignment="right") for name in NUMBERS},
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        total = words.energy(sum(each.wh for each in found))
        st.caption(
            _("{number} charges in the last {days} days, {total} in all.").format(
                number=len(found), days=DAYS, total=total
            )
        )
        draw_export(charge_export(found), f"analyzer-{analyzer_id}-charges", "export-charges")


def draw_doubts(analyzer_id: int) -> None:
    """Holds, falls of counters, and readings that were kept as evidence and not used."""
    viewer, words = signed_in().viewer, formats()
    with database().reading() as conn:
        holds, doubts = holds_of(conn, viewer, analyzer_id), doubts_of(conn, viewer, analyzer_id)
    draw_open_hold(analyzer_id)
    draw_proposals(analyzer_id)
    if not (holds or doubts.quarantined or doubts.step_backs):
        draw_empty(
            _("Nothing was doubted"),
            _("Every reading fitted the ones before it."),
            ":material/verified:",
        )
        return
    if holds:
        st.subheader(_("Billing holds"))
        st.dataframe(_hold_table(holds, words), hide_index=True, key="holds", alt=_("Billing holds, newest first"))
    if doubts.step_backs:
        st.subheader(_("Counters that fell at a restart"))
        st.caption(_("What was used in between is never charged; it stands in the loss report."))
        falls = _fall_table(doubts.step_backs, words)
        st.dataframe(falls, hide_index=True, key="falls", alt=_("Falls of counters, newest first"))
    if doubts.quarantined:
        st.subheader(_("Readings not used"))
        newest = _(
            "{number} in all; the first of each kind in an hour stands here for those that were like it."
        ).format(number=words.number(doubts.quarantined_count))
        st.caption(newest)
        kept = _quarantine_table(doubts.quarantined, words)
        st.dataframe(kept, hide_index=True, key="quarantined", alt=_("Readings not used, newest first"))


def charge_export(found: Sequence[Charged]) -> pd.DataFrame:
    """Exact numbers for a spreadsheet: watt-hours, amounts as they were posted, instants in UTC."""
    return pd.DataFrame(
        {
            "period_from": [each.period_from.isoformat() for each in found],
            "period_to": [each.period_to.isoformat() for each in found],
            "source": [each.source.value for each in found],
            "from_wh": [each.from_wh for each in found],
            "to_wh": [each.to_wh for each in found],
            "wh": [each.wh for each in found],
            "price_per_kwh": [to_text(each.price_per_kwh) for each in found],
            "amount": [to_text(each.amount) for each in found],
            "currency": [each.currency for each in found],
            "account": [each.account_number for each in found],
            "entry_no": [each.entry_no for each in found],
            "cause": [each.cause.value for each in found],
            "spread": [each.spread for each in found],
        }
    )


def _charge_table(found: Sequence[Charged], words: Formats) -> pd.DataFrame:
    """What stands first is all that a phone shows."""
    return pd.DataFrame(
        {
            _("From"): [words.instant(each.period_from) for each in found],
            _("Used"): [words.energy(each.wh, 3) for each in found],
            _("Amount"): [words.money(each.amount, each.currency) for each in found],
            _("Source"): [_(SOURCES[each.source]) for each in found],
            _("Price"): [words.price(each.price_per_kwh, each.currency) for each in found],
            _("Counter from"): [words.energy(each.from_wh, 3) for each in found],
            _("Counter to"): [words.energy(each.to_wh, 3) for each in found],
            _("To"): [words.instant(each.period_to) for each in found],
            _("Account"): [each.account_number for each in found],
            _("Entry"): [each.entry_no for each in found],
            _("Divided by time"): [each.spread for each in found],
        }
    )


def _hold_table(holds: Sequence[Hold], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Cause"): [_(HOLDS[each.cause]) for each in holds],
            _("Began"): [words.instant(each.began_at) for each in holds],
            _("Protects until"): [
                NOTHING if each.protects_until_at is None else words.instant(each.protects_until_at) for each in holds
            ],
            _("Ended"): [_("Holds now") if each.ended_at is None else words.instant(each.ended_at) for each in holds],
            _("Ended by"): [hold_end_words(each.ended_by) for each in holds],
            _("Why"): [each.why for each in holds],
        }
    )


def _fall_table(falls: Sequence[StepBack], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Seen"): [words.instant(each.seen_at) for each in falls],
            _("Source"): [_(SOURCES[each.source]) for each in falls],
            _("Counter from"): [words.energy(each.from_wh, 3) for each in falls],
            _("Counter to"): [words.energy(each.to_wh, 3) for each in falls],
            _("Forgone"): [words.energy(each.forgone_wh, 3) for each in falls],
        }
    )


def _quarantine_table(kept: Sequence[Quarantined], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Read"): [words.instant(each.read_at) for each in kept],
            _("Times"): [each.times for each in kept],
            _("Last"): [words.instant(each.last_read_at or each.read_at) for each in kept],
            _("Verdict"): [_(VERDICTS[each.verdict]) for each in kept],
            _("Why"): [each.why for each in kept],
            _("Grid counter Wh"): [each.grid_counter for each in kept],
            _("Generator counter Wh"): [each.generator_counter for each in kept],
            _("Serial number"): [each.serial_number for each in kept],
        }
    )
