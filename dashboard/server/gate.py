"""The gate: what anybody may fetch, what needs a session, and what nobody gets.

The sign-in form is a page, so the shell, its bundles and the websocket are open to everybody; the router shows a
stranger nothing but that form. Files made for a viewer need a session, files that come need who may import one;
Streamlit's own metrics and programs' door answer nobody.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.api.problems import unprintable
from dashboard.server.asked import only_what_pages_ask
from dashboard.server.cookie import same_origin, token_of

OPEN = ("/_stcore/health", "/_stcore/host-config")
WEBSOCKET = "/_stcore/stream"
FOR_VIEWERS = ("/media/", "/component/")
UPLOADS = "/_stcore/upload_file"
"""What comes is held in memory until its page is closed."""
INTERNAL = "/_stcore/"
API = "/api/"

Known = Callable[[str], bool]
"""Whether a token belongs to a session that is alive, or that may upload; asked in a thread, since it asks the
database."""


class Gate:
    """Pure ASGI: streams pass untouched, websockets without what no page asks."""

    def __init__(self, app: ASGIApp, known: Known, may_upload: Known) -> None:
        self._app = app
        self._known = known
        self._may_upload = may_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only from pages of this server: Streamlit lets programs in that name no origin."""
        if scope["path"] == WEBSOCKET and same_origin(HTTPConnection(scope)):
            await self._app(scope, only_what_pages_ask(receive), send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4403})  # before accepting: the client sees HTTP 403

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if not path.isprintable():
            # A line break in an address would slip past the patterns of the routes behind.
            refused = PlainTextResponse("This address cannot be.", 400)
            await (unprintable(scope) if path.startswith(API) else refused)(scope, receive, send)
            return
        if path.startswith((*FOR_VIEWERS, UPLOADS)):
            token = token_of(HTTPConnection(scope))
            if not token or not await run_in_threadpool(self._known, token):
                await PlainTextResponse("Sign in first.", 401)(scope, receive, send)
                return
            if path.startswith(UPLOADS) and not await run_in_threadpool(self._may_upload, token):
                await PlainTextResponse("You may not do this.", 403)(scope, receive, send)
                return
        elif path.startswith(INTERNAL) and path not in OPEN:
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)
            return
        await self._app(scope, receive, send)
