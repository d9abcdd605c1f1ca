"""When a page fails: the log gets everything, the person a sentence and a reference number, never a traceback."""

import secrets

import streamlit as st

from dashboard.house import log
from dashboard.server.outage import outage
from prepaid.access import Right, Viewer
from prepaid.errors.base import PrepaidError
from prepaid.errors.start import OF_THE_MACHINE, DatabaseUnavailable
from prepaid.language import _

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that are mistaken for each other on the telephone."""


def reference() -> str:
    """A short number to find one failure in the log by."""
    return "-".join("".join(secrets.choice(_LETTERS) for _each in range(4)) for _part in range(2))


def told(error: PrepaidError, viewer: Viewer | None) -> str:
    """The sentence of an error for that viewer. What names things of the machine is for administrators; anybody else
    gets a reference, under which the log has it."""
    if _is_for(viewer, error):
        return str(error)
    number = reference()
    log.warning("page.unavailable", reference=number, error=str(error))
    sentence = _("This is our fault. Try again later; an administrator finds the reason by the reference {number}.")
    return sentence.format(number=number)


def show_failure(error: Exception, viewer: Viewer | None = None) -> bool:
    """Draws the card of an error no page has caught. True: nothing else shall be shown."""
    number = reference()
    if isinstance(error, PrepaidError):
        log.warning("page.refused", reference=number, error=str(error))
        away = isinstance(error, DatabaseUnavailable)
        title = _("The database does not answer") if away else _("This did not work")
        ours = _("This is our fault. Try again later; an administrator finds the reason by this reference.")
        sentence = str(error) if _is_for(viewer, error) else ours
        if away:
            sentence = f"{_meanwhile(outage.goes_on())} {sentence}"
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


def _meanwhile(lasts_s: float) -> str:
    """Since when, and what a person may be afraid of."""
    minutes = int(lasts_s // 60)
    since = _("It has not answered for {minutes} minutes.").format(minutes=minutes) if minutes > 1 else ""
    calm = _("Supplies stay as they are meanwhile; what is used is counted by the meters and charged afterwards.")
    return f"{since} {calm}".strip()


def _is_for(viewer: Viewer | None, error: PrepaidError) -> bool:
    return not isinstance(error, OF_THE_MACHINE) or (viewer is not None and viewer.may(Right.ADMINISTER))
