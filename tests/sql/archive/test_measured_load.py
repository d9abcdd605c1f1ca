"""The measured load: database and archive answer like one, for whoever may see the site."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed
from prepaid.errors.archive import ArchiveUnreadable
from prepaid.records import Purpose, Role
from prepaid.spans import Span
from sql.archive.ask import Counted, opened
from sql.archive.make import Step
from sql.questions.consumption import Chosen
from sql.questions.measured_load import LONGEST, QUARTER, MeasuredLoad, QuarterLoad, measured_load
from sql.tables import assignments
from tests.building import MORNING, Building
from tests.sql.archive.past import DAY, FIRST_AT, MINUTE, Past
from tests.sql.archive.stops import KillAt, Killed
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
SPAN = Span(FIRST_AT - timedelta(hours=2), FIRST_AT + 3 * DAY)


class Street:
    """A bakery with two analyzers and a florist with one that were read on three days, and an incomer above them."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.building = past.building
        self.bakery, self.florist = self.building.tenant("Bakery"), self.building.tenant("Florist")
        self.oven = self.building.analyzer("Oven", self.bakery)
        self.fridge = self.building.analyzer("Fridge", self.bakery)
        self.window = self.building.analyzer("Window", self.florist)
        self.incomer = self.building.analyzer("Incomer", purpose=Purpose.GRID_INCOMER)
        self.sold = [self.oven, self.fridge, self.window]
        for each in (*self.sold, self.incomer):
            self.building.begin(each, at=FIRST_AT - 10 * DAY)
        for day in range(3):
            past.read(FIRST_AT + day * DAY, times=40, of=[*self.sold, self.incomer])

    def ask(self, *, span: Span = SPAN, viewer: Viewer = ADMIN, **chosen: tuple[int, ...]) -> MeasuredLoad:
        wanted = Chosen(site_id=self.building.site_id, currency=self.building.currency, **chosen)
        with self.past.database.reading() as conn:
            return measured_load(conn, viewer, wanted, span, self.past.folder)

    def expected(self, analyzer_ids: list[int], span: Span = SPAN) -> list[QuarterLoad]:
        """Reckoned in Python from the rows as they were written."""
        powers: defaultdict[tuple[datetime, int], list[float]] = defaultdict(list)
        for row in self.rows:
            inside = span.from_at <= row["read_at"] < span.until_at
            if inside and row["analyzer_id"] in analyzer_ids and row["power_w"] is not None:
                begin = datetime.fromtimestamp(row["read_at"].timestamp() // 900 * 900, UTC)
                powers[begin, row["analyzer_id"]].append(row["power_w"])
        sums: defaultdict[datetime, list[float]] = defaultdict(list)
        for (begin, _analyzer_id), values in powers.items():
            sums[begin].append(sum(values) / len(values))
        return [QuarterLoad(at=at, power_w=sum(sums[at]), analyzers=len(sums[at])) for at in sorted(sums)]

    def remember(self) -> None:
        """What was read, before it is archived."""
        self.rows = self.past.rows()


@pytest.fixture
def street(past: Past) -> Street:
    made = Street(past)
    made.remember()
    return made


def same(found: MeasuredLoad, expected: list[QuarterLoad]) -> bool:
    """To the last digits that a sum of doubles has."""
    places = [(each.at, each.analyzers) for each in found.quarters]
    powers = [each.power_w for each in found.quarters]
    return places == [(each.at, each.analyzers) for each in expected] and powers == pytest.approx(
        [each.power_w for each in expected]
    )


@pytest.mark.parametrize("kept_days", [9, 3, 2, 0])
def test_it_does_not_matter_how_much_is_archived(street: Street, kept_days: int) -> None:
    street.past.archive(kept=kept_days * DAY)

    found = street.ask()

    assert len(found.quarters) == 9
    assert same(found, street.expected(street.sold))
    assert found.unreadable == ()


def test_tenants_and_analyzers_are_chosen_as_for_the_bars(street: Street) -> None:
    street.past.archive(kept=3 * DAY)

    assert same(street.ask(account_ids=(street.bakery.account_id,)), street.expected([street.oven, street.fridge]))
    assert same(street.ask(analyzer_ids=(street.incomer,)), street.expected([street.incomer]))


def test_a_part_of_a_day_is_a_part_of_its_file(street: Street) -> None:
    street.past.archive()
    span = Span(FIRST_AT + 15 * MINUTE, FIRST_AT + 30 * MINUTE)

    found = street.ask(span=span)

    assert [each.at for each in found.quarters] == [FIRST_AT + QUARTER]
    assert same(found, street.expected(street.sold, span))


def test_an_analyzer_counts_for_a_tenant_only_while_it_is_the_tenant_s(street: Street) -> None:
    """It was handed over between two quarters of the second day, which is in a file by now."""
    handed_at = FIRST_AT + DAY + QUARTER
    with street.past.database.writing() as conn:
        conn.execute(assignments.update().where(assignments.c.analyzer_id == street.window).values(until_at=handed_at))
    street.past.archive(kept=2 * DAY)

    found = street.ask(account_ids=(street.florist.account_id,))

    assert same(found, street.expected([street.window], Span(SPAN.from_at, handed_at)))


@pytest.mark.parametrize("step", [Step.CHECKED, Step.NAMED, Step.LISTED, Step.SLICE_REMOVED, Step.REMOVED])
def test_nothing_is_seen_twice_or_missed_while_a_day_is_archived(street: Street, step: Step) -> None:
    with pytest.raises(Killed):
        street.past.archive(KillAt(step))

    assert same(street.ask(), street.expected(street.sold))


def test_a_lost_and_a_broken_file_cost_their_days_only(street: Street) -> None:
    street.past.archive()
    first, second, _third = street.past.files()
    first.unlink()
    second.write_bytes(b"PAR1" + bytes(second.stat().st_size - 8) + b"PAR1")

    found = street.ask()

    assert found.unreadable == (date(2026, 1, 1), date(2026, 1, 2))
    assert same(found, street.expected(street.sold, Span(FIRST_AT + 2 * DAY, SPAN.until_at)))


def test_a_file_of_another_size_is_not_read(street: Street) -> None:
    street.past.archive()
    first = street.past.files()[0]
    first.write_bytes(street.past.files()[1].read_bytes() + b" ")

    assert street.ask().unreadable == (date(2026, 1, 1),)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.TENANT])
def test_who_may_not_see_the_site_gets_nothing(street: Street, role: Role) -> None:
    with pytest.raises(NotAllowed):
        street.ask(viewer=Viewer(role=role, site_id=street.building.site_id, tenant_id=1))


def test_the_manager_of_another_site_gets_nothing(street: Street) -> None:
    tower = Building(street.past.database, name="Tower")

    with pytest.raises(NotAllowed):
        street.ask(viewer=Viewer(role=Role.MANAGER, site_id=tower.site_id, tenant_id=None))


def test_analyzers_of_another_site_are_not_among_them(street: Street) -> None:
    """Nor when somebody writes their numbers into the address."""
    tower = Building(street.past.database, name="Tower")
    other = tower.analyzer("Lift", tower.tenant("Elsewhere"))
    tower.begin(other, at=FIRST_AT - 10 * DAY)
    street.past.read(FIRST_AT, of=[other])
    street.past.archive()

    assert street.ask(analyzer_ids=(other,)).quarters == ()


def test_only_files_that_were_named_at_the_beginning_can_be_read(street: Street) -> None:
    street.past.archive()
    first, second, _third = street.past.listed()

    with (
        opened(street.past.folder, [first], [Counted(street.oven, FIRST_AT, MORNING)]) as archive,
        pytest.raises(ArchiveUnreadable, match="disabled by configuration"),
    ):
        archive.loads([second], FIRST_AT, MORNING, 900_000)


def test_where_all_of_it_would_be_too_much_the_beginning_of_each_quarter_is_read(street: Street) -> None:
    """Every second for a month, of the eight analyzers of the table; the archive is read whole."""
    street.building.set("history_interval_s", "1")
    month = Span(SPAN.from_at, SPAN.from_at + LONGEST)
    whole = street.ask()
    street.past.archive(kept=2 * DAY)

    found = street.ask(span=month)

    assert whole.looked_at_s == 325, "a million readings in four days"
    assert found.looked_at_s == 42, "and in 31 days, with two more in the archive"
    in_files = Span(SPAN.from_at, FIRST_AT + DAY + DAY / 2)
    archived = replace(found, quarters=tuple(each for each in found.quarters if each.at < in_files.until_at))
    assert same(archived, street.expected(street.sold, in_files))


def test_what_is_asked_of_the_database_is_t_sql(street: Street) -> None:
    with listening(street.past.database) as heard:
        street.ask()

    said = [on_sql_server(statement) for statement in heard.values()]
    assert any("FROM app.[Readings]" in each or "JOIN app.[Readings]" in each for each in said)
