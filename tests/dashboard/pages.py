"""Pages under test: the router with a real session over a test's own database, without a browser.

look = pages_of(database, tmp_path)            # the fixture `pages` does this
admin = look.sign_in(Role.ADMIN)               # a token of a real session
page = look.open("admin/alerts.py", admin)     # an AppTest that has run; page.title, page.button(key=...).click().run()
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

import dashboard.house
from dashboard.viewing import TOKEN
from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.connection import Database
from sql.tables import sessions, users

ROUTER = Path(dashboard.house.__file__).parent / "router.py"
PATIENCE_S = 30.0
UNUSED_HASH = "$argon2id$never"


class Pages:
    """The pages of the product, as users of any role see them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def sign_in(self, role: Role, *, tenant_id: int | None = None, **facts: Any) -> str:
        """The token of a session of a new user with that role; `facts` are columns of app.Users."""
        with self.database.writing() as conn:
            number = conn.scalar(sa.select(sa.func.count()).select_from(users))
            added = conn.execute(
                users.insert().values(
                    {
                        "user_name": f"{role}.{number}",
                        "display_name": f"The {role}",
                        "language": "en",
                        "role": role,
                        "tenant_id": tenant_id,
                        "password_hash": UNUSED_HASH,
                        "must_change_password": False,
                        "created_at": self.database.now(conn),
                        **facts,
                    }
                )
            )
            assert added.inserted_primary_key is not None, "the database numbers users"
            return self.again(conn, int(added.inserted_primary_key[0]))

    def again(self, conn: sa.Connection, user_id: int) -> str:
        """The token of another session of that user."""
        token, now = token_urlsafe(), self.database.now(conn)
        conn.execute(
            sessions.insert().from_select(
                ["token_hash", "user_id", "session_version", "kind", "opened_at", "seen_at", "idle_ends_at", "ends_at"],
                sa.select(
                    sa.literal(hashlib.sha256(token.encode()).hexdigest()),
                    users.c.id,
                    users.c.session_version,
                    sa.literal(SessionKind.BROWSER, sessions.c.kind.type),
                    *(
                        sa.literal(at, sessions.c.ends_at.type)
                        for at in (now, now, now + timedelta(hours=1), now + timedelta(hours=12))
                    ),
                ).where(users.c.id == user_id),
            )
        )
        return token

    def open(self, file: str | None, token: str | None, query: Mapping[str, str] | None = None) -> AppTest:
        """The page of that file (None: the start page) for the holder of the token, after its first run.

        Raises ValueError for a page that the viewer cannot reach.
        """
        app = app_of(ROUTER)
        if token is not None:
            app.session_state[TOKEN] = token
        app.run()
        if file is not None:
            app.switch_page(file)
        # Set here: going to another page drops them.
        for name, value in (query or {}).items():
            app.query_params[name] = value
        return app.run() if file is not None or query else app


def app_of(script: Path) -> AppTest:
    """A script under test. Which packages bring components is looked up once for all: it takes half a second."""
    app = AppTest.from_file(str(script), default_timeout=PATIENCE_S)
    app._bidi_component_manager = _components()
    return app


@cache
def _components() -> BidiComponentManager:
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


@contextmanager
def pages_of(database: Database, folder: Path) -> Iterator[Pages]:
    """The dashboard works on this database until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", database.url.render_as_string(hide_password=False))
        patch.setenv("LOG_FOLDER", str(folder / "logs"))
        dashboard.house.close_house()
        st.cache_data.clear()  # which sites there are was kept from the database of the test before
        yield Pages(database)
        dashboard.house.close_house()
