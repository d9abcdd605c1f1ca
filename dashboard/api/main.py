"""The REST API: routes, errors and description put together. Mount it on /api; it has no lifespan of its own."""

from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from dashboard import house
from dashboard.api import auth, events, health, own, problems, site, users
from dashboard.api.given import Given
from dashboard.api.openapi import TITLE, VERSION, describe
from dashboard.api.ring import Ring
from prepaid.clock import Clock, SystemClock
from prepaid.errors.base import PrepaidError
from prepaid.settings import Environment
from sql.connection import Database
from sql.passwords import HASHER

ROUTERS = (auth.router, site.router, users.router, events.router, own.router, health.router)


class Api(FastAPI):
    """FastAPI with our own description."""

    def openapi(self) -> dict[str, Any]:
        return describe(self)


def build(
    database: Callable[[], Database],
    settings: Callable[[], Environment],
    *,
    clock: Clock,
    hasher: PasswordHasher = HASHER,
) -> Api:
    """The application over a database and settings, which are asked for when a request comes. The clock dates tokens;
    the rest goes by the database's own."""
    made = Api(
        title=TITLE,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        middleware=[Middleware(Ring)],
    )
    made.state.given = Given(database=database, settings=settings, clock=clock, hasher=hasher)
    made.add_exception_handler(PrepaidError, problems.refused)
    made.add_exception_handler(RequestValidationError, problems.unfit)
    made.add_exception_handler(HTTPException, problems.not_served)
    for router in ROUTERS:
        made.include_router(router)
    return made


api = build(house.database, house.settings, clock=SystemClock())
