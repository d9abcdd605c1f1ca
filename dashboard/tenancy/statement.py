"""The statement of an account as a file, made in the moment of the download."""

import streamlit as st

from dashboard.house import database
from dashboard.viewing import signed_in
from documents.statements import statement_page
from prepaid.language import _
from sql.questions.statement import statement
from sql.sessions import SignedIn, require_open


def draw_statement(account_id: int, number: str, place: str) -> None:
    """A button that gives the statement as a page to be printed; `place` tells it from another one on the page."""
    person = signed_in()
    st.download_button(
        _("Statement"),
        data=lambda: statement_file(person, account_id),
        file_name=f"statement-{number}.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        help=_("All that was used, paid and booked since the account was opened"),
        key=f"statement-{place}-{account_id}",
    )


def statement_file(person: SignedIn, account_id: int) -> bytes:
    """The page. The session is asked for again, as the button can be pressed long after it was drawn. Raises
    SessionEnded, NotAllowed, NotFound."""
    with database().reading() as conn:
        now = database().now(conn)
        viewer = require_open(conn, person, now).viewer
        found = statement(conn, viewer, account_id, now)
    return statement_page(found, person.language).encode()
