"""Tests of dashboard.sign_in and dashboard.router: who gets in, who is thrown out, and what a stranger sees."""

import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.navigation import CHOOSE_PASSWORD
from dashboard.sign_in import LEFT, TICKET
from dashboard.viewing import TOKEN, may_upload
from prepaid.records import Role
from sql.passwords import hash_password
from sql.sessions import find
from sql.tables import sessions, users
from tests.building import Building
from tests.dashboard.pages import Pages

PASSWORD = "a long walk along the Tigris"
LEFT_BEHIND = "left_behind"
OTHER = "a short swim across the Furat"


def type_in(app: AppTest, user_name: str, password: str) -> AppTest:
    app.text_input[0].set_value(user_name)
    app.text_input[1].set_value(password)
    return next(button for button in app.button if button.label == "Sign in").click().run()


def choose(app: AppTest, present: str, new: str, again: str) -> AppTest:
    for field, value in zip(app.text_input, (present, new, again), strict=True):
        field.set_value(value)
    return next(button for button in app.button if button.label == "Change password").click().run()


def errors_of(app: AppTest) -> list[str]:
    return [each.value for each in app.error]


def test_a_stranger_sees_the_form_and_nothing_else(pages: Pages) -> None:
    app = pages.open(None, None)

    assert [each.label for each in app.text_input] == ["User name", "Password"]
    assert not app.title
    assert not app.sidebar.button


def test_the_first_sign_in_asks_for_another_password_and_then_opens_everything(pages: Pages) -> None:
    Building(pages.database)
    pages.sign_in(Role.ADMIN, user_name="admin", password_hash=hash_password("Admin123!"), must_change_password=True)
    app = type_in(pages.open(None, None), "Admin ", "Admin123!")

    assert app.title[0].value == "Welcome, The admin"
    assert errors_of(choose(app, "Admin123!", "Admin123!", "Admin123!"))
    assert errors_of(choose(app, "wrong one", PASSWORD, PASSWORD)) == [
        "The present password is not right. Nothing was changed. Enter it again."
    ]
    assert errors_of(choose(app, "Admin123!", PASSWORD, OTHER)) == [
        "The two new passwords differ. Nothing was changed. Type the same one twice."
    ]
    choose(app, "Admin123!", PASSWORD, PASSWORD)

    assert app.title[0].value != "Welcome, The admin"
    assert [button.label for button in app.sidebar.button] == ["Sign out"]


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(pages: Pages) -> None:
    pages.sign_in(Role.ADMIN, user_name="admin", password_hash=hash_password(PASSWORD))

    wrong = errors_of(type_in(pages.open(None, None), "admin", OTHER))
    unknown = errors_of(type_in(pages.open(None, None), "nobody", OTHER))

    assert wrong == unknown == ["The user name or the password is not right. Check both and try again."]


def test_who_keeps_guessing_must_wait(pages: Pages) -> None:
    pages.sign_in(Role.ADMIN, user_name="admin", password_hash=hash_password(PASSWORD))
    app = pages.open(None, None)

    said = [errors_of(type_in(app, "admin", OTHER))[0] for _guess in range(6)]

    assert said[0].startswith("The user name or the password")
    assert said[-1].startswith("Too many failed sign-ins.")


def test_signing_out_ends_the_session_and_its_token(pages: Pages) -> None:
    Building(pages.database)
    token = pages.sign_in(Role.ADMIN)
    app = pages.open(None, token)

    next(button for button in app.sidebar.button if button.label == "Sign out").click().run()

    assert [each.label for each in app.text_input] == ["User name", "Password"]
    assert [each.label for each in pages.open(None, token).text_input] == ["User name", "Password"]
    with pages.database.reading() as conn:
        assert find(conn, token, pages.database.now(conn)) is None


def test_another_password_ends_every_other_session_and_keeps_this_page(pages: Pages) -> None:
    Building(pages.database)
    token = pages.sign_in(Role.ADMIN, password_hash=hash_password("Admin123!"), must_change_password=True)
    with pages.database.writing() as conn:
        elsewhere = pages.again(conn, conn.execute(sa.select(users.c.id)).scalar_one())
    app = pages.open(None, token)

    choose(app, "Admin123!", PASSWORD, PASSWORD)

    assert app.session_state[TOKEN] not in (token, elsewhere)
    assert app.session_state[TICKET]
    for old in (token, elsewhere):
        assert [each.label for each in pages.open(None, old).text_input] == ["User name", "Password"]


def test_a_session_that_ended_is_said_to_have_ended(pages: Pages) -> None:
    token = pages.sign_in(Role.ADMIN)
    with pages.database.writing() as conn:
        conn.execute(sessions.update().values(ended_at=pages.database.now(conn), ended_why="locked"))

    app = pages.open(None, token)

    assert [each.value for each in app.info] == ["Your session has ended. Sign in again."]
    assert LEFT not in app.session_state


def test_a_page_that_is_open_closes_when_its_user_is_locked(pages: Pages) -> None:
    Building(pages.database)
    token = pages.sign_in(Role.ADMIN)
    app = pages.open(None, token)
    with pages.database.writing() as conn:
        conn.execute(users.update().values(locked_at=pages.database.now(conn)))

    app.run()

    assert [each.label for each in app.text_input] == ["User name", "Password"]


def test_nothing_is_left_on_the_page_for_whoever_signs_in_after_a_session_ended(pages: Pages) -> None:
    Building(pages.database)
    pages.sign_in(Role.CASHIER, user_name="next", password_hash=hash_password(PASSWORD))
    app = pages.open(None, pages.sign_in(Role.ADMIN))
    app.session_state[LEFT_BEHIND] = "a first password"
    with pages.database.writing() as conn:
        conn.execute(sessions.update().values(ended_at=pages.database.now(conn), ended_why="locked"))

    app.run()
    told = [each.value for each in app.info]
    type_in(app, "next", PASSWORD)

    assert told == ["Your session has ended. Sign in again."]
    assert app.title[0].value == "Recharge"
    assert LEFT_BEHIND not in app.session_state


def test_another_user_in_the_same_tab_finds_nothing_of_the_one_before(pages: Pages) -> None:
    Building(pages.database)
    app = pages.open(None, pages.sign_in(Role.ADMIN))
    app.session_state[LEFT_BEHIND] = "a receipt"
    app.session_state[TOKEN] = pages.sign_in(Role.CASHIER)

    app.run()

    assert app.title[0].value == "Recharge"
    assert LEFT_BEHIND not in app.session_state


def test_files_may_come_from_administrators_only_and_only_while_they_are_signed_in(pages: Pages) -> None:
    shop = Building(pages.database).tenant("Shop")
    tokens = {
        str(role): pages.sign_in(role, tenant_id=shop.tenant_id if role is Role.TENANT else None) for role in Role
    }
    tokens["newcomer"] = pages.sign_in(Role.ADMIN, must_change_password=True)

    before = [who for who, token in tokens.items() if may_upload(token)]
    with pages.database.writing() as conn:
        conn.execute(sessions.update().values(ended_at=pages.database.now(conn), ended_why="locked"))

    assert before == [Role.ADMIN]
    assert not may_upload(tokens[Role.ADMIN])


def test_who_is_welcomed_is_called_by_name_and_the_name_is_no_link(pages: Pages) -> None:
    link = "[Sara](https://elsewhere.example)"

    app = pages.open(CHOOSE_PASSWORD.file, pages.sign_in(Role.ADMIN, must_change_password=True, display_name=link))

    assert "Sara" in app.title[0].value
    assert link not in app.title[0].value
