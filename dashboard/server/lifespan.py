"""What happens when the server starts and stops."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread

from dashboard.house import close_house, database, log, open_house
from dashboard.server.bundles import warm
from prepaid.errors import PrepaidError


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Opens the log and looks at the database. What is wrong there is said in the log and on every page, and looked at
    again with each visit: the server itself starts."""
    close_log = await to_thread.run_sync(_open)
    threading.Thread(target=warm, name="bundles", daemon=True).start()
    log.info("dashboard.started")
    try:
        yield {}
    finally:
        log.info("dashboard.stopped")
        close_house()
        close_log()


def _open() -> Callable[[], None]:
    try:
        close_log = open_house()
    except PrepaidError as error:
        log.error("dashboard.settings", error=str(error))
        return lambda: None
    try:
        database()
    except PrepaidError as error:
        log.error("dashboard.database", error=str(error))
    return close_log
