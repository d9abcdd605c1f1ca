"""An act of a person: one transaction in which the session still holds, and the events of all that was done in it."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, permit, permit_site
from prepaid.errors.access import TooManyRequests
from prepaid.language import _
from prepaid.records import Role
from prepaid.units import to_text
from sql.connection import Database
from sql.events import Event, record
from sql.rate_limits import Counted, hit, look
from sql.sessions import SignedIn, require_open
from sql.signed_in import Person
from sql.sites import require_in_use

WRITER = "dashboard"
OF_A_TENANT_AT_MOST, WINDOW = 60, timedelta(minutes=1)
"""Each act stands in the audit for ever and lets the enforcer read the site anew: no program of a tenant shall do that
without end."""


@dataclass(slots=True)
class Act:
    """What one person does in one transaction, at one instant."""

    conn: Connection
    person: Person
    now: datetime
    _events: list[Event] = field(default_factory=list)

    def permit_site(self, right: Right, site_id: int) -> None:
        """Raises NotAllowed unless the person has the right at this site, and SiteNotInUse."""
        permit_site(self.person.viewer, right, site_id)
        require_in_use(self.conn, site_id)

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Adds a row; answers its id."""
        inserted = self.conn.execute(table.insert().values(**values))
        assert inserted.inserted_primary_key is not None, "the database numbers rows"
        return int(inserted.inserted_primary_key[0])

    def note(
        self,
        action: str,
        subject: str,
        site_id: int | None,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Keeps the event of something that was done: from which value to which, and from which address."""
        self._events.append(
            Event(
                action=action,
                actor=self.person.actor,
                subject=subject,
                site_id=site_id,
                before=None if before is None else _plain(before),
                after={**_plain(after or {}), "address": self.person.address},
            )
        )


@contextmanager
def acting(database: Database, signed_in: SignedIn, right: Right) -> Iterator[Act]:
    """Begins the transaction of an act, and records its events at the end; all of it, or nothing.

    Raises SessionEnded, NotAllowed where the person has not the right now, whatever it was when the page was drawn, and
    TooManyRequests for a tenant who never rests.
    """
    if signed_in.role is Role.TENANT:
        _require_rest(database, f"acts:{signed_in.user_id}")
    with database.writing() as conn:
        now = database.now(conn)
        with acting_as(conn, require_open(conn, signed_in, now), right, now) as act:
            yield act


@contextmanager
def acting_as(conn: Connection, person: Person, right: Right, now: datetime, writer: str = WRITER) -> Iterator[Act]:
    """An act within a transaction that knows the person. Raises NotAllowed."""
    permit(person.viewer, right)
    act = Act(conn, person, now)
    yield act
    record(conn, writer, act._events, now)


def _require_rest(database: Database, subject: str) -> None:
    """Counts one act. It is looked first, so that who acts too often writes not even that."""
    _check(look(database, subject), OF_A_TENANT_AT_MOST - 1)
    _check(hit(database, subject, WINDOW), OF_A_TENANT_AT_MOST)


def _check(counted: Counted | None, most: int) -> None:
    if counted is not None and counted.hits > most:
        allowed = _("{amount} in {seconds} seconds").format(
            amount=OF_A_TENANT_AT_MOST, seconds=int(WINDOW.total_seconds())
        )
        raise TooManyRequests(most=allowed, wait_s=max(1, math.ceil(counted.left_s)))


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts as people write them: what comes from the database has all its decimals."""
    return {name: to_text(value) if isinstance(value, Decimal) else value for name, value in facts.items()}
