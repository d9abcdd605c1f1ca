"""The list of logins: in pages by name, searched, and for administrators of that site only."""

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, PasswordMustChange
from prepaid.records import Role
from sql.connection import Database
from sql.questions.logins import MOST_LOGINS, Login, logins
from tests.building import MORNING, Building
from tests.people import People
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def names(
    database: Database, viewer: Viewer = ADMIN, *, after: str | None = None, most: int = 50, named: str = ""
) -> list[str]:
    with database.reading() as conn:
        return [each.user_name for each in logins(conn, viewer, after, most, named)]


def test_users_come_in_pages_by_name(database: Database) -> None:
    people = People(database)
    for name in ("sara", "omar", "layla", "zoë", "سارة"):
        people.add(name)

    first = names(database, most=2)
    second = names(database, after=first[-1], most=2)
    third = names(database, after=second[-1], most=2)

    assert first + second + third == ["layla", "omar", "sara", "zoë", "سارة"]
    assert names(database, after="سارة") == []
    assert names(database, most=0) == ["layla"]
    assert len(names(database, most=MOST_LOGINS * 10)) == 5


def test_a_login_says_all_that_an_administrator_decides_about(database: Database) -> None:
    building, people = Building(database), People(database)
    bakery = building.tenant("Bakery")
    user_id = people.add("bakery", Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id, locked_at=MORNING)

    with database.reading() as conn:
        found = logins(conn, ADMIN)

    assert found == (
        Login(
            user_id=user_id,
            user_name="bakery",
            display_name="Bakery",
            role=Role.TENANT,
            site_id=building.site_id,
            tenant_name="Bakery",
            email=None,
            language="en",
            largest_recharge=None,
            must_change_password=False,
            created_at=MORNING,
            signed_in_at=None,
            locked_at=MORNING,
        ),
    )


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("AR", ["omar", "sara"]),
        ("hasan", ["layla"]),
        ("%", []),
        ("_", []),
        ("  ", ["layla", "omar", "sara"]),
        ("x", []),
    ],
)
def test_users_are_found_by_a_part_of_either_name(database: Database, named: str, found: list[str]) -> None:
    people = People(database)
    people.add("sara")
    people.add("omar")
    people.add("layla", display_name="Layla HASAN")

    assert names(database, named=named) == found


def test_the_administrator_of_one_site_sees_the_users_of_that_site(database: Database) -> None:
    here, there, people = Building(database), Building(database, name="Other"), People(database)
    people.add("here", site_id=here.site_id)
    people.add("there", site_id=there.site_id)
    people.add("everywhere")

    assert names(database, Viewer(role=Role.ADMIN, site_id=here.site_id, tenant_id=None)) == ["here"]


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.TENANT])
def test_nobody_else_sees_the_list(database: Database, role: Role) -> None:
    with pytest.raises(NotAllowed):
        names(database, Viewer(role=role, site_id=None, tenant_id=None))


def test_a_first_password_opens_no_list(database: Database) -> None:
    with pytest.raises(PasswordMustChange):
        names(database, Viewer(role=Role.ADMIN, site_id=None, tenant_id=None, must_change_password=True))


def test_the_statement_is_understood_by_sql_server(database: Database) -> None:
    with listening(database) as heard:
        names(database, Viewer(role=Role.ADMIN, site_id=1, tenant_id=None), after="a", named="b")

    (written,) = [on_sql_server(statement) for statement in heard.values()]
    assert "TOP" in written
    assert "ESCAPE '/'" in written
