"""Policies: changed from what was seen, forward in the life of the account, and known to the enforcer at once."""

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.errors import (
    AccountClosed,
    ChangedMeanwhile,
    ExemptWithoutWhy,
    NotAllowed,
    NotFound,
    RestoreBelowCut,
    StageBackwards,
)
from prepaid.records import Role, Stage
from prepaid.tenancy import Policy
from sql import events as trail
from sql.connection import Database
from sql.policies import change_policy, policy_of
from sql.sessions import SignedIn
from sql.tables import accounts, events
from tests.building import Building, Person
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server

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


def test_without_a_difference_nothing_is_written(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)

    assert not change_policy(database, admin, bakery.account_id, OBSERVED, OBSERVED)

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
    _building, bakery, admin = bakery_of(database)

    with listening(database) as heard:
        wanted = Policy(stage=Stage.ENFORCED, exempt=True, exempt_why="a clinic", emergency_credit=Decimal(4))
        change_policy(database, admin, bakery.account_id, OBSERVED, wanted)

    assert all(on_sql_server(statement) for statement in heard.values())
