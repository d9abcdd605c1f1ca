"""What Health shows, kept for a few seconds per viewer and site. Equal viewers share answers; nobody changes them."""

from dataclasses import dataclass
from functools import cache

import streamlit as st

from dashboard.house import database
from prepaid.access import Viewer
from prepaid.clock import SystemClock
from sql import schema
from sql.questions.alerts import AlertRow, alarms
from sql.questions.health_analyzers import ReadsHealth, reads_health
from sql.questions.health_database import DatabaseHealth, database_health
from sql.questions.health_enforcer import EnforcerHealth, enforcer_health
from sql.questions.health_jobs import JobRow, jobs_health
from sql.questions.health_messages import MessagesHealth, messages_health
from sql.questions.health_switching import SwitchingHealth, switching_health
from sql.questions.kepware import LogLine, log_lines

SITES_AT_MOST = 100
LIVE_S = 4
ALARMS_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The answers to all questions of the page. `ahead_s`: how far the database's clock is before this machine's."""

    enforcer: EnforcerHealth
    reads: ReadsHealth
    switching: SwitchingHealth
    messages: MessagesHealth
    database: DatabaseHealth
    jobs: tuple[JobRow, ...]
    logs: tuple[LogLine, ...]
    alarms: tuple[AlertRow, ...]
    schema_version: str
    ahead_s: float


@st.cache_resource(ttl=LIVE_S, max_entries=SITES_AT_MOST, show_spinner=False)
def picture(viewer: Viewer, site_id: int) -> Picture:
    """One short statement or two for each card."""
    with database().reading() as conn:
        now = database().now(conn)
        ahead_s = (now - SystemClock().now()).total_seconds()
        return Picture(
            enforcer=enforcer_health(conn, viewer, site_id, now),
            reads=reads_health(conn, viewer, site_id, now),
            switching=switching_health(conn, viewer, site_id),
            messages=messages_health(conn, viewer, site_id, now),
            database=database_health(conn, viewer, site_id, now),
            jobs=jobs_health(conn, viewer, site_id),
            logs=log_lines(conn, viewer, site_id),
            alarms=alarms(conn, viewer, site_id, ALARMS_AT_MOST),
            schema_version=_schema_version(),
            ahead_s=ahead_s,
        )


@cache
def _schema_version() -> str:
    """What this program needs is what the database has: else no page opens."""
    return schema.wanted()
