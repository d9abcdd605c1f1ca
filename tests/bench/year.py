"""A year of a large site made by set-based SQL, in the order of time as the enforcer writes it, with right books.

Every hour each analyzer is charged on grid, in one hour a day on generator, too. Every 14 days a tenant recharges;
every 30 days the supply is cut and restored, with alert and event.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress
from prepaid.units import ZERO
from sql.columns import to_epoch_ms
from sql.connection import Connection, Database
from sql.events import Event, record
from sql.tables import account_heads, accounts, alerts, allocations, entries, supply_changes
from tests.building import MORNING, Building

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RECHARGE_EVERY_DAYS = 14
CUT_EVERY_DAYS = 30
GENERATOR_HOUR = 13
RECHARGE = Decimal(500)
ENFORCER, TILL = "enforcer:1", "till"

# What each analyzer uses in each hour of one day, with the places of its charges in its account.
_USES = f"""
CREATE TEMP TABLE Uses AS
WITH RECURSIVE Clock(h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM Clock WHERE h < 23),
Used AS (
    SELECT h, b.id AS base_id, b.analyzer_id, s.account_id, b.source, b.charged_wh,
           100 + (b.id * 37 + h * 101 + :day * 59) % 2903 AS wh
    FROM Clock
    JOIN Bases AS b ON b.source = 'grid' OR h = {GENERATOR_HOUR}
    JOIN Assignments AS s ON s.analyzer_id = b.analyzer_id
)
SELECT h, base_id, analyzer_id, account_id, source, wh,
       charged_wh + sum(wh) OVER (PARTITION BY base_id ORDER BY h) AS to_wh,
       row_number() OVER (PARTITION BY account_id ORDER BY h, base_id) AS place,
       wh * CASE source WHEN 'grid' THEN 1500 ELSE 4000 END AS amount
FROM Used
"""
_ENTRIES = """
INSERT INTO Entries (account_id, entry_no, kind, amount, balance_after, posted_at, cause, actor)
SELECT u.account_id, heads.entry_no + u.place, 'charge', -u.amount,
       heads.balance - sum(u.amount) OVER (PARTITION BY u.account_id ORDER BY u.place),
       :began + (u.h + 1) * 3600000, 'charge.hour', 'enforcer'
FROM Uses AS u JOIN AccountHeads AS heads ON heads.account_id = u.account_id
ORDER BY u.h, u.analyzer_id, u.place
"""
_CHARGES = """
INSERT INTO Charges (account_id, entry_no, analyzer_id, base_id, source, from_wh, to_wh, wh, plan_id, price_per_kwh,
                     amount, period_from, period_to, posted_at, cause, spread)
SELECT u.account_id, heads.entry_no + u.place, u.analyzer_id, u.base_id, u.source, u.to_wh - u.wh, u.to_wh, u.wh,
       plans.plan_id, CASE u.source WHEN 'grid' THEN 1500 ELSE 4000 END, u.amount, :began + u.h * 3600000,
       :began + (u.h + 1) * 3600000, :began + (u.h + 1) * 3600000, 'hour', 0
FROM Uses AS u
JOIN AccountHeads AS heads ON heads.account_id = u.account_id
JOIN AccountPlans AS plans ON plans.account_id = u.account_id
ORDER BY u.h, u.analyzer_id, u.place
"""
_HOURS = """
INSERT INTO Hours (hour_at, analyzer_id, account_id, grid_wh, generator_wh, grid_amount, generator_amount, spread)
SELECT :began + h * 3600000, analyzer_id, account_id, sum(CASE source WHEN 'grid' THEN wh ELSE 0 END),
       sum(CASE source WHEN 'grid' THEN 0 ELSE wh END), sum(CASE source WHEN 'grid' THEN amount ELSE 0 END),
       sum(CASE source WHEN 'grid' THEN 0 ELSE amount END), 0
FROM Uses GROUP BY h, analyzer_id, account_id ORDER BY h, analyzer_id, account_id
"""
_BASES = """
UPDATE Bases SET charged_wh = u.wh, highest_wh = u.wh, counter_wh = u.wh, charged_at = :ended, accepted_at = :ended
FROM (SELECT base_id, max(to_wh) AS wh FROM Uses GROUP BY base_id) AS u WHERE u.base_id = Bases.id
"""
_HEADS = """
UPDATE AccountHeads SET entry_no = entry_no + u.number, balance = balance - u.amount, posted_at = :ended
FROM (SELECT account_id, count(*) AS number, sum(amount) AS amount FROM Uses GROUP BY account_id) AS u
WHERE u.account_id = AccountHeads.account_id
"""


def make_site(database: Database, analyzers: int) -> Building:
    """A tenant with an account for each analyzer, all begun at 0."""
    building = Building(database, time_zone="UTC", at=MORNING.replace(hour=0))
    for number in range(analyzers):
        person = building.tenant(f"Tenant {number}", opening="500")
        building.begin(building.analyzer(f"Analyzer {number}", person))
    return building


def make_days(building: Building, days: range) -> Iterator[int]:
    """Writes these days, counted from the beginning of the site; answers each when it is written."""
    for day in days:
        at = building.at + day * DAY
        with building.database.writing() as conn:
            conn.exec_driver_sql("PRAGMA temp_store=MEMORY")
            _recharge(conn, building, day, at)
            _switch(conn, building, day, at)
            _charge(conn, day, at)
        yield day


def _charge(conn: Connection, day: int, at: datetime) -> None:
    began, ended = to_epoch_ms(at), to_epoch_ms(at + DAY)
    conn.exec_driver_sql(_USES, {"day": day})
    for statement in (_ENTRIES, _CHARGES, _HOURS):
        conn.exec_driver_sql(statement, {"began": began})
    for statement in (_BASES, _HEADS):
        conn.exec_driver_sql(statement, {"ended": ended})
    conn.exec_driver_sql("DROP TABLE Uses")


def _recharge(conn: Connection, building: Building, day: int, at: datetime) -> None:
    """One in 14 tenants: entry, allocation, head and event."""
    heads = _due(conn, building, day, RECHARGE_EVERY_DAYS)
    for account_id, (entry_no, balance) in heads.items():
        of = {"account_id": account_id, "entry_no": entry_no + 1}
        kept = {"amount": RECHARGE, "balance_after": balance + RECHARGE, "posted_at": at}
        conn.execute(entries.insert().values(kind="allocation", cause="recharge", actor=TILL, **of, **kept))
        key = f"{day}-{account_id}"
        conn.execute(allocations.insert().values(caller=TILL, key=key, amount=RECHARGE, currency="IQD", **of))
        conn.execute(
            account_heads.update()
            .where(account_heads.c.account_id == account_id)
            .values(entry_no=entry_no + 1, balance=balance + RECHARGE)
        )
        facts = {"entry_no": entry_no + 1, "amount": RECHARGE, "caller": TILL, "key": key}
        sold = Event(
            action="recharge.sold",
            actor=TILL,
            subject=f"account:{account_id}",
            site_id=building.site_id,
            after={**facts, "currency": "IQD", "balance_after": balance + RECHARGE},
        )
        record(conn, TILL, [sold], at)


def _switch(conn: Connection, building: Building, day: int, at: datetime) -> None:
    """One in 30 tenants: cut and restored, each confirmed with its alert and its event."""
    for account_id, (entry_no, balance) in _due(conn, building, day, CUT_EVERY_DAYS).items():
        analyzer_id = account_id - 1  # the house account is the first one
        for wanted, reason, kind, live in (
            (Answer.CUT, Reason.OUT_OF_CREDIT, AlertKind.CUT, min(balance, ZERO)),
            (Answer.ON, Reason.RECHARGED, AlertKind.RESTORED, balance),
        ):
            inserted = conn.execute(
                supply_changes.insert().values(
                    site_id=building.site_id,
                    analyzer_id=analyzer_id,
                    account_id=account_id,
                    wanted=wanted,
                    reason=reason,
                    progress=Progress.PROVEN,
                    live_balance=live,
                    entry_no=entry_no,
                    decided_at=at,
                    written_at=at,
                    confirmed_at=at,
                    proven_at=at,
                    ended_at=at,
                    evidence=Evidence.FEEDBACK,
                    current_before_a=9.0,
                    current_after_a=0.0,
                )
            )
            assert inserted.inserted_primary_key is not None, "the database numbers changes"
            change_id = int(inserted.inserted_primary_key[0])
            of = {"site_id": building.site_id, "account_id": account_id, "analyzer_id": analyzer_id}
            told = {"kind": kind, "cause": f"supply:{change_id}", "raised_at": at, "details": {}}
            conn.execute(alerts.insert().values(**of, **told))
            switched = Event(
                action=f"supply.{wanted}.proven",
                actor="enforcer",
                subject=f"analyzer:{analyzer_id}",
                site_id=building.site_id,
                after={"change_id": change_id, "reason": reason, "evidence": Evidence.FEEDBACK},
            )
            raised = Event(
                action=f"alert.{kind}",
                actor="enforcer",
                subject=f"analyzer:{analyzer_id}",
                site_id=building.site_id,
                after={"cause": f"supply:{change_id}"},
            )
            record(conn, ENFORCER, [switched, raised], at)


def _due(conn: Connection, building: Building, day: int, every_days: int) -> dict[int, tuple[int, Decimal]]:
    """The tenants whose turn it is, with number and balance of their last entries."""
    question = (
        sa.select(account_heads.c.account_id, account_heads.c.entry_no, account_heads.c.balance)
        .join(accounts, accounts.c.id == account_heads.c.account_id)
        .where(accounts.c.id != building.house_account_id, (accounts.c.id + day) % every_days == 0)
    )
    return {row.account_id: (row.entry_no, row.balance) for row in conn.execute(question)}
