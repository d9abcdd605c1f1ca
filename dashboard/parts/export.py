"""A table as a file: comma-separated as spreadsheets open it, or a workbook."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from itertools import islice
from typing import Any

import pandas as pd
import streamlit as st

from documents.workbook_table import workbook_of_table
from prepaid.language import _

ROWS_AT_MOST, ROWS_AT_ONCE = 200_000, 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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


def draw_workbook(table: Callable[[], pd.DataFrame], name: str) -> None:
    """A button that gives the table as `<name>.xlsx`, made when it is asked for."""
    st.download_button(
        _("XLSX"),
        data=lambda: xlsx_of(table(), name),
        file_name=f"{name}.xlsx",
        mime=XLSX,
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        help=_("Download this table"),
        key=f"workbook-{name}",
    )


def xlsx_of(table: pd.DataFrame, name: str) -> bytes:
    """The workbook of a table; what is missing is an empty cell."""
    rows = table.astype(object).where(table.notna(), None).itertuples(index=False, name=None)
    return workbook_of_table(name, [str(column) for column in table.columns], rows)


def csv_of(table: pd.DataFrame) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; texts that look like formulas are made harmless."""
    return _lines(table).encode("utf-8-sig")


def csv_of_rows(rows: Iterable[Mapping[str, Any]], most: int = ROWS_AT_MOST) -> bytes:
    """The same of rows that come page by page. If there are more than `most`, the last line says that it is not all."""
    file, left, written = BytesIO(), iter(rows), 0
    while batch := list(islice(left, min(ROWS_AT_ONCE, most - written))):
        table = pd.DataFrame(batch)
        file.write(csv_of(table) if written == 0 else _lines(table, header=False).encode())
        written += len(batch)
    if written == 0:
        return csv_of(pd.DataFrame())
    if next(left, None) is not None:
        ending = _("Not complete: this file ends after {number} rows. Choose a shorter time for the rest.")
        file.write(_lines(pd.DataFrame({"ending": [ending.format(number=written)]}), header=False).encode())
    return file.getvalue()


def _lines(table: pd.DataFrame, *, header: bool = True) -> str:
    texts = table.select_dtypes(include=["object", "string"]).columns
    harmless = table.assign(**{column: table[column].map(_harmless) for column in texts})
    return harmless.to_csv(index=False, header=header)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
