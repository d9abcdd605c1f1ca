"""The import of a workbook: chosen, looked at, and written as it was seen. Until the last button nothing is written."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.export import XLSX
from dashboard.parts.plain import plain
from dashboard.tenancy.import_preview import draw_findings, draw_lists, draw_sums
from dashboard.viewing import acting, formats, signed_in, site_id
from documents.workbook_reader import MOST_BYTES, read_workbook
from documents.workbook_template import template_of
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.workbook import Workbook
from sql.imports import Preview, import_workbook, plans_for_tenants, preview_import
from sql.sessions import SignedIn

LOOKED_AT, IMPORTED, FAILED, FILE = "import_looked_at", "import_done", "import_failed", "import-file"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A file that was read, and what the person sees of it: that and nothing else is written."""

    file_id: str
    book: Workbook
    preview: Preview


def draw_import(person: SignedIn) -> None:
    """The button, for administrators."""
    if person.viewer.may(Right.ADMINISTER) and st.button(_("Import"), icon=":material/upload_file:", key="import"):
        _forget()
        open_dialog(
            _("Import tenants and analyzers"),
            Right.ADMINISTER,
            partial(draw_importing, site_id()),
            on_dismiss=_forget,
        )


def draw_importing(at_site: int) -> None:
    """The file, what would come from it, and the button that writes it; once it is written, what was added."""
    if IMPORTED in st.session_state:
        _draw_imported(st.session_state[IMPORTED])
    else:
        _draw_choosing(at_site)


def _draw_choosing(at_site: int) -> None:
    _draw_template(at_site)
    file = st.file_uploader(
        _("Workbook"), type=["xlsx"], key=FILE, max_upload_size=MOST_BYTES // MEGABYTE, help=_("XLSX, at most 4 MB")
    )
    failed = st.session_state.pop(FAILED, None)
    if failed is not None:
        st.error(plain(failed), icon=":material/error:")
    if file is None:
        st.session_state.pop(LOOKED_AT, None)
        return
    try:
        seen = _looked_at(at_site, file.file_id, file.getvalue())
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if seen.preview.findings:
        draw_findings(seen.preview)
        return
    if seen.preview.adds_nothing:
        st.info(_("Everything in this file is there already. There is nothing to import."), icon=":material/info:")
        return
    draw_sums(seen.preview, formats())
    draw_lists(seen.preview, formats())
    st.caption(_("The accounts begin observed: they are charged, and nobody is cut. All of it is written, or nothing."))
    st.button(_("Import now"), type="primary", width="stretch", key="import-now", on_click=_write, args=(at_site, seen))


def _draw_template(at_site: int) -> None:
    st.caption(_("Fill in the template: a sheet each for tenants, analyzers and opening balances."))
    person = signed_in()
    with database().reading() as conn:
        plans = plans_for_tenants(conn, person.viewer, at_site, database().now(conn))
    st.download_button(
        _("Template"),
        data=lambda: template_of([(plan.name, plan.currency) for plan in plans.values()]),
        file_name="import.xlsx",
        mime=XLSX,
        icon=":material/download:",
        on_click="ignore",
        key="import-template",
    )


def _looked_at(at_site: int, file_id: str, content: bytes) -> LookedAt:
    """What was seen first stays what is seen: the page may not change it behind the person's back."""
    held = st.session_state.get(LOOKED_AT)
    if isinstance(held, LookedAt) and held.file_id == file_id:
        return held
    with st.spinner(_("Reading the file")):
        book = read_workbook(content)
        with database().reading() as conn:
            preview = preview_import(conn, signed_in().viewer, at_site, book, database().now(conn))
    found = LookedAt(file_id=file_id, book=book, preview=preview)
    st.session_state[LOOKED_AT] = found
    return found


@acting(Right.ADMINISTER)
def _write(person: SignedIn, at_site: int, seen: LookedAt) -> None:
    """Before the dialog is drawn again, so that nothing of the choosing stays below what was added."""
    try:
        st.session_state[IMPORTED] = import_workbook(database(), person, at_site, seen.book, seen.preview)
    except PrepaidError as error:
        st.session_state[FAILED] = str(error)
        st.session_state.pop(LOOKED_AT, None)  # it is looked at anew
    asked.rows.clear()


def _draw_imported(added: Preview) -> None:
    """What was added, to be kept: the sum of the file is in the audit trail, too."""
    st.success(_("The file was imported."), icon=":material/check_circle:")
    draw_sums(added, formats())
    st.caption(_("Mark of the file in the audit trail: {mark}").format(mark=added.sha256))
    if st.button(_("Close"), type="primary", width="stretch", key="import-close"):
        _forget()
        st.rerun()


def _forget() -> None:
    for name in (LOOKED_AT, IMPORTED, FAILED, FILE):
        st.session_state.pop(name, None)
