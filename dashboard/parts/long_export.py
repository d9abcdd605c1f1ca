"""A list that is longer than a page shows, as a file: asked for page by page in the moment of the download."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st

from dashboard.house import database
from dashboard.parts.export import csv_of_rows
from dashboard.viewing import signed_in
from prepaid.access import Viewer
from prepaid.language import _
from sql.sessions import SignedIn, require_open

Rows = Callable[[Viewer], Iterator[Mapping[str, Any]]]
"""The rows of the file, for whoever downloads it."""


def draw_long_export(rows: Rows, name: str) -> None:
    """A button that gives all rows as `<name>.csv`."""
    person = signed_in()
    st.download_button(
        _("CSV"),
        data=lambda: _file(person, rows),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        help=_("Download everything that fits the filter"),
        key=f"export-{name}",
    )


def _file(person: SignedIn, rows: Rows) -> bytes:
    """The session is asked for again: a button can be pressed long after it was drawn."""
    with database().reading() as conn:
        viewer = require_open(conn, person, database().now(conn)).viewer
    return csv_of_rows(rows(viewer))
