"""POST /api/auth/login, refresh and logout: a password for tokens, tokens for newer ones, and the end of both."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from pydantic import Field
from starlette.requests import Request

from dashboard.api.callers import signed_in
from dashboard.api.fields import Answer, Asked, Instant
from dashboard.api.given import TheAddress, TheDatabase, TheGiven
from dashboard.api.limiter import LOGINS, REFRESHES, allow
from dashboard.api.openapi import problems_of
from dashboard.api.tokens import AccessTokens
from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql import refresh_tokens, sessions
from sql.refresh_tokens import Refreshed
from sql.sessions import SignedIn
from sql.throttles import network_of

router = APIRouter(prefix="/auth", tags=["Sign-in"])


class Credentials(Asked):
    """Of a user of this product. Users are made on the Tenants page and on the command line."""

    user_name: str = Field(min_length=1, max_length=60, examples=["erp"])
    password: str = Field(min_length=1, max_length=256, examples=["correct horse battery staple"])


class RefreshToken(Asked):
    """The newest refresh token of the session."""

    refresh_token: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", examples=["Zq0lNn4s6aM1o2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p"])


class Tokens(Answer):
    """What a program needs from now on."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."])
    token_type: str = Field(examples=["Bearer"])
    expires_in_s: int = Field(description="How long the access token is good for.", ge=1, examples=[900])
    refresh_token: str = Field(examples=["Zq0lNn4s6aM1o2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p"])
    session_ends_at: Instant = Field(description="Then the program must sign in again.")
    user_id: int = Field(examples=[3])
    role: Role
    must_change_password: bool = Field(
        description="If so, nothing but logout is served until the password was changed in the browser."
    )


@router.post(
    "/login", responses=problems_of(400, 401, 413, 415, 422, 429, 503), summary="Sign in with name and password"
)
def login(
    request: Request,
    body: Credentials,
    given: TheGiven,
    database: TheDatabase,
    address: TheAddress,
    user_agent: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Tokens:
    """Opens a session for a program. Failed tries cost a growing wait."""
    tokens = given.tokens()
    allow(database, request.scope, LOGINS, "login", network_of(address))
    opened = sessions.sign_in(
        database, body.user_name, body.password, address, user_agent, kind=SessionKind.API, hasher=given.hasher
    )
    return _tokens(tokens, refresh_tokens.issue(database, opened.signed_in), given.clock.now())


@router.post(
    "/refresh", responses=problems_of(400, 401, 403, 413, 415, 422, 429, 503), summary="Exchange the refresh token"
)
def refresh(
    request: Request, body: RefreshToken, given: TheGiven, database: TheDatabase, address: TheAddress
) -> Tokens:
    """Answers two new tokens; the old refresh token is used up. If it is used again, the whole session ends."""
    tokens = given.tokens()
    allow(database, request.scope, REFRESHES, "refresh", network_of(address))
    refreshed = refresh_tokens.rotate(database, body.refresh_token, address)
    sessions.touch(database, refreshed.signed_in)
    return _tokens(tokens, refreshed, given.clock.now())


@router.post(
    "/logout", status_code=204, responses=problems_of(401, 503), summary="End the session", response_class=Response
)
def logout(caller: Annotated[SignedIn, Depends(signed_in)], database: TheDatabase) -> None:
    """All tokens of the session are worthless from now on."""
    sessions.end(database, caller.session_id)


def _tokens(tokens: AccessTokens, refreshed: Refreshed, now: datetime) -> Tokens:
    caller = refreshed.signed_in
    return Tokens(
        access_token=tokens.issue(caller.user_id, caller.session_id, now),
        token_type="Bearer",
        expires_in_s=int(tokens.lifetime.total_seconds()),
        refresh_token=refreshed.token,
        session_ends_at=refreshed.ends_at,
        user_id=caller.user_id,
        role=caller.role,
        must_change_password=caller.viewer.must_change_password,
    )
