"""What the API is given by whoever mounts it: the database, the settings, and its tokens and limits made of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from argon2 import PasswordHasher
from fastapi import Depends
from starlette.requests import Request

from dashboard.api.tokens import AccessTokens, access_tokens
from prepaid.clock import Clock
from prepaid.settings import Environment
from sql.connection import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Database and settings are asked for at each request: the database may come later than the process."""

    database: Callable[[], Database]
    settings: Callable[[], Environment]
    clock: Clock
    hasher: PasswordHasher

    def tokens(self) -> AccessTokens:
        """Raises TokensOff while there is no usable secret."""
        return access_tokens(self.settings())


def given(request: Request) -> Given:
    """What this application was built with."""
    found = request.app.state.given
    assert isinstance(found, Given), "build() sets it"
    return found


def database(request: Request) -> Database:
    """The database, opened at the first request. Raises DatabaseUnavailable, SchemaOld, SettingInvalid..."""
    return given(request).database()


def address(request: Request) -> str:
    """Where the caller is: the network address, as the server sees it."""
    return "unknown" if request.client is None else request.client.host[:45]


TheDatabase = Annotated[Database, Depends(database)]
TheGiven = Annotated[Given, Depends(given)]
TheAddress = Annotated[str, Depends(address)]
