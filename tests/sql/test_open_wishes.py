"""Wishes as the enforcer asks for them: they end in time, and of several pauses the longest counts."""

import pytest
import sqlalchemy as sa

from prepaid.records import WishState
from sql.connection import Database
from sql.open_wishes import expire_wishes, paused_until
from sql.releases import take_releases
from sql.tables import wishes
from tests.building import MORNING
from tests.sql.bakery import HOUR, Scene, bakery_scene
from tests.sql.statements import listening, on_sql_server


@pytest.fixture
def scene(database: Database) -> Scene:
    return bakery_scene(database)


def test_wishes_expire_at_their_end(scene: Scene) -> None:
    over = scene.building.wish("cut", scene.oven, MORNING, MORNING - HOUR)
    scene.building.wish("cut", scene.shop, MORNING + HOUR)

    with scene.building.database.writing() as conn:
        expired = [expire_wishes(conn, scene.building.site_id, MORNING) for _ in range(2)]
        row = conn.execute(sa.select(wishes).where(wishes.c.id == over)).one()

    assert expired == [[over], []]
    assert (row.state, row.ended_at) == (WishState.EXPIRED, MORNING)


def test_the_longest_pause_counts(scene: Scene) -> None:
    for hours in (3, 1):
        scene.building.wish("pause", None, MORNING + hours * HOUR)

    with scene.building.database.reading() as conn:
        assert paused_until(conn, scene.building.site_id, MORNING) == MORNING + 3 * HOUR
        assert paused_until(conn, scene.building.site_id, MORNING + 3 * HOUR) is None


def test_on_sql_server_nobody_takes_back_a_release_while_it_is_taken(scene: Scene) -> None:
    with listening(scene.building.database) as heard, scene.building.database.writing() as conn:
        take_releases(conn, scene.building.site_id, [], MORNING)

    [asked] = map(on_sql_server, heard.values())
    assert "app.[Wishes] WITH (UPDLOCK)" in asked
