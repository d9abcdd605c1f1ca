"""When a page fails: the log gets everything, the person a sentence and a reference number, never a traceback."""

import secrets

import streamlit as st

from dashboard.house import log
from prepaid.errors import DatabaseUnavailable, PrepaidError
from prepaid.language import _

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that are mistaken for each other on the telephone."""


def reference() -> str:
    """A short number to find one failure in the log by."""
    return "-".join("".join(secrets.choice(_LETTERS) for _each in range(4)) for _part in range(2))


def show_failure(error: Exception) -> bool:
    """Draws the card of an error no page has caught. True: nothing else shall be shown."""
    number = reference()
    if isinstance(error, PrepaidError):
        log.warning("page.refused", reference=number, error=str(error))
        title = _("The database does not answer") if isinstance(error, DatabaseUnavailable) else _("This did not work")
        sentence = str(error)
    else:
        log.error("page.failed", reference=number, exc_info=error)
        title = _("Something went wrong on our side")
        sentence = _("Nothing was changed. Try again; if it happens again, tell an administrator this reference.")
    with st.container(border=True, key=f"failure-{number}"):
        st.subheader(title, icon=":material/error:")
        st.write(sentence)
        st.caption(_("Reference {number}").format(number=number))
        st.button(_("Try again"), icon=":material/refresh:", key=f"again-{number}")
    return True
