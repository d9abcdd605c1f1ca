"""Local hours: what each analyzer used in each hour, added up from its charges in the transaction that posts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import Source
from prepaid.units import ZERO, add
from sql.hot import Bulk
from sql.tables import hours

HOURS_AT_ONCE = 200
_KEY = ("hour_at", "analyzer_id", "account_id")
_SUMS = ("grid_wh", "generator_wh", "grid_amount", "generator_amount", "spread")
_NEW = Bulk(hours, (*_SUMS, *_KEY))
_MORE = Bulk(hours, _SUMS, of=_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLine:
    """What one charge adds to one local hour."""

    hour_at: datetime
    analyzer_id: int
    account_id: int
    source: Source
    wh: int
    amount: Decimal
    spread: bool


def add_hours(conn: Connection, lines: Iterable[HourLine]) -> None:
    """Adds the lines to the hours they belong to; hours that do not exist yet begin with them."""
    added: dict[tuple[datetime, int, int], dict[str, Any]] = {}
    for line in lines:
        key = (line.hour_at, line.analyzer_id, line.account_id)
        _add(added.setdefault(key, _empty(key)), line)
    keys = sorted(added)
    for start in range(0, len(keys), HOURS_AT_ONCE):
        _merge(conn, {key: added[key] for key in keys[start : start + HOURS_AT_ONCE]})


def _merge(conn: Connection, added: dict[tuple[datetime, int, int], dict[str, Any]]) -> None:
    known = {"hours": {key[0] for key in added}, "analyzer_ids": {key[1] for key in added}}
    changed = []
    for row in conn.execute(_KNOWN, known).mappings():
        key = (row["hour_at"], row["analyzer_id"], row["account_id"])
        if key in added:
            more = added.pop(key)
            changed.append(
                (
                    row["grid_wh"] + more["grid_wh"],
                    row["generator_wh"] + more["generator_wh"],
                    add(row["grid_amount"], more["grid_amount"]),
                    add(row["generator_amount"], more["generator_amount"]),
                    row["spread"] or more["spread"],
                    *key,
                )
            )
    _MORE.write(conn, changed)
    _NEW.write(conn, [tuple(row[name] for name in (*_SUMS, *_KEY)) for row in added.values()])


_KNOWN = sa.select(hours).where(
    hours.c.hour_at.in_(sa.bindparam("hours", expanding=True)),
    hours.c.analyzer_id.in_(sa.bindparam("analyzer_ids", expanding=True)),
)


def _empty(key: tuple[datetime, int, int]) -> dict[str, Any]:
    return {
        "hour_at": key[0],
        "analyzer_id": key[1],
        "account_id": key[2],
        "grid_wh": 0,
        "generator_wh": 0,
        "grid_amount": ZERO,
        "generator_amount": ZERO,
        "spread": False,
    }


def _add(row: dict[str, Any], line: HourLine) -> None:
    row[f"{line.source}_wh"] += line.wh
    row[f"{line.source}_amount"] = add(row[f"{line.source}_amount"], line.amount)
    row["spread"] = row["spread"] or line.spread
