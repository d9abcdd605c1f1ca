"""The taking over of one site file: what was added, what was left alone, what has to be told."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from sql.events import Event, record
from sql.site.facts import SiteFile

ACTOR = "site file"
WRITER = "sql"
PASSWORD_BYTES = 9


@dataclass(slots=True)
class Work:
    """One transaction. `problems` are found before anything is added; `kept` is what the file wanted otherwise."""

    conn: Connection
    file: SiteFile
    site_id: int
    now: datetime
    actor: str = ACTOR
    added: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)

    def insert(self, kind: str, table: sa.Table, **values: Any) -> int:
        """Adds one row that people know, with its event; answers its id."""
        inserted = self.conn.execute(table.insert().values(**values))
        assert inserted.inserted_primary_key is not None, "the database numbers rows"
        row_id = int(inserted.inserted_primary_key[0])
        shown = {name: value for name, value in values.items() if value is not None and name != "password_hash"}
        self.note(kind, f"{kind}:{row_id}", shown)
        return row_id

    def note(self, kind: str, subject: str, after: Mapping[str, Any]) -> None:
        """Counts something that was added, and keeps its event."""
        self.added[kind] += 1
        facts = {name: str(value) for name, value in after.items()}
        self._events.append(
            Event(action=f"{kind}.created", actor=self.actor, subject=subject, site_id=self.site_id, after=facts)
        )

    def compare(self, place_of: Callable[[str], str], pairs: Mapping[str, tuple[object, object]]) -> None:
        """Notes what the file (second) wants otherwise than the database (first) has it; `place_of` names a key."""
        for name, (there, wanted) in pairs.items():
            if there != wanted:
                said = _("{place}: it is {there}, and the file says {wanted}.")
                self.kept.append(said.format(place=place_of(name), there=_shown(there), wanted=_shown(wanted)))

    def first_password(self, user_name: str, wanted: str | None) -> str:
        """The password to begin with: the one of the file, or a new one that is told once."""
        if wanted is None:
            wanted = self.passwords[user_name] = secrets.token_urlsafe(PASSWORD_BYTES)
        return wanted

    def finish(self) -> None:
        """Writes the events."""
        record(self.conn, WRITER, self._events, self.now)


def _shown(value: object) -> str:
    if value is None:
        return _("empty")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f'"{value}"' if isinstance(value, str) else str(value)
