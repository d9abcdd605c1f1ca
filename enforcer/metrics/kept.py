"""What the database and its disk say: whether they answer, messages, alarms, heartbeats, sizes."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from enforcer.metrics.site import gauges
from prepaid.alerts import MessageState
from prepaid.errors.start import DatabaseUnavailable
from sql.connection import Database
from sql.engines import database_size
from sql.questions.heartbeats import pulses
from sql.questions.monitoring import standing_alarms, unsent

ON_THEIR_WAY = (MessageState.WAITING, MessageState.CLAIMED)


class KeptCollector(Collector):
    """Asks at each scrape; while the database is away only that is answered."""

    def __init__(self, database: Database, folder: Path, site_id: Callable[[], int | None]) -> None:
        self._database = database
        self._folder = folder
        self._site_id = site_id

    def collect(self) -> Iterable[Metric]:
        try:
            answers = list(self._asked())
        except DatabaseUnavailable:
            answers = []
        yield GaugeMetricFamily("prepaid_database_up", "1 if the database answers.", int(bool(answers)))
        with suppress(FileNotFoundError):  # somebody took the folder away; that is no reason to tell nothing
            free_bytes = shutil.disk_usage(self._folder).free
            yield GaugeMetricFamily("prepaid_disk_free_bytes", "Free space where data is kept.", free_bytes)
        yield from answers

    def _asked(self) -> Iterable[Metric]:
        with self._database.reading() as conn:
            now = self._database.now(conn)
            waiting, beats, size_bytes = unsent(conn, now), pulses(conn, now), database_size(conn)
            site_id = self._site_id()
            alarms = {} if site_id is None else standing_alarms(conn, site_id)
        if size_bytes is not None:
            yield GaugeMetricFamily("prepaid_database_size_bytes", "Size of the database.", size_bytes)
        yield gauges(
            "prepaid_messages",
            "Messages of all sites that were not sent, by state.",
            "state",
            {state: each.number for state, each in waiting.items()},
        )
        yield gauges(
            "prepaid_messages_oldest_seconds",
            "Age of the oldest message, since its alert, by state.",
            "state",
            {state: each.oldest_s for state, each in waiting.items() if state in ON_THEIR_WAY},
        )
        yield gauges(
            "prepaid_messages_overdue_seconds",
            "How long ago the next try of a message was due, the longest, by state.",
            "state",
            {state: each.overdue_s for state, each in waiting.items() if state in ON_THEIR_WAY},
        )
        yield gauges(
            "prepaid_heartbeat_age_seconds",
            "Age of the last sign of life of each site's enforcer.",
            "site",
            {str(each.site_id): each.age_s for each in beats if each.age_s is not None},
        )
        yield gauges(
            "prepaid_alarms",
            "Alarms of this site that stand until their cause ends, by kind.",
            "kind",
            dict(alarms.items()),
        )
