"""The people of the demo site: who sits in the dark recharges after a few minutes, once; the others live on."""

import logging
import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from enforcer.simulator.people import CALLER, People
from prepaid.clock import ManualClock, SystemClock
from prepaid.errors.access import NotFound
from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable
from prepaid.units import ZERO
from sql.accounts import live_balances
from sql.allocations import Receipt, Recharge, recharge
from sql.connection import Database
from sql.demo.needs import Need, needs
from sql.demo.site import DemoSite
from sql.sites import find_site
from sql.tables import allocations, sites


def seen(database: Database, clock: ManualClock) -> list[Need]:
    with database.reading() as conn:
        return needs(conn, find_site(conn), clock.now())


def looked(people: People, clock: ManualClock, minutes: int, every: int = 1) -> list[tuple[float, Receipt]]:
    """What was recharged in these minutes, and after how many of them."""
    began_s = clock.seconds
    found = []
    for _ in range(0, minutes, every):
        clock.advance(60 * every)
        found += [((clock.seconds - began_s) / 60, receipt) for receipt in people.look()]
    return found


def awaited(condition: Callable[[], bool]) -> bool:
    clock = SystemClock()
    until_s = clock.monotonic() + 10
    while not condition() and clock.monotonic() < until_s:
        pass
    return condition()


def test_who_sits_in_the_dark_recharges_within_minutes_and_once(
    demo: Database, mall: DemoSite, clock: ManualClock
) -> None:
    dark = [need for need in seen(demo, clock) if need.dark]

    bought = looked(People(demo, mall, clock), clock, 30)

    assert len(dark) == 1
    mine = [(minutes, receipt) for minutes, receipt in bought if receipt.account_id == dark[0].account_id]
    assert len(mine) == 1
    minutes, receipt = mine[0]
    assert 2 <= minutes <= 9
    assert 5 * dark[0].daily <= receipt.amount <= 14 * dark[0].daily + 5000 - dark[0].live + 5000
    assert receipt.amount % 5000 == 0
    with demo.reading() as conn:
        assert live_balances(conn, find_site(conn))[receipt.account_id].live == dark[0].live + receipt.amount


def test_of_those_who_run_low_some_recharge_in_time_and_nobody_else_does(
    demo: Database, mall: DemoSite, clock: ManualClock
) -> None:
    before = {need.account_id: need for need in seen(demo, clock)}

    bought = [receipt.account_id for _, receipt in looked(People(demo, mall, clock), clock, 11 * 60, every=10)]

    low = [key for key, need in before.items() if not need.dark and need.live < (need.last_recharge or ZERO) / 10]
    dark = [key for key, need in before.items() if need.dark]
    assert low
    assert len(bought) == len(set(bought))
    assert set(dark) <= set(bought) <= {*dark, *low}


def test_the_same_seed_tells_the_same_story(demo_file: Path, mall: DemoSite, tmp_path: Path) -> None:
    stories = []
    for name in ("one.db", "two.db"):
        shutil.copyfile(demo_file, tmp_path / name)
        clock = ManualClock()
        database = Database(f"sqlite:///{(tmp_path / name).as_posix()}", clock)
        bought = looked(People(database, mall, clock), clock, 60)
        stories.append([(minutes, receipt.account_id, receipt.amount) for minutes, receipt in bought])
        database.close()

    assert stories[0]
    assert stories[0] == stories[1]


def test_who_was_paid_for_by_somebody_else_stays_at_home(demo: Database, mall: DemoSite, clock: ManualClock) -> None:
    people = People(demo, mall, clock)
    dark = next(need.account_id for need in seen(demo, clock) if need.dark)
    people.look()

    paid = Recharge(
        account_id=dark, amount=Decimal(500_000), currency="IQD", caller="till", key="1", actor="the cashier"
    )
    recharge(demo, paid, "test")
    bought = looked(people, clock, 20)

    assert dark not in [receipt.account_id for _, receipt in bought]


def test_a_site_of_another_name_is_left_alone(demo: Database, mall: DemoSite, clock: ManualClock) -> None:
    people = People(demo, mall, clock)
    people.look()
    with demo.writing() as conn:
        conn.execute(sites.update().values(name="Real Mall"))

    clock.advance(3600)
    with pytest.raises(NotFound, match="Dijla Mall"):
        people.look()

    with demo.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).where(allocations.c.caller == CALLER)) == 0


def test_an_absent_database_is_one_line_in_the_log_until_it_is_there(
    demo_file: Path, mall: DemoSite, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "later" / "demo.db"
    people = People(Database(f"sqlite:///{path.as_posix()}", clock), mall, clock, every_s=0.01)

    def said(level: int) -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelno == level]

    with caplog.at_level(logging.DEBUG, "simulator.people"):
        people.start()
        assert awaited(lambda: len(said(logging.DEBUG)) >= 3)
        made_by_looking = path.exists()
        shutil.copyfile(demo_file, path)
        assert awaited(lambda: bool(said(logging.INFO)))
        people.stop()

    assert not made_by_looking
    assert len(said(logging.WARNING)) == 1
    assert "people.failed" in said(logging.WARNING)[0]
    assert "people.recovered" in said(logging.INFO)[0]


def test_a_locked_database_costs_a_look_and_loses_nothing(demo: Database, mall: DemoSite, clock: ManualClock) -> None:
    people = People(demo, mall, clock)
    people.look()
    clock.advance(600)

    with demo.writing(), pytest.raises(DatabaseBusy):
        people.look()

    assert len([receipt for receipt in people.look() if not receipt.repeated]) >= 1
    assert people.look() == []


def test_a_look_at_nothing_says_so(mall: DemoSite, clock: ManualClock, tmp_path: Path) -> None:
    people = People(Database(f"sqlite:///{(tmp_path / 'none.db').as_posix()}", clock), mall, clock)

    with pytest.raises(DatabaseUnavailable, match="no tables"):
        people.look()


def test_needs_are_those_of_tenants(demo: Database, clock: ManualClock, mall: DemoSite) -> None:
    found = seen(demo, clock)

    assert len(found) == len(mall.tenants)
    for need in found:
        assert need.currency == "IQD"
        assert need.daily > 0
        assert (need.live <= 0) == need.dark
    clock.advance(timedelta(days=9).total_seconds())
    assert {need.daily for need in seen(demo, clock)} == {ZERO}
