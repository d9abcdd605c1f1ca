"""Who looks, at which site, in which language: asked of the database at every run, fragment and callback.

A page not in the navigation cannot be opened, but fragments and callbacks run without the router, and a session can
end at any moment. So each of them asks again: `need` at the top of a page, `live` around a fragment, `acting` around
a callback. None of them remembers an answer for longer than it runs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec

import streamlit as st

from dashboard.house import database
from dashboard.server.cookie import own_name
from dashboard.server.failures import show_failure, told
from dashboard.server.outage import outage
from documents.catalogue import readable, translator
from documents.formats import Formats
from prepaid.access import Right, Viewer
from prepaid.calendar import zone
from prepaid.errors.access import NotAllowed, NotFound, SessionEnded
from prepaid.errors.base import PrepaidError
from prepaid.language import _, use
from sql import sessions
from sql.questions.sites import SiteFacts, sites_of
from sql.sessions import SignedIn, touch

TOKEN = "session_token"
"""Where a page that has signed somebody in keeps the token until the browser brings its cookie."""
SITE = "site_id"
"""Where the page keeps which site was chosen."""

P = ParamSpec("P")
_looking: ContextVar[SignedIn | None] = ContextVar("looking", default=None)


def token() -> str | None:
    """The token of whoever looks: of the sign-in on this very page, else of the browser's cookie."""
    held: str | None = st.session_state.get(TOKEN)
    brought = st.context.cookies.get(own_name())
    return held or (brought if isinstance(brought, str) else None)


def current() -> SignedIn | None:
    """Who looks now; None for a stranger and for a session that has ended."""
    found = token()
    if not found:
        return None
    with database().reading() as conn:
        person = sessions.find(conn, found, database().now(conn))
    outage.is_over()
    return person


def signed_in() -> SignedIn:
    """Who looks: asked once at the beginning of a run, a fragment or a callback. Raises SessionEnded."""
    person = _looking.get() or current()
    if person is None:
        raise SessionEnded
    return person


def is_alive(found: str) -> bool:
    """Whether a token is that of a living session: for the gate, which knows no pages."""
    return _holder_of(found) is not None


def may_upload(found: str) -> bool:
    """Whether files may come from whoever has that token: only who administers imports any. For the gate, too."""
    person = _holder_of(found)
    return person is not None and person.viewer.may(Right.ADMINISTER)


def _holder_of(found: str) -> SignedIn | None:
    try:
        with database().reading() as conn:
            return sessions.find(conn, found, database().now(conn))
    except PrepaidError:
        return None


def need(right: Right) -> SignedIn:
    """The first line of a page. Ends the run with a card for who may not see it, with the sign-in for a stranger."""
    person = current()
    if person is None:
        st.rerun()
    if not person.viewer.may(right):
        draw_not_allowed()
        st.stop()
    return person


def draw_not_allowed() -> None:
    """What stands in place of a page that the viewer may not see."""
    with st.container(border=True):
        st.subheader(_("This page is not for you"), icon=":material/lock:")
        st.write(str(NotAllowed()))


def live(every_s: float, right: Right) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A part of a page that draws itself anew every few seconds, for as long as the viewer may see it.

    What fails inside is shown inside; the page around it stays, and the next round tries again.
    """

    def wrap(draw: Callable[P, None]) -> Callable[P, None]:
        @st.fragment(run_every=every_s)
        @wraps(draw)
        def again(*args: P.args, **kwargs: P.kwargs) -> None:
            with guarded(right, by_itself=True):
                draw(*args, **kwargs)

        return again

    return wrap


def part(right: Right) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A part of a page that runs alone when somebody acts inside it, with the same guard as `live`."""

    def wrap(draw: Callable[P, None]) -> Callable[P, None]:
        @st.fragment
        @wraps(draw)
        def again(*args: P.args, **kwargs: P.kwargs) -> None:
            with guarded(right):
                draw(*args, **kwargs)

        return again

    return wrap


def acting(right: Right) -> Callable[[Callable[Concatenate[SignedIn, P], None]], Callable[P, None]]:
    """A callback: it gets who acts as its first argument, checked in the moment of the act. What it may not do or what
    fails is said in a toast, and nothing is done."""

    def wrap(act: Callable[Concatenate[SignedIn, P], None]) -> Callable[P, None]:
        @wraps(act)
        def callback(*args: P.args, **kwargs: P.kwargs) -> None:
            person = None
            try:
                person = signed_in()
                touch(database(), person)
                with speaking(person):
                    if not person.viewer.may(right):
                        raise NotAllowed
                    act(person, *args, **kwargs)
            except PrepaidError as error:
                say(told(error, person.viewer if person else None), icon=":material/error:")

        return callback

    return wrap


def say(sentence: str, icon: str = ":material/check_circle:") -> None:
    """A short notice that stays for a moment, also from a callback."""
    st.toast(sentence, icon=icon, duration="long")


@contextmanager
def speaking(person: SignedIn | None) -> Iterator[None]:
    """Inside, texts are in the viewer's language, and who looks is not asked again."""
    before = _looking.set(person)
    try:
        with use(translator(person.language if person else "en")):
            yield
    finally:
        _looking.reset(before)


def sites() -> tuple[SiteFacts, ...]:
    """The sites the viewer may look at. Raises SessionEnded."""
    viewer = signed_in().viewer
    known = _sites(viewer)
    if not known:
        _sites.clear(viewer)  # the first site is seen as soon as it is there
    return known


def site() -> SiteFacts:
    """The site the viewer looks at: the chosen one, else the first. Raises NotFound when there is none yet."""
    known = sites()
    chosen = st.session_state.get(SITE)
    for each in known:
        if each.site_id == chosen:
            return each
    if not known:
        raise NotFound(what=_("site"), name="")
    return known[0]


def site_id() -> int:
    """The id of the site the viewer looks at."""
    return site().site_id


def formats() -> Formats:
    """How numbers, money and instants are written for this viewer, in the zone of the site; without one in UTC."""
    return Formats(readable(signed_in().language), zone(site().time_zone if sites() else "UTC"))


@st.cache_data(ttl=60, max_entries=200, show_spinner=False)
def _sites(viewer: Viewer) -> tuple[SiteFacts, ...]:
    with database().reading() as conn:
        return sites_of(conn, viewer)


@contextmanager
def guarded(right: Right, *, by_itself: bool = False) -> Iterator[None]:
    """What runs alone, without the router: the viewer is asked for again, texts are in the viewer's language, and what
    fails inside is shown inside. It is a sign of life unless it runs `by_itself`, every few seconds."""
    person = None
    try:
        person = current()
        if person is None or not person.viewer.may(right):
            st.rerun(scope="app")
        if not by_itself:
            touch(database(), person)
        with speaking(person):
            yield
    except PrepaidError as error:
        show_failure(error, person.viewer if person else None)
