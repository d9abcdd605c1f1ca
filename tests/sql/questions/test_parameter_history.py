"""The past of a parameter: exact within each bucket, bounded, with gaps where nothing was read."""

import math
from datetime import datetime, timedelta
from typing import Any

import pytest

from prepaid.access import Viewer
from prepaid.records import Role
from sql.connection import Database
from sql.questions import parameter_history as questions
from sql.questions.parameter_history import PARAMETERS, ParameterHistory, parameter_history
from sql.tables import readings
from tests.building import MORNING, Building
from tests.sql.statements import listening, on_sql_server

VIEWER = Viewer(role=Role.MANAGER, site_id=None, tenant_id=None)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
COUNTER = "import_tariff_1_wh"


def meter(database: Database) -> tuple[Building, int]:
    building = Building(database)
    return building, building.analyzer("Oven")


def keep(database: Database, analyzer_id: int, at: datetime, **values: Any) -> None:
    """A history row."""
    with database.writing() as conn:
        conn.execute(readings.insert().values(analyzer_id=analyzer_id, read_at=at, verdict="advance", **values))


def history(database: Database, analyzer_id: int, span: timedelta, most: int, *names: str) -> ParameterHistory:
    with database.reading() as conn:
        return parameter_history(conn, VIEWER, analyzer_id, names or ("power_w",), MORNING, MORNING + span, most)


def test_each_point_is_mean_least_and_most_of_its_part_of_the_span(database: Database) -> None:
    building, oven = meter(database)
    other = building.analyzer("Fridge")
    rows = [
        {"analyzer_id": each, "read_at": MORNING + n * MINUTE, "verdict": "-", "power_w": power_w, COUNTER: 10**12 + n}
        for n in range(120)
        for each, power_w in ((oven, float(n)), (other, 9e9))
    ]
    with database.writing() as conn:
        conn.execute(readings.insert(), rows)

    found = history(database, oven, 2 * HOUR, 4, "power_w", COUNTER)

    power = found.series["power_w"]
    assert [(each.at - MORNING, each.mean, each.least, each.most) for each in power] == [
        (n * 30 * MINUTE, n * 30 + 14.5, n * 30.0, n * 30 + 29.0) for n in range(4)
    ]
    assert found.series[COUNTER][0].most == 10**12 + 29
    assert (found.bucket_s, found.sampled) == (1800.0, False)


def test_where_nothing_was_read_there_is_no_point_and_a_missing_number_is_no_zero(database: Database) -> None:
    _building, oven = meter(database)
    keep(database, oven, MORNING, power_w=5.0, frequency_hz=None)
    keep(database, oven, MORNING + 50 * MINUTE, power_w=7.0, frequency_hz=50.0)
    keep(database, oven, MORNING + HOUR, power_w=1e9)

    found = history(database, oven, HOUR, 60, "power_w", "frequency_hz")

    assert [each.mean for each in found.series["power_w"]] == [5.0, 7.0]
    assert [each.at for each in found.series["frequency_hz"]] == [MORNING + 50 * MINUTE]


@pytest.mark.parametrize(
    ("span", "most", "bucket_s", "count"),
    [
        (HOUR, 240, 60, 60),  # not finer than history is kept
        (timedelta(days=14), 240, 5040, 240),
        (timedelta(days=14), 10_000, 3024, 400),
        (timedelta(seconds=1), 240, 60, 1),
        (timedelta(days=1, milliseconds=1), 100, 864, 100),
    ],
)
def test_the_points_are_bounded_whatever_is_asked(
    database: Database, span: timedelta, most: int, bucket_s: float, count: int
) -> None:
    _building, oven = meter(database)

    with listening(database) as heard:
        found = history(database, oven, span, most)

    assert found.bucket_s == bucket_s
    assert math.ceil(span.total_seconds() // bucket_s) <= count <= questions.MOST_POINTS
    assert all(on_sql_server(each) for each in heard.values())


def test_of_a_history_of_every_second_and_a_long_span_only_the_beginning_of_each_part_is_read(
    database: Database,
) -> None:
    building, oven = meter(database)
    building.set("history_interval_s", "1")
    keep(database, oven, MORNING, power_w=1.0)
    keep(database, oven, MORNING + timedelta(hours=1.8), power_w=99.0)

    found = history(database, oven, timedelta(days=14), 168)

    assert found.sampled
    assert found.looked_at_s == 1190.0
    assert [each.mean for each in found.series["power_w"]] == [1.0]


def test_every_parameter_can_be_asked_for_and_nothing_else(database: Database) -> None:
    _building, oven = meter(database)
    keep(database, oven, MORNING, **dict.fromkeys(PARAMETERS, 3))

    for start in range(0, len(PARAMETERS), 8):
        found = history(database, oven, HOUR, 10, *PARAMETERS[start : start + 8])
        assert all(points[0].mean == 3.0 for points in found.series.values())

    with pytest.raises(AssertionError):
        history(database, oven, HOUR, 10, "verdict")
