"""Tests of dashboard.server.outage: for how long the database has not answered, and what a page says of it."""

from streamlit.testing.v1 import AppTest

from dashboard.server.outage import Outage, outage
from prepaid.clock import ManualClock


def test_it_lasts_from_the_first_page_that_failed() -> None:
    clock = ManualClock()
    away = Outage(clock)
    away.goes_on()
    clock.advance(100)
    first = away.goes_on()
    away.is_over()
    clock.advance(100)

    assert (first, away.goes_on()) == (100, 0)


def test_a_page_without_a_database_says_that_nothing_is_switched_or_lost() -> None:
    def script() -> None:
        from dashboard.server.failures import show_failure
        from prepaid.errors.start import DatabaseUnavailable

        show_failure(DatabaseUnavailable(where="mssql://10.1.2.3/prepaid", why="no route"))

    app = AppTest.from_function(script).run()
    outage.is_over()

    assert app.subheader[0].value == "The database does not answer"
    assert "Supplies stay as they are meanwhile" in app.markdown[0].value
    assert "charged afterwards" in app.markdown[0].value
