"""The two pages for Prometheus, each with a registry of its own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from enforcer.health import Answer, Page
from enforcer.metrics.analyzers import AnalyzerCollector, Named
from enforcer.metrics.kept import KeptCollector
from enforcer.metrics.pass_times import PassTimes
from enforcer.metrics.site import SiteCollector
from enforcer.standby import Standby
from sql.connection import Database


def pages(
    database: Database, logs: Path, standby: Standby, health: Callable[[], Mapping[str, Any]], times: PassTimes
) -> Mapping[str, Page]:
    """By path. What /metrics tells of analyzers are sums; each of them is told by /metrics/analyzers. The free space is
    that of the folder of an SQLite file; of a server it is that of the logs."""
    folder = Path(database.url.database or "").parent if database.is_sqlite else logs
    whole = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=whole)
    for collector in (
        SiteCollector(health, times),
        KeptCollector(database, folder, lambda: None if standby.enforcer is None else standby.enforcer.site_id),
    ):
        whole.register(collector)
    return {"/metrics": page_of(whole), "/metrics/analyzers": page_of(AnalyzerCollector(lambda: _links(standby)))}


def page_of(collector: Collector) -> Page:
    """The page in the format that is asked for."""

    def answer(accepted: str) -> Answer:
        encode, content_type = choose_encoder(accepted)
        return Answer(status=200, content_type=content_type, body=encode(collector))

    return answer


def _links(standby: Standby) -> Mapping[int, Named]:
    enforcer = standby.enforcer
    if enforcer is None or not enforcer.started:
        return {}
    analyzers = enforcer.worker.state.site.analyzers
    return {
        analyzer_id: Named(analyzers[analyzer_id].name, link)
        for analyzer_id, link in enforcer.links().items()
        if analyzer_id in analyzers
    }
