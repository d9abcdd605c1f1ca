"""Before the work begins: a database may have no site yet, and then the enforcer waits for one."""

import threading
from collections.abc import Mapping
from typing import Any

from documents.logs import get
from documents.service_manager import SignOfLife
from enforcer.loop import Enforcer
from prepaid.clock import Clock
from prepaid.settings import Smtp, Spooling
from prepaid.version import VERSION
from sql.connection import Database
from sql.sites import any_site

LOOK_EVERY_S = 2.0

log = get("enforcer.standby")


class Standby:
    """Waits for a site, then is that site's enforcer as far as health is concerned."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        smtp: Smtp,
        site_name: str | None,
        backup_folder: str | None = None,
        spooling: Spooling | None = None,
        archive_folder: str | None = None,
        log_database: Database | None = None,
    ) -> None:
        self._life = SignOfLife(clock)
        self._database = database
        self._clock = clock
        self._smtp = smtp
        self._site_name = site_name
        self._backup_folder = backup_folder
        self._spooling = spooling
        self._archive_folder = archive_folder
        self._log_database = log_database
        self.enforcer: Enforcer | None = None
        self._waiting = False

    def wait_for_site(self, stop: threading.Event) -> Enforcer | None:
        """The enforcer of the site, as soon as there is one; None when stopped before. A wrong name is NotFound."""
        while not stop.is_set():
            self._life.mark()
            with self._database.reading() as conn:
                found = any_site(conn)
            if found or self._site_name is not None:
                self.enforcer = Enforcer(
                    self._database,
                    self._clock,
                    self._smtp,
                    self._site_name,
                    life=self._life,
                    backup_folder=self._backup_folder,
                    spooling=self._spooling,
                    archive_folder=self._archive_folder,
                    log_database=self._log_database,
                )
                return self.enforcer
            if not self._waiting:
                log.info("enforcer.waits_for_site", what_to_do="python -m sql site FILE")
            self._waiting = True
            stop.wait(LOOK_EVERY_S)
        return None

    def health(self) -> Mapping[str, Any]:
        """What /health answers: well, and waiting for a site, or what the enforcer says; stuck when no turn of the main
        loop ends any more."""
        if self._life.stuck:
            return {**self._told(), "state": "stuck"}
        return self._told()

    def _told(self) -> Mapping[str, Any]:
        if self.enforcer is not None:
            return self.enforcer.health()
        if self._waiting:
            return {"state": "ok", "waiting_for": "site", "analyzers": 0, "version": VERSION}
        return {"state": "starting", "version": VERSION}
