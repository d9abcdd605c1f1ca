"""An enforcer in a thread of the test's own process, for as long as a block lasts."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from enforcer.loop import Enforcer
from prepaid.clock import Clock
from prepaid.settings import Smtp, SmtpSecurity, Spooling
from sql.connection import Database

STOP_AT_MOST_S = 30.0
NO_MAIL = Smtp(server=None, port=25, username=None, password=None, security=SmtpSecurity.NONE, sender="a@b.example")


@contextmanager
def running(
    database: Database, clock: Clock, smtp: Smtp = NO_MAIL, spooling: Spooling | None = None
) -> Iterator[Enforcer]:
    """Behind the block everything of the run is forgotten; what broke in it is raised there."""
    stop = threading.Event()
    made = Enforcer(database, clock, smtp, spooling=spooling)
    made.start_when_free(stop)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="enforcer") as threads:
        work = threads.submit(made.run, stop)
        try:
            yield made
        finally:
            stop.set()
            wait([work], STOP_AT_MOST_S)
            made.stop()
    work.result()
