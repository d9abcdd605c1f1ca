"""Policies: changed from what was seen, forward in the life of the account, and known to the enforcer at once."""

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.ledger import AccountClosed
from prepaid.errors.tenants import ChangedMeanwhile, ExemptWithoutWhy, RestoreBelowCut, StageBackwards
from prepaid.no_cut import HOLIDAYS
from prepaid.records import Role, Stage
from prepaid.site_calendar import read_hours
from prepaid.tenancy import Policy
from sql import events as trail
from sql.connection import Database
from sql.no_cut import load_hours_of, own_windows
from sql.policies import OwnHours, change_policy, policy_of
from sql.sessions import SignedIn
from sql.tables import accounts, events, no_cut_windows
from tests.building import Building, Person
from tests.signed_in import signed_in
from tests.sql.statements import counting, listening, on_sql_server

OBSERVED = Policy(stage=Stage.OBSERVED)


def bakery_of(database: Database, stage: Stage = Stage.OBSERVED) -> tuple[Building, Person, SignedIn]:
    building = Building(database)
    return building, building.tenant("Bakery", stage=stage), signed_in(database, Role.ADMIN)


def test_a_changed_policy_is_what_the_enforcer_reads_next(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)
    wanted = Policy(stage=Stage.WARNED, emergency_credit=Decimal(30), restore_threshold=Decimal(-10))
    with database.reading() as conn:
        before = trail.version(conn, "enforcer:1")

    changed = change_policy(database, admin, bakery.account_id, OBSERVED, wanted)

    with database.reading() as conn:
        account = conn.execute(sa.select(accounts).where(accounts.c.id == bakery.account_id)).one()
        assert trail.version(conn, "enforcer:1") > before
        event = conn.execute(sa.select(events)).one()
    assert changed
    assert (account.stage, account.emergency_credit, account.restore_threshold) == (
        Stage.WARNED,
        Decimal(30),
        Decimal(-10),
    )
    assert event.before == {"stage": "observed", "emergency_credit": "0", "restore_threshold": "0"}
    assert (event.after["stage"], event.after["emergency_credit"]) == ("warned", "30")


def test_each_stage_that_is_reached_keeps_its_instant(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)

    change_policy(database, admin, bakery.account_id, OBSERVED, Policy(stage=Stage.ENFORCED))

    with database.reading() as conn:
        row = conn.execute(sa.select(accounts).where(accounts.c.id == bakery.account_id)).one()
    assert row.warned_at == row.enforced_at
    assert row.observed_at < row.enforced_at
    with pytest.raises(StageBackwards):
        change_policy(database, admin, bakery.account_id, Policy(stage=Stage.ENFORCED), OBSERVED)


def test_an_exempt_account_says_why_and_one_that_is_not_any_more_forgets_it(database: Database) -> None:
    building, bakery, admin = bakery_of(database)
    exempt = replace(OBSERVED, exempt=True, exempt_why="a clinic")

    with pytest.raises(ExemptWithoutWhy):
        change_policy(database, admin, bakery.account_id, OBSERVED, replace(OBSERVED, exempt=True))
    change_policy(database, admin, bakery.account_id, OBSERVED, exempt)
    was_exempt = building.load().accounts[bakery.account_id].exempt
    change_policy(database, admin, bakery.account_id, exempt, replace(exempt, exempt=False))

    with database.reading() as conn:
        row = conn.execute(sa.select(accounts).where(accounts.c.id == bakery.account_id)).one()
    assert was_exempt
    assert policy_of(row) == OBSERVED


def test_what_does_not_fit_changes_nothing(database: Database) -> None:
    building, bakery, admin = bakery_of(database)

    with pytest.raises(RestoreBelowCut):
        change_policy(database, admin, bakery.account_id, OBSERVED, replace(OBSERVED, restore_threshold=Decimal(-1)))
    with pytest.raises(ChangedMeanwhile):
        change_policy(database, admin, bakery.account_id, replace(OBSERVED, emergency_credit=Decimal(1)), OBSERVED)
    for account_id in (999, building.house_account_id):
        with pytest.raises(NotFound):
            change_policy(database, admin, account_id, OBSERVED, OBSERVED)
    building.close(bakery)
    with pytest.raises(AccountClosed):
        change_policy(database, admin, bakery.account_id, OBSERVED, replace(OBSERVED, emergency_credit=Decimal(1)))

    with database.reading() as conn:
        assert conn.execute(sa.select(events)).all() == []


NIGHTS = read_hours({0: "20:00-08:00", HOLIDAYS: "00:00-24:00"})
NO_HOURS = OwnHours(frozenset(), frozenset())


def test_own_hours_are_what_the_enforcer_reads_next_and_only_for_their_account(database: Database) -> None:
    building, bakery, admin = bakery_of(database)
    florist = building.tenant("Florist")
    building.no_cut(3, 0, 60)

    changed = change_policy(database, admin, bakery.account_id, OBSERVED, OBSERVED, NO_HOURS._replace(wanted=NIGHTS))

    no_cut = building.load().no_cut
    with database.reading() as conn:
        kept = own_windows(conn, [bakery.account_id, florist.account_id])
        alone = load_hours_of(conn, building.site_id, bakery.account_id)
        event = conn.execute(sa.select(events)).one()
    assert changed
    assert no_cut.own == alone.own == {bakery.account_id: NIGHTS}
    assert no_cut.windows == alone.windows == read_hours({3: "00:00-01:00"})
    assert kept == {bakery.account_id: NIGHTS, florist.account_id: frozenset()}
    assert event.before == {"no_cut_hours": ""}
    assert event.after["no_cut_hours"] == "0 20:00-24:00; 1 00:00-08:00; 7 00:00-24:00"


def test_own_hours_are_taken_back_and_those_of_others_stay(database: Database) -> None:
    building, bakery, admin = bakery_of(database)
    building.no_cut(3, 0, 60)
    building.no_cut(4, 0, 60, building.tenant("Florist"))
    change_policy(database, admin, bakery.account_id, OBSERVED, OBSERVED, NO_HOURS._replace(wanted=NIGHTS))

    change_policy(database, admin, bakery.account_id, OBSERVED, OBSERVED, OwnHours(NIGHTS, frozenset()))

    with database.reading() as conn:
        assert sorted(conn.scalars(sa.select(no_cut_windows.c.weekday))) == [3, 4]


def test_own_hours_that_somebody_else_has_changed_meanwhile_are_not_overwritten(database: Database) -> None:
    building, bakery, admin = bakery_of(database)
    building.no_cut(3, 0, 60, bakery)
    wanted = replace(OBSERVED, emergency_credit=Decimal(4))

    with pytest.raises(ChangedMeanwhile):
        change_policy(database, admin, bakery.account_id, OBSERVED, wanted, NO_HOURS._replace(wanted=NIGHTS))

    with database.reading() as conn:
        account = conn.execute(sa.select(accounts).where(accounts.c.id == bakery.account_id)).one()
        assert policy_of(account) == OBSERVED
        assert own_windows(conn, [bakery.account_id]) == {bakery.account_id: read_hours({3: "00:00-01:00"})}


def test_the_enforcer_reads_the_hours_of_all_accounts_by_one_statement(database: Database) -> None:
    building = Building(database)
    for number in range(5):
        building.no_cut(number, 0, 60, building.tenant(f"Shop {number}"))

    with counting(database) as heard:
        found = building.load().no_cut

    assert len(found.own) == 5
    assert len([statement for statement in heard if "NoCutWindows" in statement]) == 1


def test_without_a_difference_nothing_is_written(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)

    assert not change_policy(database, admin, bakery.account_id, OBSERVED, OBSERVED)
    assert not change_policy(database, admin, bakery.account_id, OBSERVED, OBSERVED, NO_HOURS)

    with database.reading() as conn:
        assert conn.execute(sa.select(events)).all() == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_only_an_admin_of_the_site_changes_a_policy(database: Database, role: Role) -> None:
    building, bakery, _admin = bakery_of(database)
    person = signed_in(database, role, site_id=building.site_id, tenant_id=bakery.tenant_id)
    elsewhere = signed_in(database, Role.ADMIN, site_id=Building(database, name="Other house").site_id)

    for somebody in (person, elsewhere):
        with pytest.raises(NotAllowed):
            change_policy(database, somebody, bakery.account_id, OBSERVED, Policy(stage=Stage.WARNED))


def test_sql_server_understands_each_statement(database: Database) -> None:
    building, bakery, admin = bakery_of(database)

    with listening(database) as heard:
        wanted = Policy(stage=Stage.ENFORCED, exempt=True, exempt_why="a clinic", emergency_credit=Decimal(4))
        change_policy(database, admin, bakery.account_id, OBSERVED, wanted, NO_HOURS._replace(wanted=NIGHTS))
        building.load()
        with database.reading() as conn:
            load_hours_of(conn, building.site_id, bakery.account_id)

    assert all(on_sql_server(statement) for statement in heard.values())
