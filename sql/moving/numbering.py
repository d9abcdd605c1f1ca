"""New numbers for the rows of a site that comes into a database with others, also where texts and facts name them.

Every table has one distance for all its rows, so nothing has to be remembered, however many rows there are.
"""

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from sql.columns import Details
from sql.moving.lines import Row
from sql.moving.travelling import owner_of
from sql.tables import (
    accounts,
    alerts,
    analyzers,
    assignments,
    bases,
    channels,
    contacts,
    entries,
    events,
    kepware_groups,
    locks,
    messages,
    plans,
    requests,
    sites,
    supply_changes,
    tenants,
    users,
    wishes,
)
from sql.telling import message_id

KINDS = {
    "account": accounts,
    "alert": alerts,
    "analyzer": analyzers,
    "base": bases,
    "channel": channels,
    "contact": contacts,
    "plan": plans,
    "site": sites,
    "tenant": tenants,
    "user": users,
}
"""What the subject of an event may be: `account:7`."""
CAUSES = {
    **dict.fromkeys(("supply", "no-effect"), supply_changes),
    "crossing": accounts,
    "kepware": kepware_groups,
    **dict.fromkeys(
        ("bits", "bypass", "dark", "drift", "forgone", "hold", "lost", "source", "stopped", "tamper"), analyzers
    ),
    **dict.fromkeys(("unreachable", "unusable", "wrong-device"), analyzers),
    **dict.fromkeys(("archive_damaged", "archive_waits", "backup_old", "database_full", "disk_low"), sites),
    **dict.fromkeys(("books", "clock", "guard", "mail", "silent"), sites),
}
"""What an alert may come from: `supply:12`, `lost:3:2026-01-05T08:00:00+00:00`."""
BACK = "back"
"""Of an analyzer, or of the enforcer of a site."""
FACTS = {
    "account_id": accounts,
    "alert_id": alerts,
    "analyzer_id": analyzers,
    "assignment_id": assignments,
    "base_id": bases,
    "change_id": supply_changes,
    "channel_id": channels,
    "contact_id": contacts,
    "from_account_id": accounts,
    "group_id": kepware_groups,
    "lock_id": locks,
    "plan_id": plans,
    "request_id": requests,
    "site_id": sites,
    "tenant_id": tenants,
    "to_account_id": accounts,
    "user_id": users,
    "wish_id": wishes,
}
"""What events, bookings and wishes name in their facts."""
CALLERS = ("form", "api", "ledger")
"""Callers that are users: `form:5`."""
_WRITER = re.compile(r"enforcer:(\d+)")
_NUMBERED = re.compile(r"([a-z_-]+):(\d+)(:.*)?", re.DOTALL)
_ESTIMATE = "estimate:base"


class Numbering:
    """Moves the numbers of rows by the distances of their tables."""

    def __init__(self, distances: Mapping[sa.Table, int], site_id: int) -> None:
        self._distances = distances
        self.site_id = site_id + distances[sites]
        """The new number of the site."""

    def moved(self, table: sa.Table, number: int) -> int:
        """The new number of a row."""
        return number + self._distances[table]

    def row(self, table: sa.Table, row: Row) -> Row:
        """The row with its own number, those it refers to, and those that its texts name."""
        return {name: self._value(table, name, value, row) for name, value in row.items()}

    def writer(self, writer: str) -> str:
        """The chain to which the events of a writer go: one that no other site writes to."""
        return f"enforcer:{self.site_id}" if _WRITER.fullmatch(writer) else f"{writer}@{self.site_id}"

    def _value(self, table: sa.Table, name: str, value: Any, row: Row) -> Any:
        column = table.c[name]
        if value is None:
            return None
        owner = table if name == "id" else owner_of(column)
        if owner is not None:
            return self.moved(owner, value)
        if isinstance(column.type, Details):
            return self._facts(value, of_site=table is events and _is_of_site(row["subject"]))
        if table is messages and name in ("message_id", "digest_id"):
            return message_id(value, f"site:{self.site_id}")
        if name == "cause" and table in (alerts, entries):
            return self._cause(value, of_site=table is alerts and row["analyzer_id"] is None)
        if name == "caller":
            return self._caller(value)
        return self._numbered(value, KINDS) if name == "subject" else value

    def _facts(self, facts: Any, *, of_site: bool) -> Any:
        if isinstance(facts, list):
            return [self._facts(each, of_site=of_site) for each in facts]
        if not isinstance(facts, dict):
            return facts
        return {name: self._fact(name, value, of_site=of_site) for name, value in facts.items()}

    def _fact(self, name: str, value: Any, *, of_site: bool) -> Any:
        if name in FACTS and str(value).isdecimal():
            moved = self.moved(FACTS[name], int(value))
            return moved if isinstance(value, int) else str(moved)
        if name == "cause" and isinstance(value, str):
            return self._cause(value, of_site=of_site)
        if name == "caller" and isinstance(value, str):
            return self._caller(value)
        return self._facts(value, of_site=of_site)

    def _cause(self, cause: str, *, of_site: bool) -> str:
        kind, _, number = cause.rpartition(":")
        if kind == _ESTIMATE and number.isdecimal():
            return f"{kind}:{self.moved(bases, int(number))}"
        return self._numbered(cause, {**CAUSES, BACK: sites if of_site else analyzers})

    def _caller(self, caller: str) -> str:
        return self._numbered(caller, dict.fromkeys(CALLERS, users))

    def _numbered(self, text: str, kinds: Mapping[str, sa.Table]) -> str:
        found = _NUMBERED.fullmatch(text)
        if found is None or found[1] not in kinds:
            return text
        return f"{found[1]}:{self.moved(kinds[found[1]], int(found[2]))}{found[3] or ''}"


def _is_of_site(subject: str) -> bool:
    return subject.startswith("site:")
