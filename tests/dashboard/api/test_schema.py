"""Schemathesis against the API's own description: nothing undescribed comes out, whatever goes in, and no 5xx."""

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from dashboard.api.tokens import AccessTokens
from prepaid.records import Role
from sql.sessions import SignedIn
from sql.tables import sessions
from tests.dashboard.api.calls import SECRET, Calls

STEP_S = 7
"""Time passes with each request, so that no limit is reached: its own tests do that."""
LASTING = AccessTokens(secret=SECRET, algorithm="HS256", lifetime=timedelta(days=30))
QUICK = {"examples": {"enabled": False}, "coverage": {"enabled": False}, "stateful": {"enabled": False}}


def admin(calls: Calls) -> SignedIn:
    return calls.person(Role.ADMIN, site_id=None)


def tenant(calls: Calls) -> SignedIn:
    return calls.tenant(calls.shop)


@pytest.mark.parametrize("person", [pytest.param(admin, marks=pytest.mark.slow), tenant])
def test_what_is_described_is_what_is_served(calls: Calls, person: Any) -> None:
    assert breaches(calls, person(calls), seed=1, examples=1, phases=QUICK) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("person", [admin, tenant])
def test_what_is_described_is_what_is_served_to_anything_that_can_be_sent(calls: Calls, person: Any) -> None:
    assert breaches(calls, person(calls), seed=11, examples=100, phases={}) == []


def breaches(calls: Calls, person: SignedIn, *, seed: int, examples: int, phases: dict[str, Any]) -> list[str]:
    """What the checks of schemathesis found, all of them, in a line each; and what kept them from looking."""
    token = LASTING.issue(person.user_id, person.session_id, calls.clock.now())

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            calls.clock.advance(STEP_S)
            _reopen(calls, person)
        await calls.client.app(scope, receive, send)

    config = schemathesis.Config.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"max-examples": examples, "database": "none"},
            "phases": phases,
            "continue-on-failure": True,
        }
    )
    described = schemathesis.openapi.from_asgi("/api/openapi.json", app, config=config)
    found, checked = [], 0
    for event in from_schema(described).execute():
        if isinstance(event, NonFatalError | FatalError):
            found.append(repr(event))
        if isinstance(event, ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                interaction = event.recorder.interactions.get(case_id)
                answer = "" if interaction is None or interaction.response is None else interaction.response.text
                for check in checks:
                    checked += 1
                    # No schema can say which cursors a list has given; test_lists.py tells what becomes of others.
                    if check.failure_info is None or ":cursor-invalid" in answer:
                        continue
                    failure = check.failure_info
                    found.append(f"{failure.failure.title}: {failure.code_sample} -> {answer[:300]}")
    assert checked > 50, "it looked"
    return found


def _reopen(calls: Calls, person: SignedIn) -> None:
    """One of the routes signs out: the next request finds the session open again."""
    with calls.database.writing() as conn:
        conn.execute(sessions.update().where(sessions.c.id == person.session_id).values(ended_at=None))
