"""`python -m enforcer once`: reads every analyzer once, makes one pass with everything in it, and ends."""

from collections.abc import Iterator

from enforcer.loop import Enforcer
from prepaid.clock import Clock
from prepaid.language import _
from prepaid.settings import Smtp, Spooling
from sql.connection import Database

READ_WITHIN_S = 15.0
LOADED_WITHIN_S = 60.0
FRAMES_WITHIN_S = 15.0


def run_once(
    database: Database,
    clock: Clock,
    smtp: Smtp,
    site_name: str | None,
    spooling: Spooling | None = None,
    log_database: Database | None = None,
) -> Iterator[str]:
    """Sentences about what was done. Raises AlreadyRunning while an enforcer works the site."""
    enforcer = Enforcer(database, clock, smtp, site_name, spooling=spooling, log_database=log_database)
    enforcer.start()
    try:
        until_s = clock.monotonic() + READ_WITHIN_S
        while clock.monotonic() < until_s and not enforcer.everybody_was_read():
            enforcer.worker.wake.wait(0.05)
        made = enforcer.worker.run_pass()
        until_s = clock.monotonic() + LOADED_WITHIN_S
        while enforcer.worker.spool.waiting and clock.monotonic() < until_s:
            made = enforcer.worker.run_pass()
        until_s = clock.monotonic() + FRAMES_WITHIN_S
        while enforcer.worker.busy and clock.monotonic() < until_s:
            enforcer.worker.wake.wait(0.1)
            enforcer.worker.settle()
        yield _("{n} readings, {charges} charges, {alerts} alerts, {frames} supplies to switch.").format(
            n=made.readings, charges=made.charges, alerts=made.alerts, frames=made.frames
        )
        for analyzer_id, error in enforcer.unread():
            name = enforcer.worker.state.site.analyzers[analyzer_id].name
            yield _("{name} was not read: {error}").format(name=name, error=error or _("no answer yet"))
    finally:
        enforcer.stop()
