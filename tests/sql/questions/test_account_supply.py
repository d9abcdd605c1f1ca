"""Each supply as its tenant reads it, and who may read it: nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange
from prepaid.metering import Verdict
from prepaid.records import Role, Source, Wiring
from prepaid.standing import Supplied
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.connection import Database
from sql.questions.account import tenant_picture
from sql.tables import analyzer_states, supply_states
from tests.building import MORNING, Building, Person
from tests.sql.questions.tenants_picture import ADMIN, HOUR, own_viewer, standing_of


def show(building: Building, analyzer_id: int, **supply: Any) -> None:
    """What the enforcer holds true of a supply."""
    with building.database.writing() as conn:
        known = {"supply": Supply.UNKNOWN, "seen": Supply.UNKNOWN, **supply}
        conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, **known))


def read(building: Building, analyzer_id: int, **values: Any) -> None:
    """What the last poll of an analyzer brought."""
    with building.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == analyzer_id
        conn.execute(analyzer_states.update().where(of).values(link="answering", read_at=MORNING, **values))


def test_each_analyzer_tells_its_supply_source_and_load(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven, fridge = building.analyzer("Oven", bakery), building.analyzer("Fridge", bakery, generator_tariff=1)
    for each in (oven, fridge):
        building.begin(each)
    since_at = MORNING - HOUR
    show(building, oven, supply=Supply.CUT, reason=Reason.LOCK, since_at=since_at, answer=Answer.CUT)
    show(building, fridge, supply=Supply.ON, answer=Answer.ON, answer_reason=Reason.CREDIT)
    building.lock(oven)
    read(building, oven, power_w=0.0, active_tariff=1)
    read(building, fridge, power_w=1500.0, active_tariff=0)

    found = standing_of(building, bakery)

    assert [(point.name, point.supplied, point.why) for point in found.points] == [
        ("Fridge", Supplied.ON, Reason.CREDIT),
        ("Oven", Supplied.CUT, Reason.LOCK),
    ]
    assert (found.points[1].since_at, found.points[1].lock_phone) == (since_at, "+964 1")
    assert (found.supplied, found.source, found.power_w) == (Supplied.PARTLY_CUT, Source.GENERATOR, 1500.0)


def test_readings_that_are_missing_or_old_are_told(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven, fridge = building.analyzer("Oven", bakery), building.analyzer("Fridge", bakery)
    for each in (oven, fridge):
        building.begin(each)
    read(building, oven, power_w=7.0)

    found, late = standing_of(building, bakery), standing_of(building, bakery, MORNING + HOUR)

    assert found.read_at is None
    assert [point.name for point in found.silent(MORNING, timedelta(minutes=1))] == ["Fridge"]
    assert [point.name for point in late.silent(MORNING + HOUR, timedelta(minutes=1))] == ["Fridge", "Oven"]


@pytest.mark.parametrize(
    ("wiring", "supply", "answer", "link", "expected"),
    [
        (Wiring.HELD_ON_SUPPLY, Supply.ON, Answer.ON, "answering", Supplied.ON),
        (Wiring.HELD_ON_SUPPLY, Supply.ON, Answer.KEEP, "answering", Supplied.ON),
        (Wiring.HELD_ON_SUPPLY, Supply.ON, Answer.CUT, "answering", Supplied.GOING_OFF),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, Answer.CUT, "answering", Supplied.CUT),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, Answer.ON, "answering", Supplied.COMING_ON),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, Answer.KEEP, "answering", Supplied.CUT),
        (Wiring.HELD_ON_SUPPLY, Supply.UNKNOWN, None, "answering", Supplied.UNKNOWN),
        (Wiring.NONE, Supply.UNKNOWN, Answer.KEEP, "answering", Supplied.ON),
        (Wiring.NONE, Supply.UNKNOWN, Answer.KEEP, "failing", Supplied.UNKNOWN),
    ],
)
def test_the_supply_is_one_word(
    database: Database, wiring: Wiring, supply: Supply, answer: Answer | None, link: str, expected: Supplied
) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery, wiring=wiring)
    building.begin(oven)
    show(building, oven, supply=supply, reason=Reason.STILL_OUT, answer=answer)
    with database.writing() as conn:
        conn.execute(analyzer_states.update().values(link=link))

    assert standing_of(building, bakery).supplied is expected


def test_a_supply_found_off_comes_back_only_when_a_person_asks(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    show(building, oven, supply=Supply.CUT, answer=Answer.ON, answer_reason=Reason.CREDIT)

    before = standing_of(building, bakery)
    with database.writing() as conn:
        conn.execute(supply_states.update().values(answer_reason=Reason.WISH_RESTORE))
    after = standing_of(building, bakery)

    assert (before.supplied, after.supplied) == (Supplied.CUT, Supplied.COMING_ON)


def test_nothing_of_another_device_is_shown_as_the_tenants_own(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery, wiring=Wiring.NONE)
    building.begin(oven)
    read(building, oven, power_w=1_500.0, active_tariff=1, accepted_at=MORNING - HOUR, verdict=Verdict.WRONG_DEVICE)

    [point] = standing_of(building, bakery).points

    assert (point.power_w, point.source, point.answers) == (None, None, False)
    assert point.read_at == MORNING - HOUR
    assert point.supplied is Supplied.UNKNOWN


@pytest.mark.parametrize(
    ("verdict", "fresh"),
    [(Verdict.ADVANCE, True), (Verdict.AWAITED, True), (Verdict.QUARANTINED, False), (Verdict.DOUBT, False)],
)
def test_a_reading_that_was_not_used_makes_no_balance_fresh(database: Database, verdict: Verdict, fresh: bool) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    read(building, oven, accepted_at=MORNING - HOUR, verdict=verdict)

    silent = standing_of(building, bakery).silent(MORNING, HOUR / 2)

    assert (silent == ()) is fresh


def test_a_cut_through_which_load_flows_is_still_going_on(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    facts = {"supply": Supply.CUT, "reason": Reason.STILL_OUT, "load_while_cut_since_at": MORNING}
    show(building, oven, answer=Answer.CUT, **facts)

    before = standing_of(building, bakery)
    with database.writing() as conn:
        conn.execute(supply_states.update().values(answer=Answer.ON))
    after = standing_of(building, bakery)

    assert (before.supplied, after.supplied) == (Supplied.GOING_OFF, Supplied.COMING_ON)


def test_another_tenant_sees_nothing_and_staff_see_their_site(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other House")
    bakery, shop = building.tenant("Bakery"), other.tenant("Shop")
    everybody = {
        "own": own_viewer(building, bakery),
        "another tenant": own_viewer(building, building.tenant("Kiosk")),
        "a tenant elsewhere": own_viewer(other, shop),
        "cashier": Viewer(role=Role.CASHIER, site_id=building.site_id, tenant_id=None),
        "manager": Viewer(role=Role.MANAGER, site_id=building.site_id, tenant_id=None),
        "manager elsewhere": Viewer(role=Role.MANAGER, site_id=other.site_id, tenant_id=None),
        "admin": ADMIN,
    }

    seen = {who for who, viewer in everybody.items() if _sees(building, bakery, viewer)}

    assert seen == {"own", "cashier", "manager", "admin"}


def test_a_tenant_of_another_site_is_not_found_and_a_first_password_sees_nothing(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other House")
    shop = other.tenant("Shop")
    manager = Viewer(role=Role.MANAGER, site_id=building.site_id, tenant_id=None)
    new = Viewer(role=Role.TENANT, site_id=other.site_id, tenant_id=shop.tenant_id, must_change_password=True)

    with database.reading() as conn:
        with pytest.raises(NotFound):
            tenant_picture(conn, manager, building.site_id, shop.tenant_id, MORNING)
        with pytest.raises(PasswordMustChange):
            tenant_picture(conn, new, other.site_id, shop.tenant_id, MORNING)


def _sees(building: Building, person: Person, viewer: Viewer) -> bool:
    with building.database.reading() as conn:
        try:
            tenant_picture(conn, viewer, building.site_id, person.tenant_id, MORNING)
        except NotAllowed:
            return False
    return True
