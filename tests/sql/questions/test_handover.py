"""What a handover would bring: told from both accounts and from what the device shows."""

from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.effects import Effect
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.records import Role
from prepaid.supply import Reason
from prepaid.switching import Supply
from sql.connection import Database
from sql.questions.handover import Handover, handover
from sql.tables import supply_states
from tests.building import MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def cut_oven(database: Database) -> tuple[Building, Person, int]:
    """A bakery in debt whose oven is cut for credit."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="-5")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    with database.writing() as conn:
        conn.execute(
            supply_states.insert().values(
                analyzer_id=oven, supply=Supply.CUT, seen=Supply.CUT, reason=Reason.OUT_OF_CREDIT, since_at=MORNING
            )
        )
    return building, bakery, oven


def asked(database: Database, analyzer_id: int, account_id: int | None) -> Handover:
    with database.reading() as conn:
        return handover(conn, ADMIN, analyzer_id, account_id, MORNING)


def effects_of(found: Handover) -> list[Effect]:
    return [effect for _point, effect in found.effects.of_points]


def test_with_an_account_in_credit_the_supply_comes_back_and_with_one_in_debt_it_does_not(database: Database) -> None:
    building, bakery, oven = cut_oven(database)
    rich, poor = building.tenant("Florist", opening="10"), building.tenant("Butcher", opening="-1")

    to_rich, to_poor = asked(database, oven, rich.account_id), asked(database, oven, poor.account_id)

    assert to_rich.now is not None
    assert (to_rich.analyzer, to_rich.now.tenant, to_rich.then.tenant) == ("Oven", "Bakery", "Florist")
    assert (to_rich.now.account_id, to_rich.then.live) == (bakery.account_id, Decimal(10))
    assert effects_of(to_rich) == [Effect.RESTORED]
    assert effects_of(to_poor) == [Effect.STAYS_OUT]


def test_the_house_is_never_cut_so_a_cut_supply_comes_back(database: Database) -> None:
    building, _bakery, oven = cut_oven(database)

    found = asked(database, oven, None)

    assert (found.then.account_id, found.then.tenant) == (building.house_account_id, None)
    assert effects_of(found) == [Effect.RESTORED]


def test_of_an_analyzer_that_was_never_read_nobody_knows_the_supply(database: Database) -> None:
    building, bakery, _oven = cut_oven(database)

    found = asked(database, building.analyzer("New"), bakery.account_id)

    assert (found.now, found.point, effects_of(found)) == (None, None, [])


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_it_is_told_only_to_who_may_do_it(database: Database, role: Role) -> None:
    building, bakery, oven = cut_oven(database)
    viewer = Viewer(role=role, site_id=building.site_id, tenant_id=bakery.tenant_id)
    elsewhere = Viewer(role=Role.ADMIN, site_id=building.site_id + 1, tenant_id=None)
    stranger = Building(database, name="Other house").tenant("Stranger")

    with database.reading() as conn:
        for somebody in (viewer, elsewhere):
            with pytest.raises(NotAllowed):
                handover(conn, somebody, oven, bakery.account_id, MORNING)
        with pytest.raises(NotAllowed):
            handover(conn, ADMIN, oven, stranger.account_id, MORNING)
        for analyzer_id, account_id in ((999, None), (oven, 999)):
            with pytest.raises(NotFound):
                handover(conn, ADMIN, analyzer_id, account_id, MORNING)


def test_sql_server_understands_each_statement(database: Database) -> None:
    _building, bakery, oven = cut_oven(database)

    with listening(database) as heard:
        asked(database, oven, bakery.account_id)
        asked(database, oven, None)

    assert all(on_sql_server(statement) for statement in heard.values())
