"""An administrator says which tags are whose; nobody else does, and nothing by halves."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.kepware import LogGroupInvalid, MappingIncomplete, MappingInvalid
from prepaid.errors.start import SettingInvalid
from prepaid.kepware.log import LogTable, Shape, Stamps
from prepaid.kepware.tags import REQUIRED, MappedTag, units
from prepaid.records import Feed, Role
from sql.connection import Database
from sql.kepware.groups import load_groups
from sql.kepware.mapping import GroupFacts, save_log
from sql.sites import load_settings
from sql.tables import analyzers, events
from tests.building import Building
from tests.signed_in import signed_in

TABLE = LogTable(
    schema=None,
    name="KepwareLog",
    shape=Shape.NARROW,
    id_column="id",
    tag_column="_NAME",
    value_column="_VALUE",
    stamp_column="_TIMESTAMP",
    quality_column="_QUALITY",
)
FACTS = GroupFacts(
    name="Metering",
    table=TABLE,
    stamps=Stamps.LOCAL,
    time_zone="Asia/Baghdad",
    decimal_comma=False,
    interval_ms=5_000,
    purge_after_h=None,
)


def tags_of(analyzer_id: int, device: str = "PAC.Bakery") -> list[MappedTag]:
    return [MappedTag(f"{device}.{name}", analyzer_id, name, units(name)[0]) for name in REQUIRED]


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database)


def test_mapped_tags_are_what_the_enforcer_follows(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    meter = building.analyzer("Bakery", None)

    save_log(database, admin, building.site_id, None, FACTS, {meter: tags_of(meter)})

    with database.reading() as conn:
        [group] = load_groups(conn, building.site_id)
        feed = conn.scalar(sa.select(analyzers.c.feed).where(analyzers.c.id == meter))
        told = conn.scalars(sa.select(events.c.action).order_by(events.c.event_no)).all()
    assert (group.table, group.zone.key, group.interval_s) == (TABLE, "Asia/Baghdad", 5.0)
    assert set(group.tags.values()) == set(tags_of(meter))
    assert feed is Feed.KEPWARE
    assert told[-2:] == ["kepware.group_saved", "kepware.tags_mapped"]


def test_an_analyzer_that_is_unmapped_is_polled_again(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    meter = building.analyzer("Bakery", None)
    group_id = save_log(database, admin, building.site_id, None, FACTS, {meter: tags_of(meter)})

    save_log(database, admin, building.site_id, group_id, FACTS, {})

    with database.reading() as conn:
        [group] = load_groups(conn, building.site_id)
        assert group.tags == {}
        assert conn.scalar(sa.select(analyzers.c.feed).where(analyzers.c.id == meter)) is Feed.MODBUS


def test_readings_of_a_slow_log_are_stale_after_three_intervals(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    meter = building.analyzer("Bakery", None)
    slow = replace(FACTS, interval_ms=60_000)
    group_id = save_log(database, admin, building.site_id, None, slow, {})
    with database.reading() as conn:
        assert load_settings(conn, building.site_id).stale_after_s == 60

    save_log(database, admin, building.site_id, group_id, slow, {meter: tags_of(meter)})

    with database.reading() as conn:
        assert load_settings(conn, building.site_id).stale_after_s == 180


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_nobody_but_an_administrator_may(database: Database, building: Building, role: Role) -> None:
    person = signed_in(database, role)

    with pytest.raises(NotAllowed):
        save_log(database, person, building.site_id, None, FACTS, {})


def test_an_administrator_of_another_site_may_not(database: Database, building: Building) -> None:
    other = Building(database, name="Other House")
    stranger = signed_in(database, Role.ADMIN, site_id=other.site_id)
    meter = building.analyzer("Bakery", None)
    group_id = save_log(database, signed_in(database, Role.ADMIN), building.site_id, None, FACTS, {})

    with pytest.raises(NotAllowed):
        save_log(database, stranger, building.site_id, group_id, FACTS, {})
    with pytest.raises(NotFound):
        save_log(database, stranger, other.site_id, group_id, FACTS, {})
    with pytest.raises(NotFound):
        save_log(database, stranger, other.site_id, None, FACTS, {meter: tags_of(meter)})


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"name": "x" * 121}, {"interval_ms": 99}, {"interval_ms": 3_600_001}, {"purge_after_h": 0}],
)
def test_a_group_that_cannot_be_is_refused(database: Database, building: Building, change: dict[str, Any]) -> None:
    with pytest.raises(LogGroupInvalid):
        save_log(database, signed_in(database, Role.ADMIN), building.site_id, None, replace(FACTS, **change), {})


def test_a_zone_that_there_is_not_is_refused(database: Database, building: Building) -> None:
    with pytest.raises(SettingInvalid):
        save_log(
            database, signed_in(database, Role.ADMIN), building.site_id, None, replace(FACTS, time_zone="Mars/Base"), {}
        )


def test_a_table_is_read_by_one_group_of_a_site(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    save_log(database, admin, building.site_id, None, FACTS, {})

    with pytest.raises(LogGroupInvalid, match="reads that table"):
        save_log(database, admin, building.site_id, None, replace(FACTS, name="Second"), {})
    with pytest.raises(LogGroupInvalid, match="already"):
        save_log(database, admin, building.site_id, None, replace(FACTS, table=replace(TABLE, name="T")), {})


def test_rows_that_another_site_reads_are_not_removed(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    other = Building(database, name="Other House")
    save_log(database, admin, building.site_id, None, FACTS, {})

    with pytest.raises(LogGroupInvalid, match="another site"):
        save_log(database, admin, other.site_id, None, replace(FACTS, purge_after_h=24), {})
    save_log(database, admin, other.site_id, None, FACTS, {})


def test_an_analyzer_without_all_required_tags_stays_as_it_was(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    meter, second = building.analyzer("Bakery", None), building.analyzer("Bar", None)
    group_id = save_log(database, admin, building.site_id, None, FACTS, {})

    with pytest.raises(MappingIncomplete, match="setting_changes"):
        tags = [each for each in tags_of(second, "PAC.Bar") if each.parameter != "setting_changes"]
        save_log(database, admin, building.site_id, group_id, FACTS, {meter: tags_of(meter), second: tags})

    with database.reading() as conn:
        assert load_groups(conn, building.site_id)[0].tags == {}
        assert set(conn.scalars(sa.select(analyzers.c.feed))) == {Feed.MODBUS}


def test_a_tag_is_one_parameter_of_one_analyzer(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    meter, second = building.analyzer("Bakery", None), building.analyzer("Bar", None)
    first, *others = tags_of(meter)
    cases: list[tuple[str, dict[int, list[MappedTag]]]] = [
        ("belongs", {meter: tags_of(meter), second: tags_of(second)}),
        ("twice", {meter: [first, *others, first._replace(tag="other")]}),
        ("not measured", {meter: [first._replace(unit="V"), *others]}),
        ("letters", {meter: [first._replace(tag=""), *others]}),
    ]

    for said, tags in cases:
        with pytest.raises(MappingInvalid, match=said):
            save_log(database, admin, building.site_id, None, FACTS, tags)


def test_what_is_saved_together_replaces_what_was_there(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    bakery, bar = building.analyzer("Bakery", None), building.analyzer("Bar", None)
    group_id = save_log(database, admin, building.site_id, None, FACTS, {bakery: tags_of(bakery)})

    save_log(database, admin, building.site_id, group_id, FACTS, {bar: tags_of(bar)})

    with database.reading() as conn:
        [group] = load_groups(conn, building.site_id)
        feeds = {row.id: row.feed for row in conn.execute(sa.select(analyzers.c.id, analyzers.c.feed))}
    assert group.analyzers == {bar}
    assert feeds == {bakery: Feed.MODBUS, bar: Feed.KEPWARE}


def test_a_group_whose_tags_are_refused_is_not_saved(database: Database, building: Building) -> None:
    admin = signed_in(database, Role.ADMIN)
    bakery = building.analyzer("Bakery", None)

    with pytest.raises(MappingIncomplete):
        save_log(database, admin, building.site_id, None, FACTS, {bakery: tags_of(bakery)[1:]})

    with database.reading() as conn:
        assert load_groups(conn, building.site_id) == []
