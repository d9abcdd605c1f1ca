"""The questions of the Analyzers page, asked of a site with a past."""

from prepaid.access import Viewer
from prepaid.links import Presence
from prepaid.records import Role, Wiring, WishKind
from prepaid.switching import Evidence, Supply
from prepaid.wishes import Obstacle
from sql.connection import Database
from sql.questions.analyzer_evidence import charges_of, supply_changes_of
from sql.questions.analyzers import site_analyzers
from sql.questions.wishes import prospects
from sql.sites import find_site
from tests.sql.demo.conftest import NOW

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def test_the_list_of_the_demo_site_tells_who_was_cut_and_what_can_be_done(demo: Database) -> None:
    with demo.reading() as conn:
        found = site_analyzers(conn, ADMIN, find_site(conn), NOW)
        cut = next(each for each in found.lines if each.supply is Supply.CUT)
        incomer = next(each for each in found.lines if each.wiring is Wiring.NONE)
        [change] = supply_changes_of(conn, ADMIN, cut.analyzer_id)
        charged = charges_of(conn, ADMIN, cut.analyzer_id, found.at.replace(day=1))
        of_cut = prospects(conn, ADMIN, cut.analyzer_id, NOW)
        of_incomer = prospects(conn, ADMIN, incomer.analyzer_id, NOW)

    assert len(found.lines) == 24
    assert {each.presence for each in found.lines} == {Presence.NEVER_SEEN}
    assert cut.tenant is not None and cut.evidence not in (None, Evidence.NONE)
    assert change.proven_at is not None
    assert charged and charged[0].wh > 0
    assert of_cut.wishes[WishKind.KEEP_ON].obstacle is Obstacle.NOT_COMMISSIONED
    assert of_incomer.lock_obstacle is Obstacle.NOT_SWITCHABLE
