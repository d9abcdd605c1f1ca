"""A small table of numbers that is read, not sorted: quantities down, phases or tariffs across."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

LINE = "border-top:1px solid rgba(100,116,139,.28)"
CELL = "padding:.4rem 0 .4rem .5rem;text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap"
HEAD = "padding:.4rem 0 .4rem .5rem;text-align:end;font-weight:500;opacity:.75;vertical-align:bottom"


def draw_matrix(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], label: str) -> None:
    """The table: `heads` over the columns, each row a name and its cells; short rows end empty."""
    top = Markup("").join(Markup('<th scope="col" style="{}">{}</th>').format(HEAD, head) for head in heads)
    body = Markup("").join(_row(name, cells, len(heads)) for name, cells in rows)
    st.html(
        Markup(
            '<div style="overflow-x:auto"><table aria-label="{}" style="width:100%;border-collapse:collapse;'
            'font-size:clamp(.78rem,2.2vw,.875rem)"><thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table></div>'
        ).format(label, top, body)
    )


def _row(name: str, cells: Sequence[str], count: int) -> Markup:
    filled = [*cells, *[""] * (count - len(cells))]
    shown = Markup("").join(Markup('<td style="{};{}">{}</td>').format(CELL, LINE, cell) for cell in filled)
    return Markup(
        '<tr><th scope="row" style="text-align:start;font-weight:500;padding:.4rem 0;{}">{}</th>{}</tr>'
    ).format(LINE, name, shown)
