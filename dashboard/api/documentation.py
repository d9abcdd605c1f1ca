"""/docs and /redoc: the description of the API to read and to try, with every file served by this product."""

from functools import cache
from pathlib import Path

import fastapi_offline
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

DESCRIPTION = "/api/openapi.json"
ASSETS = "/docs/assets"
LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"
"""The one picture that Redoc fetches from elsewhere."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
START_SWAGGER = f"""SwaggerUIBundle({{
  url: "{DESCRIPTION}",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false
}});
"""
START_REDOC = f"""Redoc.init("{DESCRIPTION}", {{disableSearch: false, hideDownloadButton: false}},
  document.getElementById("redoc"));
"""
_FILES = Path(fastapi_offline.__file__).parent / "static"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
_SHIPPED = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
_KEPT = {"Cache-Control": "public, max-age=86400"}
_SWAGGER = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prepaid energy: REST API</title>
<link rel="icon" href="{ASSETS}/favicon.png">
<link rel="stylesheet" href="{ASSETS}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{ASSETS}/swagger-ui-bundle.js"></script>
<script src="{ASSETS}/start-swagger.js"></script>
</body>
</html>
"""
_REDOC = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prepaid energy: REST API</title>
<link rel="icon" href="{ASSETS}/favicon.png">
<style>body {{ margin: 0 }}</style>
</head>
<body>
<div id="redoc"></div>
<script src="{ASSETS}/redoc.standalone.js"></script>
<script src="{ASSETS}/start-redoc.js"></script>
</body>
</html>
"""


def swagger(_request: Request) -> Response:
    return HTMLResponse(_SWAGGER, headers={"Content-Security-Policy": POLICY})


def redoc(_request: Request) -> Response:
    return HTMLResponse(_REDOC, headers={"Content-Security-Policy": POLICY})


def asset(request: Request) -> Response:
    """Only the files of this list; Redoc without its picture from elsewhere."""
    name = request.path_params["name"]
    if name in _SHIPPED:
        path = _FILES / name
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=_KEPT)
    own = {"start-swagger.js": START_SWAGGER, "start-redoc.js": START_REDOC}
    if name in own:
        return Response(own[name], media_type=_TYPES[".js"], headers=_KEPT)
    if name == "redoc.standalone.js":
        return Response(_redoc_script(), media_type=_TYPES[".js"], headers=_KEPT)
    return PlainTextResponse("There is nothing here.", 404)


@cache
def _redoc_script() -> bytes:
    script = (_FILES / "redoc.standalone.js").read_bytes()
    return script.replace(LOGO.encode(), f"{ASSETS}/favicon.png".encode())


documentation_routes: list[BaseRoute] = [
    Route("/docs", swagger),
    Route("/redoc", redoc),
    Route(ASSETS + "/{name}", asset),
]
