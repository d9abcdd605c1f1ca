"""What an import would add, and what is not right in its file."""

import pandas as pd
import streamlit as st

from dashboard.parts.export import draw_export
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from documents.formats import NOTHING, Formats
from prepaid.language import _
from sql.imports import Preview

ROWS_PX = 260


def draw_findings(preview: Preview) -> None:
    """All that is not right, each with its cell and what to do."""
    said = _(
        "{number} things in this file are not right, so nothing can be imported. Correct them and choose it again."
    )
    st.error(said.format(number=preview.findings_in_all), icon=":material/error:")
    parted = [finding.partition(": ") for finding in preview.findings]
    table = pd.DataFrame(
        {_("Where"): [where for where, _colon, _why in parted], _("What"): [why for _where, _colon, why in parted]}
    )
    st.table(table.map(plain), border="horizontal", hide_index=True)
    if preview.findings_in_all > len(preview.findings):
        st.caption(_("and {more} more").format(more=preview.findings_in_all - len(preview.findings)))
    draw_export(table, "import-findings")


def draw_sums(preview: Preview, words: Formats) -> None:
    """How many of each, and what is booked in each currency."""
    sums = [words.money(amount, currency) for currency, amount in preview.sums.items()]
    unchanged = preview.tenants_unchanged + preview.analyzers_unchanged + preview.openings_unchanged
    draw_facts(
        [
            Fact(_("Tenants, each with an account"), words.number(len(preview.tenants))),
            Fact(_("Contacts"), words.number(preview.contacts)),
            Fact(_("Analyzers, each with an assignment"), words.number(len(preview.analyzers))),
            Fact(_("Opening balances"), words.number(preview.openings), " + ".join(sums)),
            Fact(_("Rows that are there already"), words.number(unchanged)),
        ]
    )


def draw_lists(preview: Preview, words: Formats) -> None:
    """Every row that would be added, behind a click."""
    if preview.tenants or preview.late_openings:
        with st.expander(_("Tenants and opening balances"), icon=":material/groups:"):
            _draw_table(_tenants(preview, words), "import-tenants")
    if preview.analyzers:
        with st.expander(_("Analyzers"), icon=":material/electric_meter:"):
            _draw_table(_analyzers(preview), "import-analyzers")


def _draw_table(table: pd.DataFrame, key: str) -> None:
    st.dataframe(table, hide_index=True, height=min(ROWS_PX, 36 * (len(table) + 1) + 3), key=key)


def _tenants(preview: Preview, words: Formats) -> pd.DataFrame:
    lines = [
        (each.name, each.number, each.plan, words.money(each.opening, each.currency)) for each in preview.tenants
    ] + [(late.tenant, late.number, NOTHING, words.money(late.amount, late.currency)) for late in preview.late_openings]
    return pd.DataFrame(lines, columns=[_("Tenant"), _("Account"), _("Plan"), _("Opening balance")])


def _analyzers(preview: Preview) -> pd.DataFrame:
    lines = [
        (each.name, each.tenant or _("the site"), f"{each.host}:{each.port}/{each.unit_id}")
        for each in preview.analyzers
    ]
    return pd.DataFrame(lines, columns=[_("Analyzer"), _("Belongs to"), _("Address")])
