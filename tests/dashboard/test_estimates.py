"""What a new base left unknown, on the page of its analyzer: posted or dismissed in a dialog that shows the effect."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.analyzers.estimate_acts import draw_dismissing, draw_posting
from dashboard.analyzers.proposals import draw_proposals
from prepaid.access import Right
from prepaid.records import EntryKind, Role
from sql.tables import accounts, dismissed_estimates, entries
from tests.dashboard.dialogs import dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.dashboard.recharge_page import words_of
from tests.resets import reset


class Corner:
    """A bakery whose oven was found reset, and its page."""

    def __init__(self, pages: Pages) -> None:
        forget_everything()
        self.pages = pages
        self.database = pages.database
        self.building, self.bakery, self.oven, self.base_id = reset(pages.database)

    def part(self, role: Role = Role.ADMIN) -> AppTest:
        """The part of the page."""
        return dialog(self.pages.sign_in(role), Right.SEE_BALANCES, partial(draw_proposals, self.oven))

    def dialog(self, draw: Callable[[int, int], None]) -> AppTest:
        return dialog(self.pages.sign_in(Role.ADMIN), Right.ADMINISTER, partial(draw, self.oven, self.base_id))

    def estimates(self) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(sa.select(entries).where(entries.c.kind == EntryKind.ESTIMATE)))

    def dismissed(self) -> list[str]:
        with self.database.reading() as conn:
            return list(conn.scalars(sa.select(dismissed_estimates.c.why)))


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_an_administrator_is_offered_both_and_a_manager_neither(corner: Corner) -> None:
    admin, manager = corner.part(), corner.part(Role.MANAGER)

    assert labels(admin) == ["Post the estimate", "Dismiss"]
    assert "proposed for account A00001" in words_of(admin)
    assert labels(manager) == []
    assert len(manager.dataframe) == 1


def test_the_estimate_is_posted_after_its_effect_was_shown(corner: Corner) -> None:
    app = corner.dialog(draw_posting)
    shown = words_of(app)
    app.button(key="estimate-book").click().run()
    without_reason = words_of(app)
    app.text_input(key="estimate-reason").set_value("reset by hand").run()

    app.button(key="estimate-book").click().run()

    [entry] = corner.estimates()
    assert all(told in shown for told in ("6.000 kWh", "0.300 kWh", "5.700 kWh", "IQD 100", "-IQD 1", "IQD 99"))
    assert "A reason is missing" in without_reason
    assert (entry.cause, entry.note) == (f"estimate:base:{corner.base_id}", "reset by hand")
    assert labels(corner.part()) == []
    assert "Posted" in corner.part().dataframe[0].value["State"].to_list()


def test_it_is_dismissed_with_a_reason_and_may_be_posted_after_all(corner: Corner) -> None:
    app = corner.dialog(draw_dismissing)
    app.button(key="dismiss-book").click().run()
    without_reason = words_of(app)
    app.text_input(key="dismiss-reason").set_value("he was away").run()

    app.button(key="dismiss-book").click().run()

    part = corner.part()
    assert "A reason is missing" in without_reason
    assert corner.dismissed() == ["he was away"]
    assert corner.estimates() == []
    assert "Dismissed by The admin" in words_of(part) and "he was away" in words_of(part)
    assert labels(part) == ["Post the estimate"]


def test_what_was_posted_meanwhile_is_told_in_place_of_the_form(corner: Corner) -> None:
    done = corner.dialog(draw_posting)
    done.text_input(key="estimate-reason").set_value("reset by hand").run()
    done.button(key="estimate-book").click().run()

    app = corner.dialog(draw_posting)

    assert "was posted already" in words_of(app)
    assert not app.button


def test_an_account_that_was_closed_meanwhile_has_nothing_to_be_posted(corner: Corner) -> None:
    app = corner.dialog(draw_posting)
    app.text_input(key="estimate-reason").set_value("reset by hand").run()
    with corner.database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == corner.bakery.account_id).values(stage="closed"))

    app.button(key="estimate-book").click().run()

    assert "there is nothing to post" in words_of(app)
    assert corner.estimates() == []
