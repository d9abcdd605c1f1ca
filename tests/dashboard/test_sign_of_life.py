"""What keeps a session from ending idle: what a person does, also inside a part of a page; never a clock."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.viewing import TOKEN
from prepaid.records import Role
from sql.tables import sessions
from tests.dashboard.pages import Pages


def a_part() -> None:
    from dashboard.viewing import part
    from prepaid.access import Right

    part(Right.SEE_SITE)(lambda: None)()


def a_callback() -> None:
    import streamlit as st

    from dashboard.viewing import acting
    from prepaid.access import Right
    from sql.sessions import SignedIn

    @acting(Right.SEE_SITE)
    def act(person: SignedIn) -> None:
        assert person.user_id

    st.button("Act", on_click=act)


def a_dialog() -> None:
    from dashboard.parts.dialog import open_dialog
    from prepaid.access import Right

    open_dialog("Title", Right.SEE_SITE, lambda: None)


def a_live_part() -> None:
    from dashboard.viewing import live
    from prepaid.access import Right

    live(5.0, Right.SEE_SITE)(lambda: None)()


@pytest.mark.parametrize(
    ("script", "is_sign"), [(a_part, True), (a_callback, True), (a_dialog, True), (a_live_part, False)]
)
def test_what_a_person_does_is_a_sign_of_life_and_what_runs_by_itself_is_none(
    pages: Pages, script: Callable[[], None], is_sign: bool
) -> None:
    app = AppTest.from_function(script)
    app.session_state[TOKEN] = pages.sign_in(Role.MANAGER)
    with pages.database.writing() as conn:
        long_ago = pages.database.now(conn) - timedelta(minutes=20)
        conn.execute(sessions.update().values(seen_at=long_ago))

    app.run()
    for button in app.button:
        button.click().run()

    assert not app.exception
    with pages.database.reading() as conn:
        seen_at = conn.scalar(sa.select(sessions.c.seen_at))
    assert (seen_at != long_ago) == is_sign
