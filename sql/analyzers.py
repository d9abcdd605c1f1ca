"""Questions about analyzers as they are configured and as they stand now."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

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
