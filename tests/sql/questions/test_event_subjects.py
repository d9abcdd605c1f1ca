"""What events are about, by name: of the own site only, and whatever was written down."""

from functools import partial

from prepaid.records import Role
from sql.connection import Database
from sql.questions.event_subjects import subject_names
from tests.building import Building
from tests.people import People
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff

STRANGE = ["address:192.0.2.1", "user:", "account:seven", "account:99999999999999999999", "tariff:3", "", "user:²"]


def test_every_kind_of_subject_has_its_name(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    sara = People(database).add("sara", Role.ADMIN)

    with database.reading() as conn:
        found = subject_names(
            conn,
            ADMIN,
            building.site_id,
            [
                f"account:{bakery.account_id}",
                f"account:{building.house_account_id}",
                f"tenant:{bakery.tenant_id}",
                f"analyzer:{oven}",
                f"site:{building.site_id}",
                f"plan:{building.plan_id}",
                f"user:{sara}",
                "contact:1",
                "analyzer:999",
                *STRANGE,
            ],
        )

    assert found == {
        f"account:{bakery.account_id}": "Bakery",
        f"account:{building.house_account_id}": "H1",
        f"tenant:{bakery.tenant_id}": "Bakery",
        f"analyzer:{oven}": "Oven",
        f"site:{building.site_id}": "Corner House",
        f"plan:{building.plan_id}": "Shops",
        f"user:{sara}": "Sara",
        "contact:1": "Bakery",
    }


def test_names_of_another_site_are_not_told(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other house")
    there = other.tenant("There")
    guard = People(database).add("guard", Role.MANAGER, site_id=other.site_id)
    subjects = [f"account:{there.account_id}", f"tenant:{there.tenant_id}", f"site:{other.site_id}", f"user:{guard}"]

    with database.reading() as conn:
        assert subject_names(conn, ADMIN, building.site_id, subjects) == {}


def test_only_the_staff_of_the_site_learn_names_and_sql_server_takes_the_statements(database: Database) -> None:
    building = Building(database)
    kinds = ("account", "analyzer", "contact", "plan", "site", "tenant", "user")
    question = partial(subject_names, subjects=[f"{kind}:1" for kind in kinds])

    only_for_staff(database, building.site_id, building.tenant("Bakery"), question)
    assert len(asked_on_sql_server(database, building.site_id, question)) == len(kinds)
