"""What new bases of one analyzer left unknown, beside the estimate that a person may post for it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.analyzers.estimate_acts import draw_estimates
from dashboard.house import database
from dashboard.viewing import formats, signed_in
from documents.analyzer_texts import BASES
from documents.formats import NOTHING, Formats
from prepaid.language import _
from prepaid.proposals import Proposal
from sql.questions.analyzer_proposals import proposals_of


def draw_proposals(analyzer_id: int) -> None:
    """The section; nothing where no base was opened anew."""
    viewer, words = signed_in().viewer, formats()
    with database().reading() as conn:
        found = proposals_of(conn, viewer, analyzer_id)
    if not found:
        return
    st.subheader(_("Unknown use before new bases"))
    st.caption(_("From the use of the two weeks before. Nothing of it is charged unless a person posts an estimate."))
    st.dataframe(_table(found, words), hide_index=True, key="proposals", alt=_("Estimates, newest first"))
    draw_estimates(found, words)


def _table(found: Sequence[Proposal], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Last accepted"): [words.instant(each.from_at) for each in found],
            _("New base"): [words.instant(each.until_at) for each in found],
            _("Cause"): [_(BASES[each.cause]) for each in found],
            _("Usual use"): [_wh(each, words) for each in found],
            _("Charged by the new base"): [
                words.energy(each.counted.grid_wh + each.counted.generator_wh, 3) for each in found
            ],
            _("Unknown"): [words.energy(each.unknown.grid_wh + each.unknown.generator_wh, 3) for each in found],
            _("Proposed estimate"): [_amount(each, words) for each in found],
            _("Account"): [each.account_number for each in found],
            _("State"): [_state(each) for each in found],
        }
    )


def _wh(proposal: Proposal, words: Formats) -> str:
    usual = proposal.usual
    return NOTHING if usual is None else words.energy(usual.grid_wh + usual.generator_wh, 3)


def _amount(proposal: Proposal, words: Formats) -> str:
    return NOTHING if proposal.usual is None else words.money(proposal.amount, proposal.currency)


def _state(proposal: Proposal) -> str:
    if proposal.posted:
        return _("Posted")
    return _("Open") if proposal.dismissed is None else _("Dismissed")
