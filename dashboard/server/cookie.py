"""The session's cookie: set by a ticket, out of reach for scripts, dropped when leaving."""

import json

import streamlit as st
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.server.tickets import Tickets, tickets

MOST_BODY = 1024


def name_at(port: int) -> str:
    """A browser sends a cookie to every port of a machine. So each server names its own by its port: who signs in at
    one site stays signed in at the other."""
    return f"prepaid_session_{port}"


def own_name() -> str:
    """The name of this server's cookie."""
    return name_at(int(st.get_option("server.port")))


def token_of(connection: HTTPConnection) -> str | None:
    """The token that the browser sent, whatever it is worth."""
    return connection.cookies.get(own_name())


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a page of this very server asks. Browsers always name the origin where it matters."""
    origin = connection.headers.get("origin", "")
    return origin.partition("://")[2] == connection.headers.get("host", "") != ""


def routes(known: Tickets = tickets) -> list[Route]:
    """POST /auth/ticket sets the cookie, POST /auth/leave drops it."""

    async def take_ticket(request: Request) -> Response:
        if not same_origin(request):
            return JSONResponse({"detail": "another origin"}, 403)
        name = _ticket_in(await _body(request))
        found = known.redeem(name) if name else None
        if found is None:
            return JSONResponse({"detail": "the ticket is used or too old"}, 403)
        token, lasts_s = found
        answer = Response(status_code=204)
        answer.set_cookie(
            own_name(),
            token,
            max_age=lasts_s,
            path="/",
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    async def leave(request: Request) -> Response:
        if not same_origin(request):
            return JSONResponse({"detail": "another origin"}, 403)
        answer = Response(status_code=204)
        answer.delete_cookie(own_name(), path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https")
        return answer

    return [
        Route("/auth/ticket", take_ticket, methods=["POST"]),
        Route("/auth/leave", leave, methods=["POST"]),
    ]


async def _body(request: Request) -> bytes:
    """The body, or nothing when it is larger than any ticket."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            return b""
    return body


def _ticket_in(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    ticket = found.get("ticket") if isinstance(found, dict) else None
    return ticket if isinstance(ticket, str) else None
