"""The open billing hold of one analyzer: the counters that are not believed, what is known instead, what comes next."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.holds import HeldCounter, OpenHold, Release
from prepaid.records import Source, WishKind
from sql.questions.analyzers import permit_analyzer
from sql.tables import accounts, analyzer_states, analyzers, assignments, bases, holds, wishes


def open_hold(conn: Connection, viewer: Viewer, analyzer_id: int, now: datetime) -> OpenHold | None:
    """The hold with its counters and the open wish about it; None where there is none."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    row = conn.execute(_question(analyzer_id)).mappings().one_or_none()
    if row is None:
        return None
    generator = row["generator_tariff"] - 1
    shown = (row["import_tariff_1_wh"], row["import_tariff_2_wh"])
    of = {
        Source.GRID: (row["grid_wh"], shown[1 - generator]),
        Source.GENERATOR: (row["generator_wh"], shown[generator]),
    }
    question = sa.select(bases.c.source, bases.c.counter_wh, bases.c.accepted_at).where(
        bases.c.analyzer_id == analyzer_id, bases.c.closed_at.is_(None)
    )
    return OpenHold(
        cause=row["cause"],
        why=row["why"],
        began_at=row["began_at"],
        protects_until_at=row["protects_until_at"],
        provisional_amount=row["provisional_amount"],
        provisional_at=row["provisional_at"],
        currency=row["currency"],
        counters={
            base.source: HeldCounter(
                accepted_wh=base.counter_wh,
                accepted_at=base.accepted_at,
                suspect_wh=of[base.source][0],
                shown_wh=of[base.source][1],
            )
            for base in conn.execute(question)
        },
        release=_release(conn, analyzer_id, now),
    )


def _question(analyzer_id: int) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            holds,
            analyzers.c.generator_tariff,
            analyzer_states.c.import_tariff_1_wh,
            analyzer_states.c.import_tariff_2_wh,
            accounts.c.currency,
        )
        .join(analyzers, analyzers.c.id == holds.c.analyzer_id)
        .outerjoin(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(
            assignments,
            sa.and_(
                assignments.c.analyzer_id == analyzers.c.id,
                assignments.c.from_at.is_not(None),
                assignments.c.until_at.is_(None),
            ),
        )
        .outerjoin(accounts, accounts.c.id == assignments.c.account_id)
        .where(holds.c.analyzer_id == analyzer_id, holds.c.ended_at.is_(None))
    )


def _release(conn: Connection, analyzer_id: int, now: datetime) -> Release | None:
    question = (
        sa.select(wishes.c.id, wishes.c.state, wishes.c.asked_by, wishes.c.until_at, wishes.c.details)
        .where(
            wishes.c.analyzer_id == analyzer_id,
            wishes.c.kind == WishKind.RELEASE_HOLD,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
        )
        .order_by(wishes.c.id.desc())
        .limit(1)
    )
    found = conn.execute(question).one_or_none()
    if found is None:
        return None
    named = found.details or {}
    return Release(
        wish_id=found.id,
        state=found.state,
        asked_by=found.asked_by,
        until_at=found.until_at,
        grid_wh=named.get("grid_wh"),
        generator_wh=named.get("generator_wh"),
    )
