"""The queue of connecting as rows tell it: places by priority and age, at the pace of the source, or standing still."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.connecting import Place
from prepaid.errors.access import NotAllowed
from prepaid.records import Role, Source
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress
from sql.connecting import places_of
from sql.connection import Database
from sql.questions.account_points import points_of
from sql.questions.analyzer_place import analyzer_place
from sql.tables import analyzers, site_states, supply_changes
from tests.building import MORNING, Building, Person
from tests.sql.questions.shown import ADMIN, asked_on_sql_server


@dataclass
class Street:
    """Shops that were cut and have paid, one second after the other."""

    building: Building
    people: list[Person]
    meters: list[int]

    def change(self, number: int, **values: Any) -> None:
        with self.building.database.writing() as conn:
            of = supply_changes.c.analyzer_id == self.meters[number]
            conn.execute(supply_changes.update().where(of).values(values))

    def state(self, **values: Any) -> None:
        with self.building.database.writing() as conn:
            conn.execute(site_states.insert().values(site_id=self.building.site_id, updated_at=MORNING, **values))

    def places(self) -> list[Place | None]:
        with self.building.database.reading() as conn:
            found = places_of(conn, self.building.site_id, self.meters)
        return [found.get(meter) for meter in self.meters]


def street(database: Database, shops: int = 3) -> Street:
    building = Building(database)
    made = Street(building, [], [])
    for number in range(shops):
        person = building.tenant(f"Shop {number}", opening="5")
        meter = building.analyzer(f"Meter {number}", person)
        building.begin(meter)
        made.people.append(person)
        made.meters.append(meter)
        with database.writing() as conn:
            conn.execute(
                supply_changes.insert().values(
                    site_id=building.site_id,
                    analyzer_id=meter,
                    account_id=person.account_id,
                    wanted=Answer.ON,
                    reason=Reason.RECHARGED,
                    progress=Progress.WANTED,
                    live_balance=Decimal(5),
                    entry_no=1,
                    decided_at=MORNING + timedelta(seconds=number),
                    evidence=Evidence.NONE,
                )
            )
    return made


def test_who_waits_longest_is_next_at_the_pace_of_the_source(database: Database) -> None:
    waiting = street(database)
    waiting.state(source=Source.GENERATOR)

    assert waiting.places() == [Place(1, 5.0), Place(2, 10.0), Place(3, 15.0)]


def test_a_higher_priority_comes_before_all_others(database: Database) -> None:
    waiting = street(database)
    waiting.state(source=Source.GRID)
    with database.writing() as conn:
        conn.execute(sa.update(analyzers).where(analyzers.c.id == waiting.meters[2]).values(priority=3))

    assert waiting.places() == [Place(2, 2.0), Place(3, 3.0), Place(1, 1.0)]


def test_what_was_written_tried_or_ended_waits_no_longer(database: Database) -> None:
    waiting = street(database, shops=4)
    waiting.state(source=Source.GRID)
    waiting.change(0, written_at=MORNING)
    waiting.change(1, tries=1)
    waiting.change(2, ended_at=MORNING)

    assert waiting.places() == [None, None, None, Place(1, 1.0)]


def test_while_the_incomer_is_out_of_range_nobodys_turn_comes(database: Database) -> None:
    waiting = street(database, shops=1)
    waiting.state(source=Source.GRID, incomer_in_range=False)

    assert waiting.places() == [Place(1, 1.0, stopped=True)]


def test_the_tenant_and_the_staff_read_the_same_place(database: Database) -> None:
    waiting = street(database)
    waiting.state(source=Source.GRID)
    shop = waiting.people[1]

    with database.reading() as conn:
        [point] = points_of(conn, [shop.account_id])[shop.account_id]
        place = analyzer_place(conn, ADMIN, waiting.meters[1])

    assert point.place == place == Place(2, 2.0)


def test_only_the_staff_of_the_site_ask_for_the_place_of_an_analyzer(database: Database) -> None:
    waiting = street(database, shops=1)
    stranger = Viewer(role=Role.ADMIN, site_id=waiting.building.site_id + 1, tenant_id=None)

    with database.reading() as conn, pytest.raises(NotAllowed):
        analyzer_place(conn, stranger, waiting.meters[0])


def test_every_statement_is_one_that_sql_server_takes(database: Database) -> None:
    waiting = street(database)
    waiting.state(source=Source.GRID)

    def ask(conn: Any, viewer: Viewer, site_id: int) -> object:
        return partial(analyzer_place, analyzer_id=waiting.meters[0])(conn, viewer)

    assert len(asked_on_sql_server(database, waiting.building.site_id, ask)) == 4
