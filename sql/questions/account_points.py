"""The analyzers of accounts with their supply, as their tenants read it."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.connecting import Place
from prepaid.metering import UNBELIEVED, Verdict
from prepaid.records import Source
from prepaid.standing import Point
from prepaid.supply import Answer
from prepaid.switching import Supply
from sql.connecting import places_of
from sql.tables import analyzer_states, analyzers, assignments, locks, supply_changes, supply_states

POINTS_AT_MOST = 800
ANSWERING = "answering"
NOT_USED = UNBELIEVED | {Verdict.WRONG_DEVICE}


def points_of(conn: Connection, account_ids: Sequence[int]) -> dict[int, tuple[Point, ...]]:
    """Every analyzer that belongs to one of the accounts now, by account, in the order of their names.

    Asks nobody's leave: the question around it does.
    """
    found: dict[int, list[Point]] = defaultdict(list)
    rows = conn.execute(_question(account_ids)).mappings().all()
    coming: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row["wanted"] is Answer.ON:
            coming[row["site_id"]].append(row["id"])
    places = {key: place for site_id, ids in coming.items() for key, place in places_of(conn, site_id, ids).items()}
    for row in rows:
        found[row["account_id"]].append(_point(row, places.get(row["id"])))
    return {account_id: tuple(found[account_id]) for account_id in account_ids}


def _question(account_ids: Sequence[int]) -> sa.Select[Any]:
    newest_lock = (
        sa.select(sa.func.max(locks.c.id))
        .where(locks.c.analyzer_id == analyzers.c.id, locks.c.removed_at.is_(None))
        .correlate(analyzers)
        .scalar_subquery()
    )
    open_change = sa.and_(supply_changes.c.analyzer_id == analyzers.c.id, supply_changes.c.ended_at.is_(None))
    return (
        sa.select(
            assignments.c.account_id,
            analyzers.c.id,
            analyzers.c.site_id,
            analyzers.c.name,
            analyzers.c.location,
            analyzers.c.wiring,
            analyzers.c.generator_tariff,
            supply_states.c.supply,
            supply_states.c.reason,
            supply_states.c.since_at,
            supply_states.c.answer,
            supply_states.c.answer_reason,
            supply_states.c.answer_until_at,
            supply_states.c.load_while_cut_since_at,
            supply_changes.c.wanted,
            locks.c.phone,
            analyzer_states.c.active_tariff,
            analyzer_states.c.power_w,
            analyzer_states.c.read_at,
            analyzer_states.c.accepted_at,
            analyzer_states.c.verdict,
            analyzer_states.c.link,
        )
        .select_from(assignments)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .outerjoin(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(supply_changes, open_change)
        .outerjoin(locks, locks.c.id == newest_lock)
        .where(
            assignments.c.account_id.in_(account_ids),
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
            analyzers.c.retired_at.is_(None),
        )
        .order_by(assignments.c.account_id, analyzers.c.name)
        .limit(POINTS_AT_MOST)
    )


def _point(row: sa.RowMapping, place: Place | None) -> Point:
    """What was not used of the newest reading is not shown; nothing of another device is this tenant's."""
    power_w, stranger = row["power_w"], row["verdict"] == Verdict.WRONG_DEVICE
    return Point(
        analyzer_id=row["id"],
        name=row["name"],
        location=row["location"],
        wiring=row["wiring"],
        supply=row["supply"] or Supply.UNKNOWN,
        reason=row["reason"],
        since_at=row["since_at"],
        answer=row["answer"],
        answer_reason=row["answer_reason"],
        answer_until_at=row["answer_until_at"],
        changing_to=row["wanted"],
        lock_phone=row["phone"],
        source=None if stranger else _source(row["active_tariff"], row["generator_tariff"]),
        power_w=power_w if power_w is not None and math.isfinite(power_w) and not stranger else None,
        read_at=row["accepted_at"] if row["verdict"] in NOT_USED else row["read_at"],
        answers=row["link"] == ANSWERING and not stranger,
        place=place,
        load_while_cut=row["load_while_cut_since_at"] is not None,
    )


def _source(active_tariff: int | None, generator_tariff: int) -> Source | None:
    """The source whose counter runs; register 211 tells tariff 1 as 0 and tariff 2 as 1."""
    if active_tariff not in (0, 1):
        return None
    return Source.GENERATOR if active_tariff == generator_tariff - 1 else Source.GRID
