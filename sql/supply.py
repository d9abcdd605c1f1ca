"""The supply of each analyzer as it was last recorded: what is held true, what is seen, what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Change, Lent, Look, Progress, Supply, SupplyState
from sql.hot import Bulk
from sql.tables import analyzers, supply_changes, supply_states

_SUPPLY = (
    sa.select(analyzers.c.id.label("analyzer"), supply_states, supply_changes)
    .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
    .outerjoin(
        supply_changes,
        sa.and_(supply_changes.c.analyzer_id == analyzers.c.id, supply_changes.c.ended_at.is_(None)),
    )
    .where(analyzers.c.site_id == sa.bindparam("site_id"))
)


def load_supply(conn: Connection, site_id: int) -> dict[int, SupplyState]:
    """The supply of every analyzer of the site as last recorded; those never recorded get their row now."""
    found: dict[int, SupplyState] = {}
    missing = []
    for row in conn.execute(_SUPPLY, {"site_id": site_id}).mappings():
        analyzer_id = row["analyzer"]
        if row[supply_states.c.analyzer_id] is None:
            missing.append({"analyzer_id": analyzer_id, "supply": Supply.UNKNOWN, "seen": Supply.UNKNOWN})
            found[analyzer_id] = SupplyState()
        else:
            found[analyzer_id] = _state(row)
    if missing:
        conn.execute(supply_states.insert(), missing)
    return found


_SAVE = Bulk(
    supply_states,
    (
        "supply",
        "reason",
        "seen",
        "seen_at",
        "answer",
        "answer_reason",
        "would",
        "answer_until_at",
        "change_id",
        "restarted",
        "drifted_at",
        "load_while_cut_since_at",
        "bypass_repeats",
        "lent_to_wish_id",
        "lent_cut_until_at",
    ),
    of=("analyzer_id",),
)
_SINCE = Bulk(supply_states, ("since_at",), of=("analyzer_id",))
_RESTARTED = Bulk(supply_states, ("restarted",), of=("analyzer_id",))


def save_states(conn: Connection, rows: Mapping[int, tuple[SupplyState, Supply, Decision]], at: datetime) -> None:
    """Writes the supply, what is seen and the newest decision of analyzers where any of them changed."""
    _SAVE.write(
        conn,
        [
            (
                state.supply,
                state.reason,
                seen,
                at,
                decision.answer,
                decision.reason,
                decision.would,
                decision.until,
                None if state.change is None else state.change.change_id,
                state.restarted,
                at if state.drifted else None,
                state.load_since,
                state.repeats,
                None if state.lent is None else state.lent.wish_id,
                None if state.lent is None else state.lent.cut_until,
                analyzer_id,
            )
            for analyzer_id, (state, seen, decision) in rows.items()
        ],
    )


def since(conn: Connection, analyzer_ids: Sequence[int], at: datetime) -> None:
    """Notes from when on the confirmed supply of these analyzers holds."""
    _SINCE.write(conn, [(at, analyzer_id) for analyzer_id in analyzer_ids])


def note_restarts(conn: Connection, analyzer_ids: Iterable[int]) -> None:
    """Notes that these analyzers restarted since their supply was last confirmed."""
    _RESTARTED.write(conn, [(True, analyzer_id) for analyzer_id in analyzer_ids])


def _state(row: sa.RowMapping) -> SupplyState:
    change = None
    if row[supply_changes.c.id] is not None:
        change = Change(
            change_id=row[supply_changes.c.id],
            wanted=Answer(row[supply_changes.c.wanted]),
            reason=Reason(row[supply_changes.c.reason]),
            progress=Progress(row[supply_changes.c.progress]),
            decided_at=row[supply_changes.c.decided_at],
            tries=row[supply_changes.c.tries],
            try_at=row[supply_changes.c.try_at],
            alarmed=row[supply_changes.c.alarmed_at] is not None,
            before=_look_before(row[supply_changes.c.current_before_a]),
        )
    return SupplyState(
        supply=row[supply_states.c.supply],
        reason=row[supply_states.c.reason],
        change=change,
        restarted=row[supply_states.c.restarted],
        drifted=row[supply_states.c.drifted_at] is not None,
        load_since=row[supply_states.c.load_while_cut_since_at],
        repeats=row[supply_states.c.bypass_repeats],
        lent=lent_of(row[supply_states.c.lent_to_wish_id], row[supply_states.c.lent_cut_until_at]),
    )


def lent_of(wish_id: int | None, cut_until: datetime | None) -> Lent | None:
    """To which test a supply is lent, as two columns say it; None: to none."""
    return None if wish_id is None or cut_until is None else Lent(wish_id=wish_id, cut_until=cut_until)


def _look_before(current_a: float | None) -> Look | None:
    """After a restart only the sum of the currents before the write is known. Shared out over the phases it tells load
    from none, and never takes three small currents for a load."""
    return None if current_a is None else Look(0, 0, (current_a / 3,) * 3, (0.0, 0.0, 0.0))
