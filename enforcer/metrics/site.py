"""The site in numbers: reads, passes, supplies, clock, lease. The same facts as /health, asked at each scrape."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from enforcer.metrics.pass_times import PassTimes

OUTCOMES = ("on_time", "late", "missed")
CONTACTS = ("answering", "connecting", "failing")
STATES = ("ok", "starting", "standing_by", "stuck")


class SiteCollector(Collector):
    """Answers what `health` says at that moment. What it does not say (a standby polls nobody) is left out."""

    def __init__(self, health: Callable[[], Mapping[str, Any]], times: PassTimes) -> None:
        self._health = health
        self._times = times

    def collect(self) -> Iterable[Metric]:
        facts = self._health()
        yield InfoMetricFamily("prepaid_build", "The program that answers.", {"version": str(facts["version"])})
        yield gauges("prepaid_enforcer_state", "1 for the state of this enforcer.", "state", _state(facts["state"]))
        if "reads" not in facts:
            yield GaugeMetricFamily("prepaid_lease_held", "1 if this enforcer may act for its site.", 0)
            return
        yield GaugeMetricFamily("prepaid_lease_held", "1 if this enforcer may act for its site.", 1)
        yield _reads(facts["reads"])
        yield gauges(
            "prepaid_analyzers", "Analyzers by what their link does.", "state", {each: facts[each] for each in CONTACTS}
        )
        yield gauges("prepaid_supplies", "Supplies by what their device shows.", "state", facts["supplies"])
        yield GaugeMetricFamily("prepaid_accounts", "Accounts that are charged.", facts["accounts"])
        yield GaugeMetricFamily(
            "prepaid_clock_trusted", "0 while boundaries and cuts wait for the clock.", int(facts["time_trusted"])
        )
        yield CounterMetricFamily(
            "prepaid_readings_dropped", "Readings that no pass took in time.", facts["readings_dropped"]
        )
        yield self._passes()

    def _passes(self) -> SummaryMetricFamily:
        family = SummaryMetricFamily(
            "prepaid_pass_duration_seconds", "How long passes took: whole ones, and each step.", labels=["step"]
        )
        for step, spent in {"whole": self._times.whole, **self._times.steps}.items():
            family.add_metric([step], spent.passes, spent.seconds)
        return family


def gauges(name: str, text: str, label: str, numbers: Mapping[str, float]) -> GaugeMetricFamily:
    """One gauge for each value of the label."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in numbers.items():
        family.add_metric([value], number)
    return family


def _state(now: str) -> Mapping[str, float]:
    return {state: float(state == now) for state in dict.fromkeys((*STATES, now))}


def _reads(reads: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily("prepaid_reads", "Reads that were due, by what became of them.", labels=["outcome"])
    for outcome in OUTCOMES:
        family.add_metric([outcome], reads[outcome])
    return family
