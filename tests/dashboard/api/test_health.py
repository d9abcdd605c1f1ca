"""GET /api/health: for monitors and for the launcher, without a token, and without anything worth knowing."""

from typing import Any

from sql import schema
from sql.operation import Beat, beat
from tests.dashboard.api.calls import Calls


def test_a_site_that_is_watched_and_one_that_never_was(calls: Calls) -> None:
    signs(calls, calls.house.site_id)
    calls.clock.advance(12.34)

    assert calls.get("/api/health", None).json() == {
        "state": "ok",
        "database": "ok",
        "schema_version": schema.wanted(),
        "enforcers": [
            {"site_id": calls.house.site_id, "heartbeat_age_s": 12.3, "alive": True},
            {"site_id": calls.elsewhere.site_id, "heartbeat_age_s": None, "alive": False},
        ],
    }


def test_a_silent_enforcer_is_told_and_this_process_is_well_all_the_same(calls: Calls) -> None:
    signs(calls, calls.house.site_id)
    calls.house.set("heartbeat_old_after_s", "30")
    calls.clock.advance(31)

    answer = calls.get("/api/health", None)

    assert answer.status_code == 200
    assert answer.json()["enforcers"][0]["alive"] is False


def signs(calls: Calls, site_id: int) -> None:
    """A sign of life of the site's enforcer."""
    numbers: dict[str, Any] = dict.fromkeys(("passes", "reads_due", "reads_on_time", "reads_late", "reads_missed"), 1)
    sign = Beat(
        site_id=site_id,
        process="enforcer",
        holder="machine:1",
        started_at=calls.clock.now(),
        pass_ms=20.0,
        cpu_ms=5.0,
        version="0.1.0",
        details={},
        **numbers,
    )
    with calls.database.writing() as conn:
        beat(conn, sign, calls.clock.now())
