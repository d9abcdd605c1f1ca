"""A site that comes into a database beside others: its rows as they are kept there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from sql.connection import Connection
from sql.moving.chains import Chains
from sql.moving.lines import Row
from sql.moving.numbering import Numbering
from sql.tables import event_heads, events, users

LONGEST_NAME = 60


class Beside:
    """What becomes of the rows of a site. `distances` are the highest numbers that are taken there."""

    def __init__(self, distances: Mapping[sa.Table, int], site_id: int, now: datetime) -> None:
        self._numbering = Numbering(distances, site_id)
        self._chains = Chains(self._numbering)
        self._has_users = distances[users] > 0
        self._now = now

    def moved(self, table: sa.Table, rows: Sequence[Row]) -> list[Row]:
        """The rows with their new numbers. Raises LinesBroken."""
        if table is events:
            return self._chains.links(rows)
        moved = [self._numbering.row(table, row) for row in rows]
        return [self._bounded(row) for row in moved] if table is users else moved

    def finish(self, conn: Connection) -> None:
        """Writes where the chains of events end."""
        if self._chains.heads:
            conn.execute(event_heads.insert(), self._chains.heads)

    def _bounded(self, user: Row) -> Row:
        """Who may see every site where the site comes from has no right to those that are here: such a user comes along
        because rows name it, locked, bound to the site and under a name of its own. Where nobody is yet, all stay."""
        of_all = user["site_id"] is None
        if user["site_id"] == self._numbering.site_id or (of_all and not self._has_users):
            return user
        ending = f"#{user['id']}"
        return {
            **user,
            "site_id": self._numbering.site_id,
            "user_name": user["user_name"][: LONGEST_NAME - len(ending)] + ending,
            "locked_at": user["locked_at"] or self._now,
        }
