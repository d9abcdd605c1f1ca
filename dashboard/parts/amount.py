"""A field for an amount of money: what is read are the digits that are shown, never a float."""

from decimal import Decimal

import streamlit as st

from documents.formats import decimals_of


def draw_amount(
    label: str,
    currency: str,
    key: str,
    value: Decimal | None = None,
    *,
    negative: bool = False,
    help: str | None = None,
) -> Decimal | None:
    """The amount in the field; None where it is empty. It has the decimals of the currency, or those of the value."""
    decimals = max(decimals_of(currency), 0 if value is None else _decimals(value))
    whole = decimals == 0
    held = st.number_input(
        label,
        min_value=None if negative else (0 if whole else 0.0),
        value=None if value is None else (int(value) if whole else float(value)),
        step=1 if whole else 10.0**-decimals,
        format="%d" if whole else f"%.{decimals}f",
        key=key,
        help=help,
    )
    return amount_of(held, decimals)


def amount_of(held: object, decimals: int) -> Decimal | None:
    """What a field with so many decimals holds."""
    return Decimal(format(held, f".{decimals}f")) if isinstance(held, int | float) else None


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
