"""The description of the API: every problem of every route is in it, and nothing that is not served."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dashboard.api.problems import FAILED, KINDS, MEDIA_TYPE, OF_STATUS, UNFIT, Fault, Problem
from prepaid.errors.base import PrepaidError

VERSION = "1.0.0"
TITLE = "Prepaid energy"
GUIDE = """
Programs sign in at `/api/auth/login` with a user name and a password and get two tokens. The **access token** goes into
the header `Authorization: Bearer TOKEN` of every request and is over after some minutes. The **refresh token** is
exchanged at `/api/auth/refresh` for two new ones; it is used once. One that comes a second time ends the whole session,
so a program keeps only the newest one. Both end with the session: at sign-out, when the password or the role changes,
or when the user is locked.

Money is text with exact decimals (`"12500.5"`), energy is whole watt-hours, instants are ISO 8601 in UTC. Lists come in
pages: `next` is the `cursor` of the page behind, null on the last one. Unknown fields and parameters are refused.

`POST /api/admin/users/{user_id}/recharge` needs the header `Idempotency-Key`: make a new key for every sale, and repeat
the request with the same key until an answer has come. It is booked once; the repetition answers the same receipt.

Every error is a problem (RFC 9457, `application/problem+json`). Its type is `urn:prepaid-energy:problem:` and one of
these words; types stay, titles and details may be worded anew:

| type | status | title |
|---|---|---|
"""


def describe(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if api.openapi_schema is None:
        described = get_openapi(
            title=TITLE, version=VERSION, description=GUIDE + _table(), routes=api.routes, servers=[{"url": "/api"}]
        )
        schemas = described["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for model in (Problem, Fault):
            made = model.model_json_schema(ref_template="#/components/schemas/{model}")
            made.pop("$defs", None)
            schemas[model.__name__] = made
        api.openapi_schema = described
    return api.openapi_schema


def problems_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides its result, for its `responses`."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    titles = dict.fromkeys(kind.title for kind in _kinds().values() if kind.status == status)
    described: dict[str, Any] = {
        "description": "; ".join(titles),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 401:
        described["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
    if status == 429:
        described["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}}
    return described


def _table() -> str:
    rows = sorted(_kinds().values(), key=lambda kind: (kind.status, kind.slug))
    return "\n".join(f"| `{kind.slug}` | {kind.status} | {kind.title} |" for kind in rows)


def _kinds() -> Mapping[str, Any]:
    """Every kind of problem by its slug."""
    known = [kind for error, kind in KINDS.items() if error is not PrepaidError]
    return {kind.slug: kind for kind in [*known, *OF_STATUS.values(), UNFIT, FAILED, KINDS[PrepaidError]]}
