"""Tests of dashboard.server.failures: what is told of the machine, and to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.server.failures import told
from documents.logs import configure
from prepaid.access import Viewer
from prepaid.errors.access import NotFound
from prepaid.errors.base import PrepaidError
from prepaid.errors.start import DatabaseBusy, SchemaOld, SettingInvalid
from prepaid.records import Role
from sql.connection import Database
from tests.dashboard.pages import pages_of

ADDRESS = "10.1.2.3"
OF_THE_MACHINE = (
    DatabaseBusy(where=f"mssql://{ADDRESS}/prepaid", wait_s="30"),
    SchemaOld(where=ADDRESS, found="0001", wanted="0009"),
    SettingInvalid(name="SMTP_SERVER", value=ADDRESS, why="no server"),
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    take_back = configure("dashboard", folder=tmp_path)
    yield tmp_path / "dashboard.log"
    take_back()


def viewer(role: Role) -> Viewer:
    return Viewer(role=role, site_id=None, tenant_id=1 if role is Role.TENANT else None)


@pytest.mark.parametrize("error", OF_THE_MACHINE, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("looking", [None, Role.TENANT, Role.CASHIER, Role.MANAGER])
def test_trouble_of_the_machine_is_told_to_the_log_only(log: Path, error: PrepaidError, looking: Role | None) -> None:
    sentence = told(error, viewer(looking) if looking else None)

    line = log.read_text(encoding="utf-8")
    assert ADDRESS not in sentence
    assert ADDRESS in line
    assert sentence.rstrip(".").rsplit(" ", 1)[-1] in line, "the reference leads to the line"


@pytest.mark.parametrize("error", OF_THE_MACHINE, ids=lambda each: type(each).__name__)
def test_an_administrator_reads_all_of_it(error: PrepaidError) -> None:
    assert told(error, viewer(Role.ADMIN)) == str(error)


def test_what_is_about_people_is_told_to_everybody() -> None:
    error = NotFound(what="account", name="A-1")

    assert told(error, None) == str(error)


def test_the_card_of_a_page_does_not_say_where_the_database_is(log: Path) -> None:
    def script() -> None:
        from dashboard.server.failures import show_failure
        from prepaid.errors.start import DatabaseUnavailable

        show_failure(DatabaseUnavailable(where="mssql://10.1.2.3/prepaid", why="no route"))

    app = AppTest.from_function(script).run()

    shown = " ".join(str(each.value) for each in (*app.markdown, *app.caption, *app.subheader))
    number = app.caption[0].value.removeprefix("Reference ")
    assert ADDRESS not in shown
    assert number in log.read_text(encoding="utf-8")


def test_the_sign_in_form_does_not_say_where_the_database_is(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{(tmp_path / 'secret-folder.db').as_posix()}")
    with pages_of(empty, tmp_path) as pages:
        app = pages.open(None, None)
        for field in app.text_input:
            field.set_value("anything")
        next(button for button in app.button if button.label == "Sign in").click().run()
    empty.close()

    (error,) = app.error
    assert "secret-folder" not in error.value
    assert "reference" in error.value
