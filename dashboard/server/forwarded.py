"""What a reverse proxy in front leaves out: said once in the log, since nobody would notice."""

from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.house import log

PROTO, FOR = b"x-forwarded-proto", b"x-forwarded-for"


class Forwarded:
    """Failed sign-ins are counted per address: without X-Forwarded-For everybody comes from that of the proxy, and one
    who guesses shuts out all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._told and scope["type"] in ("http", "websocket"):
            names = {name for name, _value in scope["headers"]}
            if PROTO in names and FOR not in names:
                self._told = True
                log.warning("proxy.hides_addresses", todo="let the reverse proxy set X-Forwarded-For, too (README)")
        await self._app(scope, receive, send)
