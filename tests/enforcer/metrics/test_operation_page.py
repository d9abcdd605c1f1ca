"""What docs/operation.md tells a monitoring system to ask is told by the enforcer."""

import re
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.metrics_core import Metric

from enforcer.metrics.kept import KeptCollector
from enforcer.metrics.pass_times import PassTimes
from enforcer.metrics.site import SiteCollector
from prepaid.alerts import STANDING_KINDS
from sql.connection import Database
from tests.building import Building
from tests.enforcer.metrics.test_metrics import WORKING

PAGE = Path(__file__).parent.parent.parent.parent / "docs" / "operation.md"


def sample_names(families: Iterable[Metric]) -> set[str]:
    """What queries call them: a counter with _total, a summary also without _sum and _count."""
    return {name for family in families for name in (family.name, *(each.name for each in family.samples))}


def test_every_metric_of_the_page_is_told(database: Database, tmp_path: Path) -> None:
    building = Building(database)
    told = sample_names(KeptCollector(database, tmp_path, lambda: building.site_id).collect())
    told |= sample_names(SiteCollector(lambda: WORKING, PassTimes()).collect())

    named = set(re.findall(r"\bprepaid_[a-z_]+", PAGE.read_text(encoding="utf-8")))

    assert len(named) >= 9
    assert not named - told


def test_the_kinds_of_alarms_of_the_page_are_standing_ones() -> None:
    (kinds,) = re.findall(r'kind=~"([a-z_|]+)"', PAGE.read_text(encoding="utf-8"))

    assert set(kinds.split("|")) <= {kind.value for kind in STANDING_KINDS}
