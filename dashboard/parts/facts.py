"""A few facts, one under the other: what it is on one side, the value on the other; and one large number."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from markupsafe import Markup, escape

QUIET = "opacity:.75;font-size:.875rem"
"""Beside a value; still 4.5 : 1 and more on both themes."""
FROM_FAR, FROM_NEAR = "clamp(2.25rem,11vw,3.25rem)", "1.6rem"
"""How large a number is: the one of its page, and one beside a larger one."""


class Fact(NamedTuple):
    """A label, its value, and what is said smaller below it. `dot` is a colour that stands for the value."""

    label: str
    value: str
    note: str = ""
    dot: str = ""


def draw_number(value: str, below: str, *, size: str = FROM_FAR) -> None:
    """A number that is looked for first; `below` says what it is."""
    st.html(
        Markup(
            '<p style="margin:0;font-size:{};font-weight:700;line-height:1.1;'
            'letter-spacing:-.02em;font-variant-numeric:tabular-nums">{}</p>'
            '<p style="margin:.15rem 0 0;opacity:.75">{}</p>'
        ).format(size, value, below)
    )


def draw_facts(facts: Sequence[Fact]) -> None:
    """The facts as rows that fit a phone: a label takes half the width at most, a value may break anywhere."""
    st.html(Markup('<dl style="margin:0;padding:0">{}</dl>').format(Markup("").join(_row(fact) for fact in facts)))


def _row(fact: Fact) -> Markup:
    note = Markup('<div style="font-weight:400;{}">{}</div>').format(QUIET, fact.note) if fact.note else ""
    return Markup(
        '<div style="display:flex;justify-content:space-between;gap:1rem;padding:.6rem 0;'
        'border-top:1px solid rgba(100,116,139,.28)">'
        '<dt style="flex:none;max-width:50%;margin:0;padding:0;font-weight:400">'
        '{}<span style="opacity:.75">{}</span></dt>'
        '<dd style="min-width:0;margin:0;padding:0;text-align:end;font-weight:600;overflow-wrap:anywhere;'
        'font-variant-numeric:tabular-nums">{}{}</dd>'
        "</div>"
    ).format(dot(fact.dot), fact.label, escape(fact.value), note)


def dot(colour: str) -> Markup:
    """A dot of that colour before a word; nothing without a colour."""
    if not colour:
        return Markup("")
    return Markup(
        '<span aria-hidden="true" style="display:inline-block;width:.7rem;height:.7rem;border-radius:50%;'
        'margin-inline-end:.4rem;background:{}"></span>'
    ).format(colour)
