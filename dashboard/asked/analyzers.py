"""What the Analyzers page asks, kept for a moment and shared by all who may see the same."""

from datetime import datetime

import streamlit as st

from dashboard.house import database
from dashboard.viewing import signed_in
from prepaid.access import Viewer
from prepaid.connecting import Place
from sql.questions.analyzer_device import LiveValues, live_values
from sql.questions.analyzer_evidence import SupplyChange, supply_changes_of
from sql.questions.analyzer_place import analyzer_place
from sql.questions.analyzers import AnalyzerLine, SiteAnalyzers, analyzer_line, site_analyzers
from sql.questions.parameter_history import ParameterHistory, parameter_history
from sql.questions.wishes import Lock, WishLine, locks_of, wishes_of

KEPT_S = 4.0
HISTORY_S = 60.0
ENTRIES = 200
NEWEST_WISHES = 10


def site_now(site_id: int) -> SiteAnalyzers:
    """All analyzers of the site."""
    return _site(signed_in().viewer, site_id)


def line_now(analyzer_id: int) -> tuple[AnalyzerLine, datetime]:
    """One analyzer, and the instant at which it stood so."""
    return _line(signed_in().viewer, analyzer_id)


def place_now(analyzer_id: int) -> Place | None:
    """Where the analyzer waits to be switched on; None: it does not wait."""
    return _place(signed_in().viewer, analyzer_id)


def values_now(analyzer_id: int) -> LiveValues:
    """Every value of one analyzer."""
    return _values(signed_in().viewer, analyzer_id)


def wishes_now(analyzer_id: int) -> tuple[WishLine, ...]:
    """The newest wishes about one analyzer."""
    return _wishes(signed_in().viewer, analyzer_id)


def changes_now(analyzer_id: int) -> tuple[SupplyChange, ...]:
    """The newest changes of its supply."""
    return _changes(signed_in().viewer, analyzer_id)


def locks_of_analyzer(analyzer_id: int) -> tuple[Lock, ...]:
    """Its safety locks, also those that were taken away."""
    with database().reading() as conn:
        return locks_of(conn, signed_in().viewer, analyzer_id)


def locks_now(analyzer_id: int) -> tuple[Lock, ...]:
    """The locks that are in place."""
    return tuple(each for each in locks_of_analyzer(analyzer_id) if each.removed_at is None)


def history_of(analyzer_id: int, names: tuple[str, ...], from_at: datetime, until_at: datetime) -> ParameterHistory:
    """The past of parameters."""
    return _history(signed_in().viewer, analyzer_id, names, from_at, until_at)


def now_minute() -> datetime:
    """The minute that has begun, so that all who look in it ask the same."""
    with database().reading() as conn:
        return database().now(conn).replace(second=0, microsecond=0)


def forget() -> None:
    """Something was changed: the next question asks the database again."""
    for kept in (_site, _line, _place, _values, _wishes, _changes):
        kept.clear()


@st.cache_resource(ttl=KEPT_S, max_entries=ENTRIES, show_spinner=False)
def _site(viewer: Viewer, site_id: int) -> SiteAnalyzers:
    with database().reading() as conn:
        return site_analyzers(conn, viewer, site_id, database().now(conn))


@st.cache_resource(ttl=KEPT_S, max_entries=ENTRIES, show_spinner=False)
def _line(viewer: Viewer, analyzer_id: int) -> tuple[AnalyzerLine, datetime]:
    with database().reading() as conn:
        now = database().now(conn)
        return analyzer_line(conn, viewer, analyzer_id, now), now


@st.cache_resource(ttl=KEPT_S, max_entries=ENTRIES, show_spinner=False)
def _values(viewer: Viewer, analyzer_id: int) -> LiveValues:
    with database().reading() as conn:
        return live_values(conn, viewer, analyzer_id)


@st.cache_resource(ttl=KEPT_S / 2, max_entries=ENTRIES, show_spinner=False)
def _place(viewer: Viewer, analyzer_id: int) -> Place | None:
    with database().reading() as conn:
        return analyzer_place(conn, viewer, analyzer_id)


@st.cache_resource(ttl=KEPT_S / 2, max_entries=ENTRIES, show_spinner=False)
def _wishes(viewer: Viewer, analyzer_id: int) -> tuple[WishLine, ...]:
    with database().reading() as conn:
        return wishes_of(conn, viewer, analyzer_id, database().now(conn), NEWEST_WISHES)


@st.cache_resource(ttl=KEPT_S / 2, max_entries=ENTRIES, show_spinner=False)
def _changes(viewer: Viewer, analyzer_id: int) -> tuple[SupplyChange, ...]:
    with database().reading() as conn:
        return supply_changes_of(conn, viewer, analyzer_id)


@st.cache_data(ttl=HISTORY_S, max_entries=ENTRIES, show_spinner=False)
def _history(
    viewer: Viewer, analyzer_id: int, names: tuple[str, ...], from_at: datetime, until_at: datetime
) -> ParameterHistory:
    with database().reading() as conn:
        return parameter_history(conn, viewer, analyzer_id, names, from_at, until_at)
