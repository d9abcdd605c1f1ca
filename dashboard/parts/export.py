"""A table as a file: comma-separated, as spreadsheets open it."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from prepaid.language import _

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would be run by a spreadsheet."""


def draw_export(table: pd.DataFrame | Callable[[], pd.DataFrame], name: str, key: str | None = None) -> None:
    """A button that gives the table as `<name>.csv`; the file is made when it is asked for, and so is a table that
    comes as a function."""
    st.download_button(
        _("CSV"),
        data=lambda: csv_of(table() if callable(table) else table),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        help=_("Download this table"),
        key=key or f"export-{name}",
    )


def csv_of(table: pd.DataFrame) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; texts that look like formulas are made harmless."""
    texts = table.select_dtypes(include=["object", "string"]).columns
    harmless = table.assign(**{column: table[column].map(_harmless) for column in texts})
    return harmless.to_csv(index=False).encode("utf-8-sig")


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
