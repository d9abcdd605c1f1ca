"""A test that is asked from the command line while an enforcer works the site: it makes it, and is followed."""

import time
from collections.abc import Callable

from documents.commissioning_texts import PHASES
from prepaid.errors.wishes import NotTested
from prepaid.language import _
from sql.analyzers import site_of_address
from sql.commissioning_hand import analyzer_at, ask_by_hand
from sql.commissioning_wishes import Course, course_of
from sql.connection import Database

FOLLOWED_FOR_S = 300.0
LOOKED_EVERY_S = 0.5

Say = Callable[[str], None]


def asked_of_enforcer(database: Database, host: str, port: int, say: Say, *, switch: bool, switch_on: bool) -> Course:
    """Asks the enforcer that works the site, and says what becomes of it until it has ended. Raises NotTested."""
    with database.reading() as conn:
        site_id = site_of_address(conn, host, port)
        assert site_id is not None, "only the site of an address can be worked"
        analyzer_id = analyzer_at(conn, site_id, host, port)
    wish_id = ask_by_hand(database, site_id, analyzer_id, switch=switch, switch_on=switch_on)
    course = _follow(database, wish_id, say)
    if course.outcome is None:
        raise NotTested(why=course.result or _("nobody took it in time"))
    return course


def _follow(database: Database, wish_id: int, say: Say) -> Course:
    until_s, told = time.monotonic() + FOLLOWED_FOR_S, None
    while True:
        with database.reading() as conn:
            course = course_of(conn, wish_id)
        if course.ended or time.monotonic() > until_s:
            return course
        if course.phase is not None and course.phase is not told:
            say(_(PHASES[course.phase]))
        told = course.phase
        time.sleep(LOOKED_EVERY_S)
