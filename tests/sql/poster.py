"""One of two processes that post to one account: `recharge` sells again and again, `charge` posts pass after pass.
`rival` sells at the same till: by turns what `recharge` sells, another amount under its key, and under an own key.

    python -m tests.sql.poster recharge|rival|charge URL ACCOUNT NUMBER

It says `ready`, begins when it reads a line, and ends with a line of JSON: what it did and how long the longest took.
"""

import json
import sys
import threading
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.charging import Mark, Part
from prepaid.errors.base import PrepaidError
from prepaid.records import ChargeCause
from sql.allocations import Recharge, recharge
from sql.connection import Connection, Database
from sql.hours import HourLine, add_hours
from sql.ledger import ChargeDetail, charge_posting, post
from sql.tables import account_plans, bases, prices
from tests.building import MORNING

WH = 37
PAUSE_S = 0.25


def sell(database: Database, account_id: int, number: int, *, rival: bool = False) -> dict[str, Any]:
    """That many recharges, one after the other, each in its own transaction."""
    refused, longest_s = [], 0.0
    for place in range(number):
        began_s = time.perf_counter()
        wanted = Recharge(
            account_id=account_id,
            amount=Decimal("0.0000001") * (place + 1 + (rival and place % 3 == 1)),
            currency="IQD",
            caller="till",
            key=f"slip {place}{' of the rival' if rival and place % 3 == 2 else ''}",
            actor="cashier",
        )
        try:
            recharge(database, wanted, "till")
        except PrepaidError as error:
            refused.append(str(error))
        longest_s = max(longest_s, time.perf_counter() - began_s)
    return {"done": number, "refused": refused, "longest_s": longest_s}


def charge(database: Database, account_id: int, number: int) -> dict[str, Any]:
    """That many passes with a pause behind each, as a site has them, which charge some Wh of every base."""
    longest_s, pause = 0.0, threading.Event()
    for place in range(number):
        began_s = time.perf_counter()
        with database.writing() as conn:
            charge_all(conn, account_id, MORNING + timedelta(seconds=place + 1))
        longest_s = max(longest_s, time.perf_counter() - began_s)
        pause.wait(PAUSE_S)
    return {"done": number, "refused": [], "longest_s": longest_s}


def charge_all(conn: Connection, account_id: int, at: datetime) -> None:
    """What a pass writes when every analyzer reaches a boundary."""
    plan_id = conn.execute(
        sa.select(account_plans.c.plan_id).where(account_plans.c.account_id == account_id)
    ).scalar_one()
    question = sa.select(prices.c.source, prices.c.price_per_kwh).where(prices.c.plan_id == plan_id)
    price_of = {row.source: row.price_per_kwh for row in conn.execute(question)}
    lines, details, marks = [], [], []
    for base in conn.execute(sa.select(bases).where(bases.c.closed_at.is_(None))):
        end = Mark(at, base.charged_wh + WH)
        part = Part(Mark(base.charged_at, base.charged_wh), end, ChargeCause.HOUR, spread=False)
        detail = ChargeDetail(
            analyzer_id=base.analyzer_id,
            base_id=base.id,
            source=base.source,
            part=part,
            plan_id=plan_id,
            price_per_kwh=price_of[base.source],
        )
        posting = charge_posting(account_id, detail, "enforcer")
        details.append(posting)
        lines.append(
            HourLine(
                hour_at=MORNING,
                analyzer_id=base.analyzer_id,
                account_id=account_id,
                source=base.source,
                wh=WH,
                amount=-posting.amount,
                spread=False,
            )
        )
        marks.append({"base": base.id, "wh": end.wh})
    post(conn, details, at)
    add_hours(conn, lines)
    conn.execute(
        bases.update()
        .where(bases.c.id == sa.bindparam("base"))
        .values(
            counter_wh=sa.bindparam("wh"),
            highest_wh=sa.bindparam("wh"),
            charged_wh=sa.bindparam("wh"),
            accepted_at=at,
            charged_at=at,
        ),
        marks,
    )


def main(role: str, url: str, account_id: int, number: int) -> None:
    database = Database(url)
    _say("ready")
    sys.stdin.readline()
    done = charge(database, account_id, number) if role == "charge" else _sell(database, role, account_id, number)
    _say(json.dumps(done))
    database.close()


def _sell(database: Database, role: str, account_id: int, number: int) -> dict[str, Any]:
    return sell(database, account_id, number, rival=role == "rival")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
