"""Each analyzer in numbers. Hundreds of labels, so they have a page of their own, asked less often."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from enforcer.link_state import Contact, LinkState
from enforcer.metrics.site import OUTCOMES


class Named(NamedTuple):
    """The link to an analyzer, and what people call the analyzer."""

    name: str
    link: LinkState


class AnalyzerCollector(Collector):
    """Answers how each link stands at that moment."""

    def __init__(self, links: Callable[[], Mapping[int, Named]]) -> None:
        self._links = links

    def collect(self) -> Iterable[Metric]:
        labels = ["analyzer", "name"]
        up = GaugeMetricFamily("prepaid_analyzer_up", "1 while the analyzer answers.", labels=labels)
        answered = GaugeMetricFamily(
            "prepaid_analyzer_last_answer_timestamp_seconds", "When it last answered.", labels=labels
        )
        took = GaugeMetricFamily(
            "prepaid_analyzer_answer_seconds", "Mean time of a request of its last poll.", labels=labels
        )
        failures = GaugeMetricFamily(
            "prepaid_analyzer_failures", "Failed tries one after the other, until now.", labels=labels
        )
        reads = CounterMetricFamily(
            "prepaid_analyzer_reads", "Reads that were due, by what became of them.", labels=[*labels, "outcome"]
        )
        for analyzer_id, (name, link) in sorted(self._links().items()):
            who = [str(analyzer_id), name]
            up.add_metric(who, int(link.state is Contact.ANSWERING))
            if link.last_answer_at is not None:
                answered.add_metric(who, link.last_answer_at.timestamp())
                took.add_metric(who, link.answer_ms / 1000)
            failures.add_metric(who, link.failures)
            for outcome, number in zip(OUTCOMES, link.reads[1:], strict=True):
                reads.add_metric([*who, outcome], number)
        return (up, answered, took, failures, reads)
