"""The place of one analyzer in the queue of connecting, for whoever sees its site."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.connecting import Place
from prepaid.errors.access import NotFound
from prepaid.language import _
from sql.connecting import places_of
from sql.tables import analyzers


def analyzer_place(conn: Connection, viewer: Viewer, analyzer_id: int) -> Place | None:
    """None: it does not wait. Raises NotAllowed, NotFound."""
    site_id = conn.scalar(sa.select(analyzers.c.site_id).where(analyzers.c.id == analyzer_id))
    if site_id is None:
        raise NotFound(what=_("analyzer"), name=analyzer_id)
    permit_site(viewer, Right.SEE_SITE, site_id)
    return places_of(conn, site_id, [analyzer_id]).get(analyzer_id)
