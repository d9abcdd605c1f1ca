"""Who reaches which page: every page, and everything on it that acts, for everybody."""

import hashlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.navigation import CHOOSE_PASSWORD, PAGES, Entry
from prepaid.access import RIGHTS
from prepaid.records import Role
from sql.connection import Database
from sql.tables import metadata, sessions, throttles, users
from tests.building import Building
from tests.dashboard.pages import Pages

TENANTS = tuple(entry for entry in PAGES if entry.file.startswith("tenant/"))
STAFF = (Role.ADMIN, Role.MANAGER, Role.CASHIER)
NOT_COMPARED = {sessions.name, throttles.name}
"""Written by looking itself."""


@pytest.fixture
def house(database: Database) -> Building:
    """A tenant with an analyzer that has used something, and another tenant who must see nothing of the first."""
    building = Building(database)
    shop = building.tenant("Shop", opening="100")
    building.begin(building.analyzer("Shop, ground floor", shop, serial_number="LQN/1"), grid_wh=5_000)
    building.tenant("Neighbour", opening="7777")
    return building


def token_of(pages: Pages, role: Role) -> str:
    """A token of that role; the tenant is the first one."""
    return pages.sign_in(role, tenant_id=1 if role is Role.TENANT else None)


def is_form(app: AppTest) -> bool:
    return [each.label for each in app.text_input] == ["User name", "Password"]


def may(entry: Entry, role: Role) -> bool:
    return entry.right is None or entry.right in RIGHTS[role]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_each_role_reaches_its_pages_and_no_other(pages: Pages, house: Building, entry: Entry, role: Role) -> None:
    token = token_of(pages, role)

    if may(entry, role):
        app = pages.open(entry.file, token)
        assert not app.exception
        assert not is_form(app)
        assert app.title, "a page says its name"
    else:
        with pytest.raises(ValueError, match="page"):
            pages.open(entry.file, token)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_a_stranger_gets_the_form_at_every_address(pages: Pages, house: Building, entry: Entry) -> None:
    app = pages.open(entry.file, None)

    assert is_form(app)
    assert not app.metric
    assert not app.dataframe


@pytest.mark.parametrize("role", Role)
def test_who_must_choose_a_password_reaches_nothing_else(pages: Pages, house: Building, role: Role) -> None:
    token = pages.sign_in(role, tenant_id=1 if role is Role.TENANT else None, must_change_password=True)

    app = pages.open(CHOOSE_PASSWORD.file, token)

    assert app.title[0].value.startswith("Welcome")
    for entry in PAGES:
        with pytest.raises(ValueError, match="page"):
            app.switch_page(entry.file)


@pytest.mark.parametrize(
    "entry", [each for each in PAGES if each.file.startswith("tenant/")], ids=lambda each: each.name
)
def test_a_tenant_sees_nothing_of_another(pages: Pages, house: Building, entry: Entry) -> None:
    app = pages.open(entry.file, token_of(pages, Role.TENANT), {"tenant": "2", "account": "3", "site": "1"})

    shown = str(app.main)
    assert "Neighbour" not in shown
    assert "7,777" not in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "role"),
    [(entry, role) for entry in PAGES for role in Role if may(entry, role)],
    ids=lambda each: each.name if isinstance(each, Entry) else str(each),
)
def test_nothing_on_an_open_page_acts_after_the_session_has_ended(
    pages: Pages, house: Building, entry: Entry, role: Role
) -> None:
    token = token_of(pages, role)
    buttons = pages.open(entry.file, token).button
    for number in [number for number, button in enumerate(buttons) if not button.disabled]:
        with pages.database.writing() as conn:
            token = pages.again(conn, user_of(conn, token))
        app = pages.open(entry.file, token)
        with pages.database.writing() as conn:
            conn.execute(sessions.update().values(ended_at=pages.database.now(conn), ended_why="locked"))
        before = rows_of(pages.database)

        app.button[number].click().run()

        assert is_form(app)
        assert rows_of(pages.database) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "role"),
    [(entry, role) for entry in PAGES for role in STAFF if may(entry, role)],
    ids=lambda each: each.name if isinstance(each, Entry) else str(each),
)
def test_no_button_acts_for_somebody_who_has_just_lost_the_right(
    pages: Pages, house: Building, entry: Entry, role: Role
) -> None:
    for number in range(len(pages.open(entry.file, token_of(pages, role)).button)):
        token = token_of(pages, role)
        app = pages.open(entry.file, token)
        if app.button[number].disabled or app.button[number].label == "Sign out":
            continue
        with pages.database.writing() as conn:
            # Not through sql.users, which would end the session: the right alone must stop the act.
            conn.execute(users.update().values(role=Role.TENANT, tenant_id=2))
        before = rows_of(pages.database)

        app.button[number].click().run()

        assert rows_of(pages.database) == before
        with pages.database.writing() as conn:
            conn.execute(users.update().values(role=role, tenant_id=None))


@pytest.mark.slow
@pytest.mark.parametrize("ended", [True, False], ids=["session ended", "right lost"])
def test_no_act_above_a_ledger_goes_on_without_session_or_right(pages: Pages, house: Building, ended: bool) -> None:
    """The part of a page that opens only behind a choice; every button of it, as above."""
    for number in range(len(ledger_of(pages, token_of(pages, Role.ADMIN)).button)):
        token = token_of(pages, Role.ADMIN)
        app = ledger_of(pages, token)
        if app.button[number].disabled or app.button[number].label == "Sign out":
            continue
        with pages.database.writing() as conn:
            if ended:
                conn.execute(sessions.update().values(ended_at=pages.database.now(conn), ended_why="locked"))
            else:
                conn.execute(users.update().values(role=Role.TENANT, tenant_id=2))
        before = rows_of(pages.database)

        app.button[number].click().run()

        assert rows_of(pages.database) == before
        assert not [each for each in app.button if each.key and each.key.endswith("-book")]
        with pages.database.writing() as conn:
            conn.execute(users.update().values(role=Role.ADMIN, tenant_id=None))


def ledger_of(pages: Pages, token: str) -> AppTest:
    """The ledger of the first tenant."""
    app = pages.open("admin/tenants.py", token, {"tenant": "1"})
    return app.segmented_control(key="tenant_part").set_value("ledger").run()


def user_of(conn: sa.Connection, token: str) -> int:
    digest = hashlib.sha256(token.encode()).hexdigest()
    return int(conn.execute(sa.select(sessions.c.user_id).where(sessions.c.token_hash == digest)).scalar_one())


def rows_of(database: Database) -> dict[str, str]:
    """What every table holds, as one hash each."""
    with database.reading() as conn:
        return dict(_hashes(conn))


def _hashes(conn: sa.Connection) -> Iterator[tuple[str, str]]:
    for table in metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            rows = conn.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
            yield table.name, hashlib.sha256(repr(rows).encode()).hexdigest()
