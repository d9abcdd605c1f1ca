"""The one statement behind the lists of analyzers: each analyzer is one row, whatever hangs on it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from prepaid.wishes import SUPPLY_KINDS
from sql.commissioning import passed_record
from sql.tables import (
    accounts,
    analyzer_states,
    analyzers,
    assignments,
    commissionings,
    holds,
    locks,
    supply_changes,
    supply_states,
    tenants,
    wishes,
)


def lines_question(now: datetime) -> sa.Select[Any]:
    """Everything that the lines need; the caller adds which analyzers. Each analyzer is one row."""
    changing, confirmed = supply_changes.alias("changing"), supply_changes.alias("confirmed")
    current = sa.and_(
        assignments.c.analyzer_id == analyzers.c.id,
        assignments.c.from_at.is_not(None),
        assignments.c.until_at.is_(None),
    )
    return (
        sa.select(
            analyzers.c.id,
            analyzers.c.site_id,
            analyzers.c.name,
            analyzers.c.location,
            analyzers.c.purpose,
            analyzers.c.rated_power_w,
            analyzers.c.wiring,
            analyzers.c.generator_tariff,
            analyzers.c.serial_number.label("own_serial_number"),
            analyzers.c.retired_at,
            tenants.c.id.label("tenant_id"),
            tenants.c.name.label("tenant"),
            accounts.c.id.label("account_id"),
            accounts.c.number.label("account_number"),
            accounts.c.stage,
            analyzer_states.c.link_since_at,
            analyzer_states.c.link_error,
            analyzer_states.c.failures,
            analyzer_states.c.read_at,
            analyzer_states.c.answer_ms,
            analyzer_states.c.reads_due,
            analyzer_states.c.reads_missed,
            analyzer_states.c.verdict,
            analyzer_states.c.why.label("verdict_why"),
            analyzer_states.c.power_w,
            analyzer_states.c.active_tariff,
            analyzer_states.c.serial_number,
            supply_states.c.supply,
            supply_states.c.since_at,
            supply_states.c.reason,
            supply_states.c.answer,
            supply_states.c.answer_reason,
            supply_states.c.answer_until_at,
            supply_states.c.would,
            supply_states.c.drifted_at,
            supply_states.c.load_while_cut_since_at,
            changing.c.wanted.label("changing_to"),
            changing.c.decided_at.label("changing_since_at"),
            changing.c.progress.label("change_progress"),
            changing.c.tries.label("change_tries"),
            changing.c.error.label("change_error"),
            confirmed.c.wanted.label("confirmed_wanted"),
            confirmed.c.evidence,
            locks.c.owner.label("lock_owner"),
            locks.c.phone.label("lock_phone"),
            wishes.c.kind.label("wish_kind"),
            wishes.c.until_at.label("wish_until_at"),
            wishes.c.asked_by.label("wish_by"),
            holds.c.cause.label("hold_cause"),
            holds.c.began_at.label("hold_began_at"),
            sa.case((_commissioned(), 1), else_=0).label("is_commissioned"),
            _open_locks(sa.func.count()).label("locks"),
            analyzers.c.close_output,
        )
        .select_from(analyzers)
        .outerjoin(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(assignments, current)
        .outerjoin(accounts, accounts.c.id == assignments.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .outerjoin(changing, sa.and_(changing.c.analyzer_id == analyzers.c.id, changing.c.ended_at.is_(None)))
        .outerjoin(confirmed, confirmed.c.id == _last_confirmed())
        .outerjoin(locks, locks.c.id == _open_locks(sa.func.max(locks.c.id)))
        .outerjoin(wishes, wishes.c.id == _newest_wish(now))
        .outerjoin(holds, sa.and_(holds.c.analyzer_id == analyzers.c.id, holds.c.ended_at.is_(None)))
    )


def _commissioned() -> sa.Exists:
    """A passed record for the serial number that answers now."""
    return (
        sa.exists()
        .select_from(commissionings)
        .where(passed_record(analyzer_states.c.serial_number))
        .correlate(analyzers, analyzer_states)
    )


def _last_confirmed() -> sa.ScalarSelect[Any]:
    """The newest change that the device confirmed."""
    newest = supply_changes.alias("newest")
    return (
        sa.select(newest.c.id)
        .where(newest.c.analyzer_id == analyzers.c.id, newest.c.confirmed_at.is_not(None))
        .order_by(newest.c.decided_at.desc())
        .limit(1)
        .correlate(analyzers)
        .scalar_subquery()
    )


def _open_locks(wanted: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """A count or a maximum over the locks that are in place; `wanted` names columns of the table itself."""
    return (
        sa.select(wanted)
        .select_from(locks)
        .where(locks.c.analyzer_id == analyzers.c.id, locks.c.removed_at.is_(None))
        .correlate(analyzers)
        .scalar_subquery()
    )


def _newest_wish(now: datetime) -> sa.ScalarSelect[Any]:
    """The open wish about the supply that counts: the newest."""
    wished = wishes.alias("wished")
    return (
        sa.select(sa.func.max(wished.c.id))
        .where(
            wished.c.analyzer_id == analyzers.c.id,
            wished.c.ended_at.is_(None),
            wished.c.until_at > now,
            wished.c.kind.in_(sorted(SUPPLY_KINDS)),
        )
        .correlate(analyzers)
        .scalar_subquery()
    )
