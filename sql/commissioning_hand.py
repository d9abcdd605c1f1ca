"""A test that is made from the command line, while no enforcer runs: lent before the first frame, kept at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.commissioning import OFF_AT_MOST_S, Phase
from prepaid.records import WishKind, WishState
from prepaid.wishes import ONE_SHOT
from sql.commissioning import Record, keep_record
from sql.connection import Database
from sql.events import Event, record
from sql.open_wishes import end_wish
from sql.supply import load_supply
from sql.tables import analyzers, supply_states, wishes

ACTOR = "command line"
WRITER = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """A supply that a command has in its hands."""

    wish_id: int
    analyzer_id: int
    site_id: int


def analyzer_at(conn: Connection, site_id: int, host: str, port: int) -> int:
    """The analyzer of the site that answers at this address."""
    question = sa.select(analyzers.c.id).where(
        analyzers.c.site_id == site_id,
        analyzers.c.host == host,
        analyzers.c.port == port,
        analyzers.c.retired_at.is_(None),
    )
    return int(conn.execute(question.order_by(analyzers.c.id).limit(1)).scalar_one())


def ask_by_hand(database: Database, site_id: int, analyzer_id: int, *, switch: bool, switch_on: bool) -> int:
    """The wish of a command: the running enforcer of the site takes it like one of the pages. Answers its id."""
    with database.writing() as conn:
        now = database.now(conn)
        details = {"switch": switch, "switch_on": switch_on}
        return _place(conn, site_id, analyzer_id, WishState.OPEN, details, now)


def begin_by_hand(database: Database, site_id: int, analyzer_id: int, *, switch: bool) -> Lending:
    """Says that the command is at work, before it asks the device anything."""
    with database.writing() as conn:
        now = database.now(conn)
        details = {"switch": switch, "phase": Phase.LOOKING.value}
        wish_id = _place(conn, site_id, analyzer_id, WishState.TAKEN, details, now)
    return Lending(wish_id=wish_id, analyzer_id=analyzer_id, site_id=site_id)


def lend(database: Database, lending: Lending) -> None:
    """Says before the first frame that the supply is lent: whoever kills the command, the next enforcer restores it."""
    with database.writing() as conn:
        now = database.now(conn)
        load_supply(conn, lending.site_id)
        conn.execute(
            supply_states.update()
            .where(supply_states.c.analyzer_id == lending.analyzer_id)
            .values(lent_to_wish_id=lending.wish_id, lent_cut_until_at=now + timedelta(seconds=OFF_AT_MOST_S))
        )


def give_back(database: Database, lending: Lending, result: str, *, restored: bool) -> None:
    """The command is through with it. A supply that did not come back stays lent: the enforcer goes on with it."""
    with database.writing() as conn:
        now = database.now(conn)
        of = supply_states.c.lent_to_wish_id == lending.wish_id
        left = {"lent_to_wish_id": None, "lent_cut_until_at": None} if restored else {"lent_cut_until_at": now}
        conn.execute(supply_states.update().where(of).values(left))
        end_wish(conn, lending.wish_id, WishState.DONE, result, now)


def keep_by_hand(database: Database, kept: Record, site_id: int) -> None:
    """The same record, and the same event, as of a test that the enforcer made."""
    with database.writing() as conn:
        record(conn, WRITER, [keep_record(conn, kept, site_id)], database.now(conn))


def _place(
    conn: Connection, site_id: int, analyzer_id: int, state: WishState, details: Mapping[str, object], now: datetime
) -> int:
    inserted = conn.execute(
        wishes.insert().values(
            site_id=site_id,
            kind=WishKind.COMMISSION,
            analyzer_id=analyzer_id,
            reason=ACTOR,
            asked_by=ACTOR,
            asked_at=now,
            until_at=now + ONE_SHOT,
            state=state,
            taken_at=now if state is WishState.TAKEN else None,
            details=dict(details),
        )
    )
    assert inserted.inserted_primary_key is not None, "the database numbers wishes"
    wish_id = int(inserted.inserted_primary_key[0])
    asked = {"wish_id": wish_id, "kind": WishKind.COMMISSION, "reason": ACTOR, "until_at": now + ONE_SHOT, **details}
    told = Event(action="wish.asked", actor=ACTOR, subject=f"analyzer:{analyzer_id}", site_id=site_id, after=asked)
    record(conn, WRITER, [told], now)
    return wish_id
