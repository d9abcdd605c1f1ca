"""KEPServerEX sees of a simulated device what everybody sees who reads its registers."""

from datetime import UTC, datetime

import pytest

from enforcer.kepserver.tags import ALL_TAGS
from enforcer.simulator.data_logger.form import COMMUNICATION_FAILURE, GOOD, LogForm
from enforcer.simulator.data_logger.sample import Sampler
from enforcer.simulator.faults import Fault
from enforcer.simulator.site import OutageMode, SimulatedSite
from prepaid.clock import ManualClock
from sql.demo.data_logger import Logged
from sql.demo.site import demo_site

FORM = LogForm(tags=ALL_TAGS)


class Mall:
    """Two devices on a clock of their own, with a load of 36 kW: ten Wh a second."""

    def __init__(self, form: LogForm = FORM) -> None:
        self.clock = ManualClock()
        self.site = SimulatedSite(demo_site(2, seed=4), self.clock)
        self.site.outage_mode = OutageMode.OFF
        self.site.begin()
        self.first, self.second = (analyzer.serial_number for analyzer in self.site.analyzers)
        self.site.set_load(self.first, 36_000.0)
        self.sampler = Sampler(self.site.analyzers, self.clock, form)

    def sample(self, seconds: float = 1.0) -> dict[str, Logged]:
        """The values of the first device by the names of its tags, so many seconds later."""
        self.clock.advance(seconds)
        self.site.step()
        values = self.sampler.sample()
        return {each.item.rpartition(".")[2]: each for each in values if self.first in each.item}


def test_every_tag_of_every_device_has_a_value_under_its_full_name() -> None:
    mall = Mall()

    values = mall.sampler.sample()

    assert [each.item for each in values] == mall.sampler.items
    assert len(values) == 2 * len(ALL_TAGS)
    assert values[0].item == f"PAC001.{mall.first}.import_tariff_1_wh"
    assert {each.quality for each in values} == {GOOD}


def test_counters_bits_and_texts_are_those_of_the_registers() -> None:
    mall = Mall()

    found = mall.sample(10)

    assert float(found["import_tariff_1_wh"].value or "") == pytest.approx(100.0)
    assert float(found["power_w"].value or "") == pytest.approx(36_000.0)
    assert found["serial_number"].value == mall.first
    assert found["operating_s"].value == "10"
    assert found["power_w"].stamp == datetime.fromisoformat("2026-01-05T08:00:10")


@pytest.mark.parametrize("fault", [Fault.DEAD, Fault.SLOW, Fault.EXCEPTIONS])
def test_a_device_that_does_not_answer_keeps_its_last_values_in_poor_quality(fault: Fault) -> None:
    mall = Mall()
    before = mall.sample()["import_tariff_1_wh"]

    mall.site.begin_fault(mall.first, fault)
    after = mall.sample()["import_tariff_1_wh"]

    assert (after.value, after.quality) == (before.value, COMMUNICATION_FAILURE)
    assert after.stamp > before.stamp


def test_a_lie_that_is_told_once_is_told_to_kepserverex_too() -> None:
    mall = Mall()
    mall.sample()

    mall.site.begin_fault(mall.first, Fault.ZERO_ONCE)
    lied, sound = mall.sample(), mall.sample()

    assert (lied["import_tariff_1_wh"].value, lied["import_tariff_1_wh"].quality) == ("0.0", GOOD)
    assert float(sound["import_tariff_1_wh"].value or "") > 0


def test_where_only_changes_are_stamped_a_counter_that_stands_keeps_its_stamp() -> None:
    mall = Mall(LogForm(tags=ALL_TAGS, when_changed=True))
    mall.site.set_load(mall.first, 0.0)
    before = mall.sample()

    after = mall.sample(60)

    assert after["import_tariff_1_wh"] == before["import_tariff_1_wh"]
    assert after["operating_s"].stamp.replace(tzinfo=UTC) == mall.clock.now()
