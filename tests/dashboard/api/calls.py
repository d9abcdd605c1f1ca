"""The REST API under test: the real application over a database of a test, and programs of any role that call it.

calls = Calls(database)
admin = calls.person(Role.ADMIN)
answer = calls.get("/api/admin/users", admin)
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from dashboard.api.documentation import documentation_routes
from dashboard.api.main import build
from dashboard.api.tokens import AccessTokens
from dashboard.server.gate import Gate
from prepaid.clock import ManualClock
from prepaid.records import Role
from prepaid.sessions import SessionKind
from prepaid.settings import Environment, environment
from sql.connection import Database
from sql.sessions import Holder, SignedIn, open_session
from tests.building import Building, Person
from tests.people import People

SECRET = "a secret of the tests, with so many letters that every algorithm takes it"
SETTINGS = environment({"JWT_SECRET": SECRET})
TOKENS = AccessTokens(secret=SECRET, algorithm="HS256", lifetime=timedelta(minutes=15))


class Calls:
    """One site with a shop, another site with a shop of its own, and the API over both."""

    def __init__(self, database: Database, settings: Environment = SETTINGS) -> None:
        assert isinstance(database.clock, ManualClock), "tests move the clock"
        self.database, self.clock = database, database.clock
        self.people = People(database)
        self.api = build(lambda: database, lambda: settings, clock=self.clock, hasher=self.people.hasher)
        behind = Starlette(routes=[Mount("/api", app=self.api), *documentation_routes])
        self.client = TestClient(Gate(behind, known=lambda _token: False, may_upload=lambda _token: False))
        self._users = 0
        self.house = Building(database)
        self.shop = self.house.tenant("Shop", opening="100")
        self.elsewhere = Building(database, name="Elsewhere")
        self.stranger = self.elsewhere.tenant("Stranger", opening="50")

    def person(self, role: Role, **facts: Any) -> SignedIn:
        """A new user with a session of a program, at the first site; `facts` are columns of app.Users."""
        self._users += 1
        user_id = self.people.add(f"{role}.{self._users}", role, **{"site_id": self.house.site_id, **facts})
        return self.session_of(user_id)

    def tenant(self, of: Person, **facts: Any) -> SignedIn:
        """A new login of a tenant, with a session of a program."""
        return self.person(Role.TENANT, tenant_id=of.tenant_id, **{"site_id": None, **facts})

    def session_of(self, user_id: int) -> SignedIn:
        """Another session of that user."""
        with self.database.writing() as conn:
            program = Holder(kind=SessionKind.API, address="192.0.2.9", agent="tests")
            return open_session(conn, user_id, self.database.now(conn), program).signed_in

    def bearer(self, person: SignedIn | None) -> dict[str, str]:
        """The header that a program of that person sends."""
        if person is None:
            return {}
        token = TOKENS.issue(person.user_id, person.session_id, self.clock.now())
        return {"Authorization": f"Bearer {token}"}

    def get(self, path: str, person: SignedIn | None, **query: str | int) -> httpx2.Response:
        return self.client.get(path, headers=self.bearer(person), params=query)

    def post(
        self,
        path: str,
        person: SignedIn | None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        return self.client.post(path, headers={**self.bearer(person), **(headers or {})}, json=body)

    def recharge(
        self, seller: SignedIn, buyer: SignedIn, key: str = "key-00000001", amount: str = "25", **more: str
    ) -> httpx2.Response:
        """Sells a recharge to a tenant's user."""
        body = {"amount": amount, "currency": "IQD", **more}
        return self.post(f"/api/admin/users/{buyer.user_id}/recharge", seller, body, {"Idempotency-Key": key})


def problem(answer: httpx2.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem that an answer is; fails unless it is one of that status and type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"urn:prepaid-energy:problem:{slug}"
    assert found["status"] == status
    assert found["title"] and found["detail"]
    assert found["instance"] == answer.request.url.path
    return found
