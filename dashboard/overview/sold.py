"""What a span sold, beside another: energy and its price by source, what the incomers supplied, and the recharges."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import streamlit as st
from markupsafe import Markup

from dashboard.charts.colours import GENERATOR, GRID
from dashboard.parts.facts import dot
from documents.formats import NOTHING, Formats
from prepaid.language import _
from sql.questions.sales import Compared, Sold

TABLE = "width:100%;border-collapse:collapse;margin:0;font-size:.9rem"
CELL = "padding:.45rem 0 .45rem .5rem;text-align:end;font-variant-numeric:tabular-nums;vertical-align:top"
HEAD = "padding:.45rem 0;text-align:start;font-weight:400;vertical-align:top;white-space:nowrap"
QUIET = "opacity:.75;font-size:.8rem"
LINE = "border-top:1px solid rgba(100,116,139,.28)"


class Row(NamedTuple):
    """A label with its dot, and (large, small) of the span and of the one beside it."""

    label: str
    colour: str
    now: tuple[str, str]
    before: tuple[str, str]


def draw_sold(title: str, before: str, compared: Compared, currency: str, words: Formats) -> None:
    """A card with two columns; `before` names the second one."""
    with st.container(border=True):
        head = Markup('<tr><th style="{head}"></th><th style="{cell};font-weight:600">{title}</th>').format(
            head=HEAD, cell=CELL, title=title
        )
        head += Markup('<th style="{cell};{quiet};font-weight:400">{before}</th></tr>').format(
            cell=CELL, quiet=QUIET, before=before
        )
        body = Markup("").join(_row(row) for row in _rows(compared, currency, words))
        st.html(
            Markup('<table style="width:100%;border-collapse:collapse;margin:0;font-size:.9rem">{}{}</table>').format(
                head, body
            )
        )


def _rows(compared: Compared, currency: str, words: Formats) -> Sequence[Row]:
    pair = (compared.now, compared.before)

    def energy(wh: int, amount: Decimal) -> tuple[str, str]:
        return words.energy(wh, 0), words.money_short(amount, currency)

    grid, generator, both = (tuple(energy(*_of(sold, name)) for sold in pair) for name in ("grid", "generator", "both"))
    rows = [
        Row(_("Grid"), GRID, grid[0], grid[1]),
        Row(_("Generator"), GENERATOR, generator[0], generator[1]),
        Row(_("Sold"), "", both[0], both[1]),
    ]
    supplied = [_supplied(sold, words) for sold in pair]
    if any(supplied):
        rows.append(Row(_("Supplied"), "", (supplied[0] or NOTHING, ""), (supplied[1] or NOTHING, "")))
    recharged = [_recharged(sold, currency, words) for sold in pair]
    return [*rows, Row(_("Recharged"), "", recharged[0], recharged[1])]


def _of(sold: Sold, name: str) -> tuple[int, Decimal]:
    use = sold.use
    if name == "grid":
        return use.grid_wh, use.grid_amount
    return (use.generator_wh, use.generator_amount) if name == "generator" else (use.wh, use.amount)


def _supplied(sold: Sold, words: Formats) -> str:
    known = [wh for wh in (sold.grid_supplied_wh, sold.generator_supplied_wh) if wh is not None]
    return words.energy(sum(known), 0) if known else ""


def _recharged(sold: Sold, currency: str, words: Formats) -> tuple[str, str]:
    counted = words.plural(_("{number} recharge|{number} recharges"), sold.recharges)
    return words.money_short(sold.recharged, currency), counted


def _row(row: Row) -> Markup:
    cells = _cell(row.now, 600) + _cell(row.before, 400)
    return Markup('<tr style="{line}"><th scope="row" style="{head}">{dot}{label}</th>{cells}</tr>').format(
        line=LINE, head=HEAD, dot=dot(row.colour), label=row.label, cells=cells
    )


def _cell(shown: tuple[str, str], weight: int) -> Markup:
    return Markup(
        '<td style="{cell}"><div style="font-weight:{weight}">{large}</div><div style="{quiet}">{small}</div></td>'
    ).format(cell=CELL, weight=weight, quiet=QUIET, large=shown[0], small=shown[1])
