"""The audit trail: every act is a row, and each writer's rows form a chain of hashes that shows any later change."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.clock import to_milliseconds
from sql.tables import event_heads, events

FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One act: who (`actor`) did what (`action`, dotted) to whom (`subject`, like `account:7`), before and after."""

    action: str
    actor: str
    subject: str
    site_id: int | None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


_ADVANCE = event_heads.update().where(event_heads.c.writer == sa.bindparam("of_writer"))


def record(conn: Connection, writer: str, happened: Sequence[Event], at: datetime) -> None:
    """Adds events to the writer's chain, in this transaction. The writer's head row is locked first."""
    if not happened:
        return
    number, digest = _lock_head(conn, writer)
    rows = []
    for event in happened:
        number += 1
        row = _row(writer, number, digest, event, to_milliseconds(at.astimezone(UTC)))
        digest = row["hash"]
        rows.append(row)
    conn.execute(events.insert(), rows)
    conn.execute(_ADVANCE, {"of_writer": writer, "event_no": number, "hash": digest})


_VERSION = sa.select(sa.func.sum(event_heads.c.event_no)).where(event_heads.c.writer != sa.bindparam("writer"))


def version(conn: Connection, without_writer: str) -> int:
    """A number that grows with every act of anybody but `without_writer`: tells whether to read a site again."""
    return int(conn.scalar(_VERSION, {"writer": without_writer}) or 0)


def chain_hash(row: Mapping[str, Any]) -> str:
    """The hash of an event row over all its facts and the hash before it (SHA-256 of canonical JSON)."""
    facts = {
        "writer": row["writer"],
        "event_no": row["event_no"],
        "site_id": row["site_id"],
        "happened_at": row["happened_at"].astimezone(UTC).isoformat(timespec="milliseconds"),
        "action": row["action"],
        "actor": row["actor"],
        "subject": row["subject"],
        "before": row["before"],
        "after": row["after"],
        "previous_hash": row["previous_hash"],
    }
    canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _row(writer: str, number: int, previous: str, event: Event, at: datetime) -> dict[str, Any]:
    row = {
        "writer": writer,
        "event_no": number,
        "site_id": event.site_id,
        "happened_at": at,
        "action": event.action,
        "actor": event.actor,
        "subject": event.subject,
        "before": _plain(event.before),
        "after": _plain(event.after),
        "previous_hash": previous,
    }
    return {**row, "hash": chain_hash(row)}


def _plain(facts: Mapping[str, Any] | None) -> Any:
    """The facts exactly as they will be read back, so that a later check hashes the same."""
    return None if facts is None else json.loads(json.dumps(facts, default=str))


_LOCK_HEAD = (
    sa.select(event_heads.c.event_no, event_heads.c.hash)
    .where(event_heads.c.writer == sa.bindparam("writer"))
    .with_hint(event_heads, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
)


def _lock_head(conn: Connection, writer: str) -> tuple[int, str]:
    found = conn.execute(_LOCK_HEAD, {"writer": writer}).one_or_none()
    if found is None:
        conn.execute(event_heads.insert().values(writer=writer, event_no=0, hash=FIRST_HASH))
        return 0, FIRST_HASH
    return found.event_no, found.hash
