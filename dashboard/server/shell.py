"""The page that carries all pages: Streamlit's shell under our name, with the bundles fetched while people sign in."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(streamlit.__file__).parent / "static"
TITLE = "Prepaid energy"
ICON = "/app/static/icon.svg"
STYLES = "/app/static/product.css"
SCRIPT = "/app/static/shell.js"
PREFETCHED = ("PlotlyChart", "DataFrame", "arrowFormatUtils", "Metric", "serialization")
"""Bundles that the first pages after the sign-in need; names as in Streamlit's static folder, without the hash."""


@cache
def inline_hashes() -> tuple[str, ...]:
    """The CSP sources of the scripts written into the shell itself, so that no other inline script may run."""
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", _streamlits(), re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return tuple(f"'sha256-{digest}'" for digest in digests)


@cache
def shell() -> bytes:
    """Streamlit's index.html with our title, icon and words, and links that fetch the large bundles early.

    The icon is no "shortcut icon", which Streamlit would look for to replace it: by one from Google for every page that
    has a Material icon in the navigation.
    """
    page = _streamlits()
    page = page.replace("<title>Streamlit</title>", f"<title>{TITLE}</title>")
    page = re.sub(r'<link rel="shortcut icon"[^>]*/>', f'<link rel="icon" type="image/svg+xml" href="{ICON}" />', page)
    page = re.sub(r"<link\s+rel=\"preload\"[^>]*?as=\"font\"[^>]*/>", "", page)
    page = re.sub(r'<link rel="service-desc"[^>]*/>', "", page)
    page = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    page = re.sub(
        r"<noscript>.*?</noscript>",
        "<noscript><p>Please allow JavaScript for this page.</p></noscript>",
        page,
        flags=re.DOTALL,
    )
    page = page.replace("<head>", f'<head><script src="{SCRIPT}"></script>', 1)
    return page.replace("</head>", f'<link rel="stylesheet" href="{STYLES}">{_prefetches()}</head>').encode()


class Shell:
    """Puts our shell where Streamlit sends its own, for every address of a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def replace(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                replaced = message["status"] == 200 and _is_shell(scope["path"], headers)
                if replaced:
                    headers["content-length"] = str(len(shell()))
                    headers["cache-control"] = "no-cache"
                    for name in ("etag", "last-modified", "content-encoding"):
                        del headers[name]
                message["headers"] = headers.raw
            elif replaced and message["type"] == "http.response.body":
                if message.get("more_body"):
                    return
                body = b"" if scope["method"] == "HEAD" else shell()
                message = {"type": "http.response.body", "body": body}
            await send(message)

        # A shell that has not changed would be answered without a body, and the browser keep an older one of ours.
        headers = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        await self._app({**scope, "headers": headers} if _may_be_page(scope["path"]) else scope, receive, replace)


_CONDITIONS = (b"if-none-match", b"if-modified-since", b"range")
_NOT_PAGES = ("/static/", "/app/static/", "/api/", "/auth/", "/media/", "/component/", "/_stcore/", "/docs", "/redoc")


def _may_be_page(path: str) -> bool:
    return not path.startswith(_NOT_PAGES)


def _is_shell(path: str, headers: MutableHeaders) -> bool:
    return _may_be_page(path) and headers.get("content-type", "").startswith("text/html")


@cache
def _streamlits() -> str:
    return (STATIC / "index.html").read_text(encoding="utf-8")


def _prefetches() -> str:
    bundles = sorted(path for name in PREFETCHED for path in (STATIC / "static" / "js").glob(f"{name}.*.js"))
    return "".join(f'<link rel="prefetch" as="script" crossorigin href="/static/js/{path.name}">' for path in bundles)
