"""What is left of readings that no pass has taken for a long time."""

from datetime import timedelta

from enforcer.arrived import Arrived
from tests.enforcer.site_of_rules import at, read

MOST = 100


def test_readings_are_taken_once_in_their_order() -> None:
    arrived = Arrived(MOST)
    readings = [read(second, second) for second in range(5)]
    for each in readings:
        arrived.add(each)

    taken = (arrived.take(), arrived.take())

    assert taken == (readings, [])


def test_the_readings_next_to_quarters_of_an_hour_are_left_and_the_newest() -> None:
    arrived = Arrived(MOST)
    for second in range(2, 4000, 5):
        arrived.add(read(second, second))

    left = [reading.read_at for reading in arrived.take()]

    quarters = [at(second) for quarter in (900, 1800, 2700, 3600) for second in (quarter - 3, quarter + 2)]
    assert set(quarters) <= set(left)
    assert left == sorted(left)
    assert left[-1] == at(3997)
    assert len(left) <= MOST
    assert arrived.dropped == 800 - len(left)


def test_readings_of_others_do_not_part_neighbours() -> None:
    arrived = Arrived(MOST)
    for second in range(0, 2000, 4):
        arrived.add(read(second, second)._replace(analyzer_id=second // 4 % 2))

    left = [reading.read_at for reading in arrived.take() if reading.read_at < at(1000)]

    assert left == [at(0) + timedelta(seconds=second) for second in (892, 896, 900, 904)]
