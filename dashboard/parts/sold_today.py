"""What a seller has sold today: the sum of each currency, and every sale as a row."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard.parts.export import draw_export
from documents.formats import Formats
from documents.recharge_texts import paid_by_words
from prepaid.language import _
from prepaid.units import ZERO, add, to_text
from sql.questions.customer import MOST_SALES, Sold


def draw_sold_today(sold: Sequence[Sold], words: Formats) -> None:
    """The newest sale first."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_("Sold by you today"))
        st.caption(_sums(sold, words), width="content")
        if sold:
            draw_export(_file(sold, words), "recharges-today")
    if not sold:
        st.caption(_("Nothing yet."))
        return
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        _table(sold, words),
        hide_index=True,
        key="sold-today",
        width="stretch",
        column_config={_("Amount"): right, _("Balance after"): right},
    )
    if len(sold) == MOST_SALES:
        st.caption(_("Only the last {number} are shown.").format(number=MOST_SALES))


def _sums(sold: Sequence[Sold], words: Formats) -> str:
    sums: dict[str, Decimal] = {}
    for each in sold:
        sums[each.currency] = add(sums.get(each.currency, ZERO), each.amount)
    return " + ".join(words.money(amount, currency) for currency, amount in sums.items())


def _table(sold: Sequence[Sold], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                _("Time"): words.time(each.posted_at),
                _("Tenant"): each.tenant,
                _("Amount"): words.money(each.amount, each.currency),
                _("Balance after"): words.money(each.balance_after, each.currency),
                _("Paid by"): paid_by_words(each.paid_by),
                _("Reference"): each.reference or "",
                _("Receipt"): f"{each.number}/{each.entry_no}",
            }
            for each in sold
        ]
    )


def _file(sold: Sequence[Sold], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "receipt": f"{each.number}/{each.entry_no}",
                "posted": each.posted_at.astimezone(words.zone).isoformat(timespec="seconds"),
                "tenant": each.tenant,
                "account": each.number,
                "amount": Decimal(to_text(each.amount)),
                "currency": each.currency,
                "balance_after": Decimal(to_text(each.balance_after)),
                "paid_by": each.paid_by,
                "reference": each.reference,
            }
            for each in sold
        ]
    )
