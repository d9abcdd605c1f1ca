"""The outermost ring of the API: bounds the body, adds the headers of every answer, lets no traceback out."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api import problems
from documents.logs import get

log = get("dashboard.api")

MOST_BYTES = 64 * 1024
EXTRA_HEADERS = "prepaid.headers"
"""Where a dependency leaves headers that every answer of this request shall have, errors too."""


class Ring:
    """Pure ASGI, around everything but Starlette's own last resort."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra: dict[str, str] = {}
        scope[EXTRA_HEADERS] = extra
        started = False

        async def add(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                headers.setdefault("cache-control", "no-store")
                for name, value in extra.items():
                    headers.setdefault(name, value)
                message["headers"] = headers.raw
            await send(message)

        try:
            await self._app(scope, _bounded(scope, receive), add)
        except Exception:
            # The outermost ring of a request: what nobody foresaw is logged, and its caller learns a reference only.
            number, answer = problems.failed(scope)
            log.exception("api.failed", reference=number, path=scope["path"])
            if not started:
                await answer(scope, receive, add)


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Receives the body, as long as it is small, whatever its header promised."""
    length = Headers(scope=scope).get("content-length", "0")
    promised = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
    received = 0

    async def bounded() -> Message:
        nonlocal received
        if promised > MOST_BYTES:
            raise HTTPException(413)
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > MOST_BYTES:
                raise HTTPException(413)
        return message

    return bounded
