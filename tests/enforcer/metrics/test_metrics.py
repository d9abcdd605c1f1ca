"""/metrics in the words of Prometheus: complete while all is well, and still an answer when something is away."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from enforcer.health import Answer, HealthServer, Page, health_page
from enforcer.link_state import Contact, LinkState
from enforcer.metrics.analyzers import AnalyzerCollector, Named
from enforcer.metrics.kept import KeptCollector
from enforcer.metrics.pages import page_of, pages
from enforcer.metrics.pass_times import PassTimes, Spent
from enforcer.metrics.site import SiteCollector
from enforcer.passes import Pass
from enforcer.slots import Tally
from enforcer.standby import Standby
from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from prepaid.settings import environment
from sql.connection import Database
from tests.building import MORNING, Building
from tests.sql.messages import tell
from tests.sql.questions.shown import beat
from tests.story.world import until, world

WORKING = {
    "state": "ok",
    "version": "1.2.3",
    "reads": {"due": 10, "on_time": 7, "late": 2, "missed": 1},
    "answering": 3,
    "connecting": 0,
    "failing": 1,
    "supplies": {"on": 3, "cut": 1, "unknown": 0},
    "accounts": 5,
    "time_trusted": False,
    "readings_dropped": 4,
}


def made(number: int, pass_ms: float, **step_ms: float) -> Pass:
    return Pass(
        number=number, readings=0, charges=0, alerts=0, frames=0, pass_ms=pass_ms, cpu_ms=1, step_ms=dict(step_ms)
    )


def values(families: Iterable[Metric]) -> dict[str, float]:
    """Each sample as `name` or `name{value of the label}`."""
    return {
        each.name + (f"{{{','.join(each.labels.values())}}}" if each.labels else ""): each.value
        for family in families
        for each in family.samples
    }


def test_a_working_enforcer_tells_reads_analyzers_supplies_clock_and_lease() -> None:
    told = values(SiteCollector(lambda: WORKING, PassTimes()).collect())

    assert [told[f"prepaid_reads_total{{{each}}}"] for each in ("on_time", "late", "missed")] == [7, 2, 1]
    assert [told[f"prepaid_analyzers{{{each}}}"] for each in ("answering", "connecting", "failing")] == [3, 0, 1]
    assert [told[f"prepaid_supplies{{{each}}}"] for each in ("on", "cut", "unknown")] == [3, 1, 0]
    assert (told["prepaid_lease_held"], told["prepaid_clock_trusted"], told["prepaid_accounts"]) == (1, 0, 5)
    assert told["prepaid_readings_dropped_total"] == 4
    assert told["prepaid_build_info{1.2.3}"] == 1


def test_a_standby_says_so_and_leaves_out_what_it_does_not_know() -> None:
    told = values(SiteCollector(lambda: {"state": "standing_by", "version": "1"}, PassTimes()).collect())

    assert (told["prepaid_lease_held"], told["prepaid_enforcer_state{standing_by}"]) == (0, 1)
    assert told["prepaid_enforcer_state{ok}"] == 0
    assert not [name for name in told if name.startswith(("prepaid_reads", "prepaid_analyzers"))]


def test_passes_add_up_by_step() -> None:
    times = PassTimes()
    times.add(made(1, 30, accept=10, write=20))
    times.add(made(2, 50, accept=50))

    told = values(SiteCollector(lambda: WORKING, times).collect())

    assert times.whole == Spent(2, 0.08)
    assert told["prepaid_pass_duration_seconds_count{whole}"] == 2
    assert told["prepaid_pass_duration_seconds_sum{accept}"] == pytest.approx(0.06)
    assert told["prepaid_pass_duration_seconds_count{write}"] == 1


def test_the_database_tells_messages_alarms_heartbeats_and_its_size(database: Database, tmp_path: Path) -> None:
    database.clock = ManualClock(wall=MORNING + timedelta(seconds=40))
    building = Building(database)
    building.admin()
    tell(building, AlertKind.GUARD, "too many")
    beat(building, MORNING)

    told = values(KeptCollector(database, tmp_path, lambda: building.site_id).collect())

    assert (told["prepaid_database_up"], told["prepaid_messages{waiting}"]) == (1, 1)
    assert told["prepaid_messages_oldest_seconds{waiting}"] == 40
    assert told[f"prepaid_heartbeat_age_seconds{{{building.site_id}}}"] == 40
    assert (told["prepaid_alarms{guard}"], told["prepaid_alarms{hold}"]) == (1, 0)
    assert told["prepaid_database_size_bytes"] > 100_000
    assert told["prepaid_disk_free_bytes"] > 0


def test_a_database_that_is_away_is_an_answer_not_an_error(database: Database, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    away = Database(f"sqlite:///{elsewhere.as_posix()}")

    told = values(KeptCollector(away, tmp_path, lambda: 1).collect())

    assert set(told) == {"prepaid_database_up", "prepaid_disk_free_bytes"}
    assert told["prepaid_database_up"] == 0


def test_each_analyzer_is_told_on_its_own_page() -> None:
    answering = LinkState(
        7, "192.0.2.7:502", Contact.ANSWERING, MORNING, last_answer_at=MORNING, answer_ms=20, reads=Tally(9, 6, 2, 1)
    )
    silent = LinkState(8, "192.0.2.8:502", Contact.FAILING, MORNING, failures=4, last_error="no route")

    told = values(AnalyzerCollector(lambda: {8: Named("B", silent), 7: Named('Shop "12"', answering)}).collect())

    assert told['prepaid_analyzer_up{7,Shop "12"}'] == 1
    assert told['prepaid_analyzer_last_answer_timestamp_seconds{7,Shop "12"}'] == MORNING.timestamp()
    assert told['prepaid_analyzer_answer_seconds{7,Shop "12"}'] == 0.02
    assert told['prepaid_analyzer_reads_total{7,Shop "12",missed}'] == 1
    assert (told["prepaid_analyzer_up{8,B}"], told["prepaid_analyzer_failures{8,B}"]) == (0, 4)
    assert "prepaid_analyzer_last_answer_timestamp_seconds{8,B}" not in told


@pytest.mark.parametrize("accepted", ["", "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"])
def test_a_page_speaks_the_format_that_is_asked_for(accepted: str) -> None:
    page = page_of(SiteCollector(lambda: WORKING, PassTimes()))

    answer = page(accepted)

    text = answer.body.decode()
    openmetrics = "openmetrics" in accepted
    assert answer.content_type.startswith("application/openmetrics-text" if openmetrics else "text/plain")
    assert text.endswith("# EOF\n") is openmetrics
    if not openmetrics:
        names = {family.name for family in text_string_to_metric_families(text)}
        assert {"prepaid_reads", "prepaid_pass_duration_seconds"} <= names


def test_pages_are_found_by_their_path_and_nothing_else_is() -> None:
    with serving({"/health": health_page(lambda: {"state": "ok"}), "/metrics": said("numbers")}) as asked:
        assert asked("/metrics?x=1") == (200, "numbers")
        assert asked("/health")[0] == 200
        assert asked("/metrics/")[0] == 404


@pytest.mark.parametrize(("state", "status"), [("ok", 200), ("standing_by", 200), ("starting", 503), ("stuck", 503)])
def test_the_status_of_health_is_for_monitoring_systems(state: str, status: int) -> None:
    with serving({"/health": health_page(lambda: {"state": state})}) as asked:
        code, text = asked("/health")

    assert (code, json.loads(text)) == (status, {"state": state})


def test_an_enforcer_whose_loop_does_not_come_round_is_stuck(database: Database) -> None:
    clock = ManualClock()
    standby = Standby(database, clock, environment({}).smtp, None)

    before = standby.health()["state"]
    clock.advance(121)

    assert (before, standby.health()["state"]) == ("starting", "stuck")


def test_the_pages_of_a_real_enforcer_name_its_analyzer_and_its_process(database: Database, tmp_path: Path) -> None:
    times = PassTimes()
    with world(database, credit="1000") as w, w.enforcer() as enforcer:
        standby = Standby(database, w.clock, w.smtp, None)
        standby.enforcer = enforcer
        made_pages = pages(database, tmp_path, standby, standby.health, times)
        until(lambda: enforcer.health()["state"] == "ok", "it makes passes")

        whole, each = (made_pages[path]("").body.decode() for path in ("/metrics", "/metrics/analyzers"))

    assert "prepaid_database_up 1.0" in whole
    assert 'prepaid_reads_total{outcome="on_time"}' in whole
    assert "analyzer=" not in whole
    assert f'prepaid_analyzer_up{{analyzer="{w.analyzer_id}",name=' in each


def said(text: str) -> Page:
    return lambda _accepted: Answer(status=200, content_type="text/plain", body=text.encode())


@contextmanager
def serving(pages: Mapping[str, Page]) -> Iterator[Callable[[str], tuple[int, str]]]:
    server = HealthServer(0, pages)
    server.start()

    def asked(path: str) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    try:
        yield asked
    finally:
        server.stop()
