"""Everything that goes wrong is a problem of a known type, and tells a stranger nothing of the machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.api.main import build
from dashboard.api.problems import KINDS, kind_of
from dashboard.api.ring import MOST_BYTES
from documents.logs import configure
from prepaid.clock import ManualClock, SystemClock
from prepaid.errors.analyzers import AnalyzerFull
from prepaid.errors.base import PrepaidError
from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable, SchemaOld, SettingInvalid
from prepaid.records import Role
from prepaid.settings import Environment, environment
from sql.connection import Database
from tests.dashboard.api.calls import SETTINGS, Calls, problem


def test_no_such_address_and_no_such_method(calls: Calls) -> None:
    for path in ("/api/", "/api/admin", "/api/admin/users/", "/api/admin/users/1/recharge/2", "/api/docs"):
        problem(calls.get(path, None), 404, "not-found")
    refused = calls.client.delete("/api/admin/users")

    problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"] == "GET"


def test_a_body_that_is_no_json_and_one_that_is_too_large(calls: Calls) -> None:
    def post(content: bytes | Iterator[bytes], kind: str = "application/json") -> int:
        answer = calls.client.post("/api/auth/login", content=content, headers={"Content-Type": kind})
        assert answer.json()["status"] == answer.status_code
        return answer.status_code

    assert post(b"{") == 422
    assert post(b"[" * 10_000 + b"]" * 10_000) in (400, 422)
    assert post(b'{"user_name": "\xff"}') in (400, 422)
    assert post(b'{"user_name": "\\ud800", "password": "x"}') in (401, 422)
    assert post(b"user_name=a&password=b", "application/x-www-form-urlencoded") == 415
    assert post(b"{}", "text/plain") == 415
    assert post(b"x" * (MOST_BYTES + 1)) == 413
    assert post(iter([b" " * 1024] * 65)) == 413


def test_what_was_sent_is_not_sent_back(calls: Calls) -> None:
    answer = calls.post("/api/auth/login", None, {"user_name": "erp", "password": ["secret words"]})

    problem(answer, 422, "request-unfit")
    assert "secret words" not in answer.text


def test_an_error_nobody_foresaw_is_a_reference_and_a_line_in_the_log(tmp_path: Path) -> None:
    def broken() -> Database:
        raise ZeroDivisionError("the password is hunter2")

    api = build(broken, lambda: SETTINGS, clock=SystemClock())
    take_back = configure("dashboard", folder=tmp_path)
    answer = TestClient(api).get("/health")
    take_back()

    found = problem(answer, 500, "internal-error")
    line = (tmp_path / "dashboard.log").read_text(encoding="utf-8")
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert found["reference"] in line
    assert "ZeroDivisionError" in line


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (DatabaseUnavailable(where="mssql://10.1.2.3/prepaid", why="no route"), "database-unavailable"),
        (DatabaseBusy(where="sqlite:////srv/10.1.2.3.db", wait_s="30"), "database-busy"),
        (SchemaOld(where="10.1.2.3", found="0001", wanted="0009"), "database-not-ready"),
        (SettingInvalid(name="SMTP_PORT", value="10.1.2.3", why="no port"), "setting-invalid"),
    ],
)
def test_trouble_of_the_machine_is_told_to_the_log_only(error: PrepaidError, slug: str) -> None:
    def unavailable() -> Database:
        raise error

    answer = TestClient(build(unavailable, lambda: SETTINGS, clock=SystemClock())).get("/health")

    found = problem(answer, 503, slug)
    assert "10.1.2.3" not in answer.text
    assert found["reference"]
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "JWT_SECRET"),
        ({"JWT_SECRET": "x" * 31}, "JWT_SECRET"),
        ({"JWT_SECRET": "x" * 63, "JWT_ALGORITHM": "HS512"}, "JWT_SECRET"),
        ({"JWT_SECRET": "x" * 99, "JWT_ALGORITHM": "none"}, "JWT_ALGORITHM"),
        ({"JWT_SECRET": "x" * 99, "JWT_ALGORITHM": "RS256"}, "JWT_ALGORITHM"),
    ],
)
def test_without_a_good_secret_no_token_is_made_or_read(database: Database, values: dict[str, str], named: str) -> None:
    settings: Environment = environment(values)
    client = TestClient(build(lambda: database, lambda: settings, clock=ManualClock()))

    sign_in = client.post("/auth/login", json={"user_name": "admin", "password": "Admin123!"})
    refresh = client.post("/auth/refresh", json={"refresh_token": "x" * 43})
    call = client.get("/admin/users", headers={"Authorization": "Bearer a.b.c"})

    for answer in (sign_in, refresh, call):
        assert named in problem(answer, 503, "tokens-off")["detail"]
    assert client.get("/health").status_code == 200


def test_every_kind_is_described_and_every_slug_means_one_thing(calls: Calls) -> None:
    described = calls.get("/api/openapi.json", None).json()["info"]["description"]

    slugs = {kind.slug: (kind.status, kind.title) for kind in KINDS.values()}
    assert all(f"| `{slug}` |" in described for slug in slugs)
    assert {kind: slugs[kind.slug] for kind in KINDS.values()} == {
        kind: (kind.status, kind.title) for kind in KINDS.values()
    }
    assert kind_of(AnalyzerFull(address="x")).slug == "refused"


def test_every_answer_says_that_it_must_not_be_kept(calls: Calls) -> None:
    admin = calls.person(Role.ADMIN)

    answers = [
        calls.get(path, admin) for path in ("/api/admin/users", "/api/nothing", "/api/user/alerts", "/api/health")
    ]

    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_a_problem_has_the_members_of_the_standard_and_no_empty_ones(calls: Calls) -> None:
    answer = calls.get("/api/admin/users", None)

    assert list(json.loads(answer.text)) == ["type", "title", "status", "detail", "instance"]
