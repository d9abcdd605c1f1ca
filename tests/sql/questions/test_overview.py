"""A site at one glance: counts, load, source, heartbeat; in four statements, and only for who sees the site."""

from datetime import timedelta

import pytest

from prepaid.alerts import Level
from prepaid.errors.access import NotFound
from prepaid.links import Presence, presence
from prepaid.metering import Verdict
from prepaid.records import HoldCause, Purpose, Source, Wiring
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from prepaid.units import ZERO
from sql.connection import Connection, Database
from sql.questions.overview import Accounts, Glance, Power, Presences, Supplies, glance
from sql.tables import analyzers, crossings, holds, supply_changes
from tests.building import MORNING, Building, Person
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, beat, only_for_staff, read, show

STALE = timedelta(seconds=61)


def glance_at(building: Building) -> Glance:
    with building.database.reading() as conn:
        return glance(conn, ADMIN, building.site_id, MORNING)


def fall(building: Building, person: Person, level: Level) -> None:
    with building.database.writing() as conn:
        conn.execute(crossings.update().where(crossings.c.account_id == person.account_id).values(level=level))


def test_an_empty_site_is_a_glance_of_nothing(database: Database) -> None:
    building = Building(database)

    found = glance_at(building)

    assert (found.analyzers.total, found.supplies, found.accounts) == (0, Supplies(), Accounts())
    assert found.power == Power()
    assert (found.source, found.heartbeat, found.heartbeat_age_s) == (None, None, None)
    assert not found.enforcer_lives


def test_each_analyzer_counts_once_in_its_gravest_word(database: Database) -> None:
    building = Building(database)
    cases = {
        "answers": (MORNING - timedelta(seconds=60), Verdict.ADVANCE, False),
        "steps back": (MORNING, Verdict.STEP_BACK, False),
        "silent": (MORNING - STALE, Verdict.ADVANCE, True),
        "never read": (None, None, False),
        "other device": (MORNING, Verdict.WRONG_DEVICE, True),
        "held": (MORNING, Verdict.DOUBT, True),
        "doubted": (MORNING, Verdict.QUARANTINED, False),
        "awaited": (MORNING, Verdict.AWAITED, False),
    }
    words = []
    for name, (read_at, verdict, held) in cases.items():
        analyzer_id = building.analyzer(name)
        if read_at is not None:
            read(building, analyzer_id, read_at, verdict=verdict)
        if held:
            hold(building, analyzer_id)
        words.append(
            presence(read_at=read_at, now=MORNING, stale_after=timedelta(seconds=60), verdict=verdict, held=held)
        )

    found = glance_at(building).analyzers

    assert found == Presences(answering=2, silent=1, never_seen=1, wrong_device=1, on_hold=1, in_doubt=2)
    assert {word: getattr(found, word) for word in Presence} == {word: words.count(word) for word in Presence}
    assert found.total == len(cases)


def test_the_load_is_that_of_tenants_by_the_source_each_of_them_counts(database: Database) -> None:
    building = Building(database)
    shop = building.tenant("Shop")
    read(building, building.analyzer("Shop", shop), power_w=1_000.0)
    read(building, building.analyzer("Shop, other tariff", shop, generator_tariff=1), power_w=500.0)
    read(building, building.analyzer("Cellar", shop), active_tariff=1, power_w=30.0)
    read(building, building.analyzer("Old", shop), MORNING - STALE, power_w=9_999.0)
    read(building, building.analyzer("No number", shop), power_w=None)
    read(building, building.analyzer("Lifts", purpose=Purpose.COMMON), power_w=7_777.0)
    read(building, building.analyzer("Grid", purpose=Purpose.GRID_INCOMER), power_w=1_700.0)

    assert glance_at(building).power == Power(
        grid_w=1_000.0, generator_w=530.0, grid_supplied_w=1_700.0, generator_supplied_w=None
    )


def test_supplies_count_as_their_devices_confirmed_them(database: Database) -> None:
    building = Building(database)
    shop = building.tenant("Shop")
    cut = building.analyzer("Cut", shop)
    show(building, cut, Supply.CUT)
    show(building, building.analyzer("On", shop))
    building.analyzer("Never seen", shop)
    show(building, building.analyzer("Metered only", shop, wiring=Wiring.NONE), Supply.UNKNOWN)
    with database.writing() as conn:
        change(conn, building, cut, shop)

    assert glance_at(building).supplies == Supplies(on=1, cut=1, unknown=1, changing=1)


def test_an_account_counts_once_as_cut_or_by_its_level(database: Database) -> None:
    building = Building(database)
    low, critical, dark, over, fine, gone = (building.tenant(name) for name in "ABCDEF")
    fall(building, low, Level.LOW)
    fall(building, critical, Level.CRITICAL)
    fall(building, over, Level.EXHAUSTED)
    fall(building, dark, Level.EXHAUSTED)
    fall(building, gone, Level.LOW)
    for name in ("dark 1", "dark 2"):
        analyzer_id = building.analyzer(name, dark)
        building.begin(analyzer_id)
        show(building, analyzer_id, Supply.CUT)
    building.close(gone)

    assert glance_at(building).accounts == Accounts(total=5, cut=1, exhausted=1, critical=1, low=1)
    assert fine.account_id


def test_the_heartbeat_is_young_or_old_by_the_sites_own_setting(database: Database) -> None:
    building = Building(database, values={"heartbeat_old_after_s": "30"})
    since = MORNING - timedelta(hours=2)
    beat(building, MORNING - timedelta(seconds=30), source=Source.GENERATOR, source_since_at=since, passes=1_234)

    found = glance_at(building)

    assert (found.heartbeat_age_s, found.enforcer_lives) == (30.0, True)
    assert found.heartbeat is not None and found.heartbeat.passes == 1_234
    assert (found.source, found.source_since_at, found.clock_in_doubt) == (Source.GENERATOR, since, False)
    with database.reading() as conn:
        later = glance(conn, ADMIN, building.site_id, MORNING + timedelta(milliseconds=1))
    assert not later.enforcer_lives


def test_a_clock_in_doubt_is_told(database: Database) -> None:
    building = Building(database)
    beat(building, clock_doubted_since_at=MORNING)

    assert glance_at(building).clock_in_doubt


def test_what_is_retired_or_of_another_site_counts_nowhere(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other house")
    read(building, building.analyzer("Here"), power_w=1.0)
    retired = building.analyzer("Retired")
    read(other, other.analyzer("There", other.tenant("Them")), power_w=5.0)
    with database.writing() as conn:
        conn.execute(analyzers.update().where(analyzers.c.id == retired).values(retired_at=MORNING))

    found = glance_at(building)

    assert (found.analyzers.total, found.accounts.total, found.power.total_w) == (1, 0, 1.0)


def test_only_the_staff_of_the_site_get_the_glance(database: Database) -> None:
    building = Building(database)

    only_for_staff(
        database,
        building.site_id,
        building.tenant("Shop"),
        lambda conn, viewer, site_id: glance(conn, viewer, site_id, MORNING),
    )


def test_a_site_that_is_not_there_is_not_found(database: Database) -> None:
    with database.reading() as conn, pytest.raises(NotFound):
        glance(conn, ADMIN, 7, MORNING)


def test_the_glance_is_few_statements_that_sql_server_takes(database: Database) -> None:
    building = Building(database)

    written = asked_on_sql_server(
        database, building.site_id, lambda conn, viewer, site_id: glance(conn, viewer, site_id, MORNING)
    )

    assert len(written) == 4


def hold(building: Building, analyzer_id: int) -> None:
    with building.database.writing() as conn:
        conn.execute(
            holds.insert().values(
                analyzer_id=analyzer_id, cause=HoldCause.FELL, why="the counter fell", began_at=MORNING
            )
        )


def change(conn: Connection, building: Building, analyzer_id: int, person: Person) -> None:
    """An open supply change."""
    conn.execute(
        supply_changes.insert().values(
            site_id=building.site_id,
            analyzer_id=analyzer_id,
            account_id=person.account_id,
            wanted=Answer.ON,
            reason=Reason.RECHARGED,
            progress=Progress.WRITTEN,
            live_balance=ZERO,
            entry_no=1,
            decided_at=MORNING,
            evidence=Evidence.NONE,
        )
    )
