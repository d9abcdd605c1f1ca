"""Streamlit's scripts and styles, compressed: it sends 9 MB plain for a page with a chart, these are 2.9 MB.

Each is compressed once and kept; the large ones before anybody asks. Their names carry a hash of their contents, so
browsers keep them for a year.
"""

import gzip
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.server.shell import PREFETCHED, STATIC

LEVEL = 6
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
PREFIX = "/static/"


class Bundles:
    """Answers requests for bundles from memory; all others pass."""

    def __init__(self, app: ASGIApp, folder: Path = STATIC) -> None:
        self._app = app
        self._files = {f"/{file.relative_to(folder).as_posix()}": file for file in _bundles(folder)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._file(scope) if scope["type"] == "http" else None
        if file is None:
            await self._app(scope, receive, send)
            return
        body = await run_in_threadpool(compressed, file)
        headers = {
            "content-encoding": "gzip",
            "vary": "accept-encoding",
            "cache-control": "public, immutable, max-age=31536000",
        }
        await Response(body, headers=headers, media_type=TYPES[file.suffix])(scope, receive, send)

    def _file(self, scope: Scope) -> Path | None:
        """Looked up by its whole address, so that no other file can be asked for, and no address is too long."""
        if scope["method"] != "GET" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return None
        return self._files.get(scope["path"])


@cache
def compressed(file: Path) -> bytes:
    """The file compressed; kept, since there are only so many bundles."""
    return gzip.compress(file.read_bytes(), LEVEL, mtime=0)


def warm(folder: Path = STATIC) -> None:
    """Compresses what every first visit fetches. Takes about a second: for a thread of its own."""
    for name in ("index", *PREFETCHED):
        for file in sorted((folder.resolve() / "static" / "js").glob(f"{name}.*.js")):
            compressed(file)


def _bundles(folder: Path) -> list[Path]:
    return [file for file in (folder / PREFIX.strip("/")).rglob("*") if file.suffix in TYPES]
