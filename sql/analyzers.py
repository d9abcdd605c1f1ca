"""Analyzers as they are configured and as they stand now; and the lock under which people act on one."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.errors.wishes import AnalyzerRetired
from prepaid.language import _
from sql.acts import Act
from sql.tables import analyzer_states, analyzers


def site_of_address(conn: Connection, host: str, port: int) -> int | None:
    """The site that has an analyzer at this address; None when there is none."""
    found: int | None = conn.scalar(
        sa.select(sa.func.min(analyzers.c.site_id)).where(
            analyzers.c.host == host, analyzers.c.port == port, analyzers.c.retired_at.is_(None)
        )
    )
    return found


def link_rows(conn: Connection, site_id: int) -> Sequence[Any]:
    """Name, link, error and last reading of every analyzer of the site, as the enforcer left them."""
    return conn.execute(
        sa.select(analyzers.c.name, analyzer_states.c.link, analyzer_states.c.link_error, analyzer_states.c.read_at)
        .join(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .where(analyzers.c.site_id == site_id, analyzers.c.retired_at.is_(None))
        .order_by(analyzers.c.name)
    ).all()


def lock_analyzer(act: Act, right: Right, analyzer_id: int) -> Any:
    """Id, site and name of an analyzer in use, its row locked until the transaction ends: of two people who act at
    once the second one sees the act of the first. Raises NotAllowed, NotFound, AnalyzerRetired."""
    question = (
        sa.select(analyzers.c.id, analyzers.c.site_id, analyzers.c.name, analyzers.c.retired_at)
        .where(analyzers.c.id == analyzer_id)
        .with_hint(analyzers, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    found = act.conn.execute(question).one_or_none()
    if found is None:
        raise NotFound(what=_("analyzer"), name=analyzer_id)
    act.permit_site(right, found.site_id)
    if found.retired_at is not None:
        raise AnalyzerRetired(analyzer=found.name)
    return found
