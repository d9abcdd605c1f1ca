"""The loaded demo site obeys what must always hold, and the first pass over it finds nothing to tell."""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.accounts import Unbilled, live_balance
from prepaid.alerts import AlertKind, Channel, Depth, Level, MessageState, Thresholds, deeper, level
from prepaid.commissioning import Outcome
from prepaid.errors.start import DatabaseInUse
from prepaid.records import AccountKind, EntryKind, Purpose, Role, Source, Stage, Wiring
from prepaid.site_calendar import OwnDay
from prepaid.supply import Answer
from prepaid.switching import Progress, Supply
from prepaid.units import add, cost, negative
from sql.accounts import last_recharges, live_balances
from sql.connection import Database
from sql.crossings import load_levels
from sql.demo.load import add_arguments, days_for, main
from sql.demo.no_cut import FEAST, FEAST_IN
from sql.demo.sign_ins import PASSWORDS
from sql.demo.site import DemoSite
from sql.demo.start import start_counters
from sql.events import FIRST_HASH, chain_hash
from sql.outbox import anything_due
from sql.passwords import verify_password
from sql.questions.site_calendar import load_calendar
from sql.sites import find_site, load_site
from sql.supply import load_supply
from sql.tables import (
    account_heads,
    accounts,
    alerts,
    allocations,
    analyzers,
    assignments,
    bases,
    charges,
    commissionings,
    contacts,
    entries,
    event_heads,
    events,
    hours,
    messages,
    prices,
    supply_changes,
    tenants,
    users,
)
from tests.sql.demo.conftest import DAYS, NOW


def rows(database: Database, question: sa.Select[Any]) -> Sequence[Any]:
    with database.reading() as conn:
        return conn.execute(question).all()


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_charged_and_unbilled_are_what_the_counters_advanced(demo: Database) -> None:
    charged_wh = {
        row.base_id: row.wh
        for row in rows(demo, sa.select(charges.c.base_id, sa.func.sum(charges.c.wh).label("wh")).group_by("base_id"))
    }

    found = rows(demo, sa.select(bases))

    assert len(found) == 2 * 24
    for base in found:
        assert charged_wh.get(base.id, 0) == base.charged_wh - base.opening_wh
        assert base.counter_wh == base.highest_wh
        assert base.accepted_at == NOW
        assert base.charged_at == NOW.replace(minute=0, second=0)
    assert sum(base.highest_wh > base.charged_wh for base in found) > 20


def test_no_range_of_a_counter_is_charged_twice_or_left_out(demo: Database) -> None:
    ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows(demo, sa.select(charges.c.base_id, charges.c.from_wh, charges.c.to_wh).order_by(charges.c.from_wh)):
        ends[row.base_id].append((row.from_wh, row.to_wh))

    opening = {row.id: row.opening_wh for row in rows(demo, sa.select(bases.c.id, bases.c.opening_wh))}

    for base_id, ranges in ends.items():
        assert ranges[0][0] == opening[base_id]
        assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_entries_are_numbered_without_gaps_in_the_order_of_time_and_end_at_the_head(demo: Database) -> None:
    of: dict[int, list[Any]] = defaultdict(list)
    for row in rows(demo, sa.select(entries).order_by(entries.c.account_id, entries.c.entry_no)):
        of[row.account_id].append(row)

    for head in rows(demo, sa.select(account_heads)):
        own = of[head.account_id]
        balance = Decimal(0)
        for number, entry in enumerate(own, start=1):
            balance = add(balance, entry.amount)
            assert (entry.entry_no, entry.balance_after) == (number, balance)
        assert (head.entry_no, head.balance, head.posted_at) == (len(own), balance, own[-1].posted_at)
        assert all(before.posted_at <= after.posted_at <= NOW for before, after in pairwise(own))


def test_each_charge_costs_its_price_at_that_time_and_falls_into_its_hour(demo: Database) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
    sums: dict[tuple[Any, int, Source], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))

    for row in rows(demo, sa.select(charges)):
        assert (row.plan_id, row.price_per_kwh) == site.price(row.account_id, row.source, row.period_from)
        assert row.amount == cost(row.wh, row.price_per_kwh)
        assert row.period_from < row.period_to <= row.posted_at <= row.period_to + timedelta(seconds=10)
        key = (row.period_from, row.analyzer_id, row.source)
        sums[key] = (sums[key][0] + row.wh, add(sums[key][1], row.amount))

    for hour in rows(demo, sa.select(hours)):
        assert (hour.grid_wh, hour.grid_amount) == sums.pop((hour.hour_at, hour.analyzer_id, Source.GRID), (0, 0))
        generator = (hour.generator_wh, hour.generator_amount)
        assert generator == sums.pop((hour.hour_at, hour.analyzer_id, Source.GENERATOR), (0, 0))
    assert not sums


def test_prices_change_once_inside_the_history_and_the_house_pays_nothing(demo: Database) -> None:
    dearer = rows(
        demo, sa.select(charges.c.price_per_kwh, sa.func.min(charges.c.period_from)).group_by(charges.c.price_per_kwh)
    )
    house = rows(demo, sa.select(accounts, account_heads.c.balance).join(account_heads).where(accounts.c.exempt))
    begins = {row.from_at for row in rows(demo, sa.select(prices.c.from_at))}

    assert len(begins) == 2
    assert max(begins) - min(begins) == timedelta(days=DAYS * 2 // 3 + 1)
    assert {Decimal(140), Decimal(150), Decimal(420), Decimal(450), Decimal(0)} <= {row.price_per_kwh for row in dearer}
    assert [(row.kind, row.balance) for row in house] == [(AccountKind.HOUSE, 0)]


def test_balances_spread_from_full_to_empty_and_levels_agree_with_them(demo: Database) -> None:
    with demo.reading() as conn:
        site_id = find_site(conn)
        settings = load_site(conn, site_id).settings
        levels, lives, recharged = (
            load_levels(conn, site_id),
            live_balances(conn, site_id),
            last_recharges(conn, site_id),
        )
    thresholds = Thresholds(
        low_days=float(settings.low_days),
        critical_days=float(settings.critical_days),
        low_share=settings.low_share,
        critical_share=settings.critical_share,
    )

    for account_id, balance in lives.items():
        if account_id not in recharged:
            continue
        depth = Depth(
            live_balance=balance.live,
            emergency_credit=Decimal(0),
            days_left=None,
            last_recharge=recharged[account_id],
        )
        assert deeper(levels[account_id][0], level(depth, thresholds)) is levels[account_id][0]
    found = [each for each, _ in levels.values()]
    assert found.count(Level.FINE) > len(found) / 2
    assert {Level.LOW, Level.CRITICAL, Level.EXHAUSTED} <= set(found)
    assert any(0 < lives[account_id].live < 3_000 for account_id in lives)
    assert all(balance.live >= -10 for balance in lives.values())


def test_live_balances_hold_against_the_counters(demo: Database) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
        lives = live_balances(conn, site.site_id)
        open_ground = conn.execute(
            sa.select(assignments.c.account_id, bases).join(bases, bases.c.analyzer_id == assignments.c.analyzer_id)
        ).all()

    for account_id, balance in lives.items():
        ground = [
            Unbilled(row.source, row.highest_wh - row.charged_wh, site.price(account_id, row.source, NOW)[1])
            for row in open_ground
            if row.account_id == account_id
        ]
        assert balance.live == live_balance(balance.balance, ground)


def test_who_ran_out_was_cut_with_change_alert_and_event_and_stays_dark(demo: Database) -> None:
    with demo.reading() as conn:
        site_id = find_site(conn)
        supply = load_supply(conn, site_id)
        lives = live_balances(conn, site_id)
        wirings = {row.id: row.wiring for row in conn.execute(sa.select(analyzers.c.id, analyzers.c.wiring))}
    changes = rows(demo, sa.select(supply_changes))
    subjects = {(row.action, row.subject) for row in rows(demo, sa.select(events))}
    causes = {row.cause: row.kind for row in rows(demo, sa.select(alerts))}
    drawn = {row.analyzer_id for row in rows(demo, sa.select(charges).where(charges.c.cause == "supply"))}

    assert changes
    assert {key for key, state in supply.items() if state.cut_for_credit} == {row.analyzer_id for row in changes}
    for change in changes:
        assert (change.wanted, change.progress) == (Answer.CUT, Progress.PROVEN)
        assert change.decided_at < change.written_at < change.confirmed_at < change.proven_at == change.ended_at
        assert change.live_balance == lives[change.account_id].live <= 0
        assert causes[f"supply:{change.id}"] is AlertKind.CUT
        assert ("supply.cut.proven", f"analyzer:{change.analyzer_id}") in subjects
        assert change.analyzer_id in drawn
        own = rows(demo, sa.select(charges.c.period_to).where(charges.c.analyzer_id == change.analyzer_id))
        assert max(row.period_to for row in own) == change.decided_at
    for analyzer_id, state in supply.items():
        expected = Supply.UNKNOWN if wirings[analyzer_id] is Wiring.NONE else Supply.ON
        assert state.cut_for_credit or state.supply is expected


def test_homes_and_ovens_keep_their_nights_and_nobody_else_is_spared(demo: Database, mall: DemoSite) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
        calendar = load_calendar(conn, site.site_id)

    spared = {site.accounts[account_id].tenant_name for account_id in site.no_cut.own}
    night = NOW.replace(hour=0)
    assert spared == {"Al Noor Bakery", "Karada Pastry"}
    assert site.no_cut.windows == frozenset()
    assert {site.no_cut.of(account_id).ends_at(night) for account_id in site.no_cut.own} == {
        NOW.replace(hour=3, minute=0, second=0)
    }
    assert calendar.own_days == (OwnDay((NOW + FEAST_IN).date(), FEAST),)


def test_nothing_of_the_past_waits_to_be_mailed(demo: Database) -> None:
    with demo.reading() as conn:
        due = anything_due(conn, 1, list(Channel), NOW + timedelta(days=1))

    assert not due
    sent = rows(demo, sa.select(messages))
    assert len(sent) == len(rows(demo, sa.select(alerts))) > 5
    assert {row.state for row in sent} == {MessageState.SENT}
    assert all(row.recipient.endswith("@example.com") and row.sent_at <= NOW for row in sent)


def test_recharges_name_their_cashier_and_have_events(demo: Database) -> None:
    cashier = rows(demo, sa.select(users.c.id).where(users.c.role == Role.CASHIER))[0].id
    booked = rows(demo, sa.select(allocations))
    told = rows(demo, sa.select(events).where(events.c.action == "recharge.sold").order_by(events.c.event_no))

    assert len(booked) == len(told) == len(rows(demo, sa.select(entries).where(entries.c.kind == EntryKind.ALLOCATION)))
    assert len(booked) > 5
    assert {row.user_id for row in booked} == {cashier}
    assert [row.happened_at for row in told] == sorted(row.happened_at for row in told)


def test_the_chain_of_events_is_unbroken(demo: Database) -> None:
    before = FIRST_HASH
    for number, row in enumerate(rows(demo, sa.select(events).order_by(events.c.event_no)), start=1):
        assert (row.event_no, row.previous_hash, row.hash) == (number, before, chain_hash(row._mapping))
        before = row.hash

    assert rows(demo, sa.select(event_heads.c.hash)) == [(before,)]


def test_every_analyzer_is_commissioned_and_belongs_to_its_tenant_or_to_the_house(
    demo: Database, mall: DemoSite
) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
    records = rows(demo, sa.select(commissionings))
    by_serial = {analyzer.serial_number: analyzer for analyzer in site.analyzers.values()}

    assert len(records) == len(mall.devices) == len(site.analyzers)
    assert all(record.outcome is Outcome.PASSED and record.by_whom == "demo site" for record in records)
    for device in mall.devices:
        analyzer = by_serial[device.serial_number]
        account = site.accounts[analyzer.account_id]
        assert analyzer.passed_serials == {device.serial_number}
        assert (analyzer.host, analyzer.port, analyzer.rated_power_w) == (
            device.host,
            device.port,
            device.rated_power_w,
        )
        assert account.tenant_name == (device.tenant or "")
        assert account.stage is Stage.ENFORCED
        assert account.exempt == (device.purpose is not Purpose.TENANT)


def test_everybody_can_sign_in_and_the_admin_must_choose_another_password(demo: Database, mall: DemoSite) -> None:
    people = rows(demo, sa.select(users))
    admin = next(user for user in people if user.user_name == "admin")
    hashes = {user.role: user.password_hash for user in people}

    assert len(people) == 3 + len(mall.tenants)
    assert admin.must_change_password and admin.email and admin.site_id is None
    assert all(not user.must_change_password and user.site_id for user in people if user is not admin)
    assert all(verify_password(hashes[role], password).right for role, password in PASSWORDS.items())
    assert len({user.password_hash for user in people}) == len(PASSWORDS)
    assert len(rows(demo, sa.select(contacts))) == len(rows(demo, sa.select(tenants))) == len(mall.tenants)


def test_devices_begin_where_the_books_end(demo: Database, mall: DemoSite) -> None:
    starts = start_counters(demo)
    with demo.reading() as conn:
        cut = {row.serial_number for row in conn.execute(sa.select(supply_changes.c.serial_number))}

    assert set(starts) == {device.serial_number for device in mall.devices}
    assert {serial_number for serial_number, start in starts.items() if not start.connected} == cut
    for base in rows(demo, sa.select(bases)):
        start = starts[base.serial_number]
        counter_wh = start.tariff_1_wh if base.source is Source.GRID else start.tariff_2_wh
        assert counter_wh == base.counter_wh


def test_the_command_loads_a_site_and_says_what_it_did(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(database, parsed("--analyzers", "3", "--days", "2", "--port-base", "20000")) == 0

    said = capsys.readouterr().out
    assert "3 analyzers, 2 tenants, 2 days" in said
    assert "Admin123!" in said
    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.min(analyzers.c.port))) == 20000


def test_a_database_in_use_is_refused_and_left_alone(demo: Database) -> None:
    with pytest.raises(DatabaseInUse, match="a site already"):
        main(demo, parsed())

    assert len(rows(demo, sa.select(analyzers))) == 24


@pytest.mark.parametrize("words", [("--analyzers", "801"), ("--days", "1"), ("--speed", "fast"), ("--port-base", "80")])
def test_an_argument_out_of_bounds_is_said_in_a_sentence(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)

    assert f'argument {words[0]}: "{words[1]}" is not from' in capsys.readouterr().err


def test_a_larger_site_gets_fewer_days() -> None:
    assert [days_for(analyzers) for analyzers in (1, 33, 40, 41, 100, 400, 800)] == [90, 90, 90, 86, 35, 8, 3]


def test_a_sum_of_charges_is_what_left_the_balances(demo: Database) -> None:
    paid = add(*(row.amount for row in rows(demo, sa.select(allocations.c.amount))))
    opened = add(*(row.amount for row in rows(demo, sa.select(entries.c.amount).where(entries.c.kind == "opening"))))
    used = add(*(row.amount for row in rows(demo, sa.select(charges.c.amount))))

    left = add(*(row.balance for row in rows(demo, sa.select(account_heads.c.balance))))

    assert left == add(paid, opened, negative(used))
