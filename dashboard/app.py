"""The web server: pages, REST API and documentation on one port. Start it with

    python -m streamlit run dashboard/app.py

Streamlit finds `app` by reading this file: it must stay a literal `st.App(...)`, and nothing may import it.
"""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

from dashboard.api import api, documentation_routes
from dashboard.server import cookie
from dashboard.server.bundles import Bundles
from dashboard.server.failures import show_failure
from dashboard.server.forwarded import Forwarded
from dashboard.server.gate import Gate
from dashboard.server.headers import Headers
from dashboard.server.lifespan import lifespan
from dashboard.server.shell import Shell
from dashboard.viewing import is_alive, may_upload

app = st.App(
    "router.py",
    routes=[Mount("/api", app=api), *documentation_routes, *cookie.routes()],
    middleware=[
        Middleware(Forwarded),
        Middleware(Headers),
        Middleware(Gate, known=is_alive, may_upload=may_upload),
        Middleware(Bundles),
        Middleware(Shell),
    ],
    lifespan=lifespan,
    on_script_error=show_failure,
)
