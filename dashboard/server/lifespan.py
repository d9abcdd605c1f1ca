"""What happens when the server starts and stops."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool

from dashboard.house import close_house, database, log, open_house, settings
from dashboard.server.bundles import warm
from dashboard.server.watchdog import Watchdog
from documents.mail import smtp_transport
from documents.service_manager import READY, STOPPING, SignOfLife, tell
from prepaid.clock import SystemClock
from prepaid.errors.base import PrepaidError

SIGN_EVERY_S = 2.0


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Opens the log, looks at the database, and lets the watchdog out. What is wrong there is said in the log and on
    every page, and looked at again with each visit: the server itself starts."""
    close_log = await run_in_threadpool(_open)
    threading.Thread(target=warm, name="bundles", daemon=True).start()
    if os.environ.get("STOP_WITH_PARENT"):
        threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    watchdog = Watchdog(database, lambda: settings().smtp, SystemClock(), smtp_transport)
    watchdog.start()
    log.info("dashboard.started")
    signs = asyncio.create_task(_give_signs_of_life())
    tell(READY)
    try:
        yield {}
    finally:
        tell(STOPPING)
        signs.cancel()
        await run_in_threadpool(watchdog.stop)
        log.info("dashboard.stopped")
        close_house()
        close_log()


async def _give_signs_of_life() -> None:
    """As long as this loop comes round, pages are served."""
    life = SignOfLife(SystemClock())
    while True:
        life.mark()
        await asyncio.sleep(SIGN_EVERY_S)


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


def _stop_with_parent() -> None:
    """Ends this process cleanly when its standard input ends: whoever started it is gone, however it went."""
    while os.read(0, 1):
        pass
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)
