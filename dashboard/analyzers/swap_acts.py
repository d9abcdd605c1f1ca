"""The dialog of a swap: which device comes, at which counters the old one was taken away, and a test of the new one."""

from decimal import Decimal

import streamlit as st

from dashboard.analyzers.acting import do, fresh
from dashboard.analyzers.commissioning_acts import draw_consent
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES
from prepaid.language import _, later
from prepaid.records import SOURCES as BOTH
from prepaid.records import Source
from prepaid.wishes import LONGEST_REASON
from sql.questions.analyzer_device import OpenBase, open_bases_of
from sql.questions.analyzer_tests import Serials
from sql.swaps import LONGEST_SERIAL, NewDevice, ask_swap

WH = 1000
EFFECT = later(
    "As soon as the new device answers at this address, its counters are counted from where they are. The old one is "
    "closed; what its last counters add is charged. What flowed between them stands on no counter and is proposed as "
    "an estimate."
)


def draw_ask_swap(analyzer_id: int, serials: Serials) -> None:
    """Announces another device, or takes the one that answers already."""
    line, _found, _now = fresh(analyzer_id)
    person, words = signed_in(), formats()
    with database().reading() as conn:
        bases = {base.source: base for base in open_bases_of(conn, person.viewer, analyzer_id)}
    st.warning(_(EFFECT), icon=":material/swap_horiz:")
    switch, switch_on = draw_consent(line)
    with st.form("form-swap", border=False):
        known = serials.answering if serials.is_other else None
        serial_number = st.text_input(
            _("Serial number of the new device"), value=known or "", max_chars=LONGEST_SERIAL, key="swap-serial"
        )
        st.markdown(_("Counters of the old device when it was taken away. Left empty: those accepted last."))
        final = {source: _counter_input(bases.get(source), source, words) for source in BOTH}
        example = _("For example: the display was broken, exchanged on the spot")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example)
        if st.form_submit_button(_("Swap the device"), type="primary", width="stretch"):
            new = NewDevice(serial_number=serial_number, final_wh=final, switch=switch, switch_on=switch_on)
            do(
                lambda: ask_swap(database(), person, analyzer_id, new, reason),
                _("Asked. The enforcer takes the new device with two readings that agree."),
            )


def _counter_input(base: OpenBase | None, source: Source, words: Formats) -> int | None:
    label = words.sentence(_("Counter of the {source}, kWh"), source=_(SOURCES[source]).lower())
    kwh = st.number_input(
        plain(label),
        value=None,
        min_value=0.0,
        step=0.001,
        format="%.3f",
        key=f"swap-{source}",
        placeholder=NOTHING if base is None else words.energy(base.counter_wh, 3),
    )
    return None if kwh is None else int(Decimal(str(kwh)) * WH)
