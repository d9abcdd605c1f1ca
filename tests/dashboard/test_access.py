"""Who reaches which page: every page, for everybody."""

from collections.abc import Iterator

import pytest
from _pytest.mark import ParameterSet

from dashboard.navigation import CHOOSE_PASSWORD, PAGES, Entry
from prepaid.access import RIGHTS
from prepaid.records import Role
from sql.connection import Database
from tests.building import Building
from tests.dashboard.access import is_form
from tests.dashboard.pages import Pages

TENANTS = tuple(entry for entry in PAGES if entry.file.startswith("tenant/"))


@pytest.fixture
def house(database: Database) -> Building:
    """A tenant with an analyzer that has used something, another one who must see nothing of the first, and a second
    site."""
    building = Building(database)
    Building(database, name="Elsewhere")
    shop = building.tenant("Shop", opening="100")
    building.begin(building.analyzer("Shop, ground floor", shop, serial_number="LQN/1"), grid_wh=5_000)
    building.tenant("Neighbour", opening="7777")
    return building


def token_of(pages: Pages, role: Role) -> str:
    """A token of that role; the tenant is the first one."""
    return pages.sign_in(role, tenant_id=1 if role is Role.TENANT else None)


def may(entry: Entry, role: Role) -> bool:
    return entry.right is None or entry.right in RIGHTS[role]


def _matrix() -> Iterator[ParameterSet]:
    """Every page with every role. Of the roles that may open a page all but one are slow: drawing takes the time."""
    for entry in PAGES:
        allowed = [role for role in Role if may(entry, role)]
        for role in Role:
            marks = [pytest.mark.slow] if role in allowed[1:] else []
            yield pytest.param(entry, role, id=f"{entry.name}-{role}", marks=marks)


@pytest.mark.parametrize(("entry", "role"), list(_matrix()))
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
