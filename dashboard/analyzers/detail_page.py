"""One analyzer: its head, its live values, its history, and everything that is on record about it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.analyzers.books import draw_charges, draw_doubts
from dashboard.analyzers.device import draw_device
from dashboard.analyzers.head import draw_head
from dashboard.analyzers.history import draw_history
from dashboard.analyzers.opened import close
from dashboard.analyzers.record import draw_supply_record
from dashboard.analyzers.values import draw_values
from dashboard.asked.analyzers import line_now
from dashboard.parts.plain import plain
from dashboard.parts.states import draw_empty
from dashboard.viewing import formats, site_id
from documents.analyzer_texts import PURPOSES
from documents.formats import Formats
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.language import _
from sql.questions.analyzers import AnalyzerLine

TENANT_PAGE = "admin/tenants.py"


def draw_detail(analyzer_id: int) -> None:
    """The whole page of one analyzer."""
    ways = st.container(horizontal=True)
    ways.button(_("All analyzers"), icon=":material/arrow_back:", type="tertiary", on_click=close)
    try:
        line, _now = line_now(analyzer_id)
        if line.site_id != site_id():
            raise NotFound(what=_("analyzer"), name=analyzer_id)
    except (NotFound, NotAllowed) as error:
        draw_empty(_("No such analyzer"), plain(str(error)), ":material/search_off:")
        return
    with ways:
        _draw_way_to_tenant(line)
    words = formats()
    st.title(plain(words.name(line.name)))
    st.caption(plain(_whose(line, words)))
    draw_head(analyzer_id)
    parts: list[tuple[str, Callable[[], None]]] = [
        (_("Live"), partial(draw_values, analyzer_id)),
        (_("History"), partial(draw_history, analyzer_id)),
        (_("Supply"), partial(draw_supply_record, analyzer_id)),
        (_("Device"), partial(draw_device, line)),
        (_("Charges"), partial(draw_charges, analyzer_id)),
        (_("Doubts"), partial(draw_doubts, analyzer_id)),
    ]
    tabs = st.tabs([title for title, _draw in parts], key="analyzer_part", on_change="rerun", bind="query-params")
    for tab, (_title, draw) in zip(tabs, parts, strict=True):
        if tab.open:
            with tab:
                draw()


def _draw_way_to_tenant(line: AnalyzerLine) -> None:
    if line.tenant_id is None or line.tenant is None:
        return
    if st.button(plain(line.tenant), icon=":material/groups:", type="tertiary", key="way-to-tenant"):
        st.switch_page(TENANT_PAGE, query_params={"tenant": str(line.tenant_id)})


def _whose(line: AnalyzerLine, words: Formats) -> str:
    """Whose the analyzer is and where it stands, on one line."""
    parts = [
        words.name(line.tenant) if line.tenant else _(PURPOSES[line.purpose]),
        words.sentence(_("account {number}"), number=words.name(line.account_number)) if line.account_number else "",
        words.name(line.location) if line.location else "",
        words.sentence(_("serial number {number}"), number=words.name(line.serial_number))
        if line.serial_number
        else "",
    ]
    return " · ".join(part for part in parts if part)
