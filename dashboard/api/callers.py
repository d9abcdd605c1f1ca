"""Who calls: the token is read, and its session looked up in the database, at every request."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from dashboard.api.given import TheDatabase, TheGiven
from dashboard.api.limiter import REQUESTS, allow
from prepaid.access import Right, permit
from prepaid.errors.access import SessionEnded, TokenInvalid, TokenMissing
from sql import sessions
from sql.sessions import SignedIn

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token of /api/auth/login.")


def signed_in(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    given: TheGiven,
) -> SignedIn:
    """Whose session the token belongs to, as the database has it now; the password may have to be changed yet.

    Raises TokenMissing, TokenInvalid, TokenExpired, SessionEnded.
    """
    if credentials is None:
        raise TokenMissing
    claims = given.tokens().read(credentials.credentials, given.clock.now())
    database = given.database()
    with database.reading() as conn:
        found = sessions.find_by_id(conn, claims.session_id, database.now(conn))
    if found is None:
        raise SessionEnded
    if found.user_id != claims.user_id:
        raise TokenInvalid
    return found


def needs(right: Right) -> Callable[..., SignedIn]:
    """The gate of a route: a caller with this right, who does not call too often."""

    def caller(request: Request, database: TheDatabase, found: Annotated[SignedIn, Depends(signed_in)]) -> SignedIn:
        allow(database, request.scope, REQUESTS, "requests", str(found.session_id))
        permit(found.viewer, right)
        sessions.touch(database, found)
        return found

    return caller
