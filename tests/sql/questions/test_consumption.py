"""What was used: hours and lines of any set, exact to the Wh and the last digit, for whoever may see the site."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, PasswordMustChange
from prepaid.records import AccountKind, Purpose, Role, Source
from prepaid.spans import Span
from sql.connection import Connection, Database
from sql.hours import HourLine, add_hours
from sql.questions.consumption import (
    CHOSEN_AT_MOST,
    FEW,
    Chosen,
    Forgone,
    HourSum,
    LineSum,
    OpenGround,
    first_hour,
    forgone,
    hour_sums,
    line_sums,
    open_grounds,
)
from sql.questions.subjects import subjects
from sql.tables import step_backs
from tests.building import GENERATOR_PRICE, GRID_PRICE, MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

HOUR = timedelta(hours=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
BEGAN = MORNING - 4 * HOUR
SPAN = Span(MORNING - 3 * HOUR, MORNING + HOUR)


class Street:
    """A bakery with two analyzers, a florist with one, an empty unit, a stairwell and an incomer; some hours of use."""

    def __init__(self, database: Database) -> None:
        self.building = Building(database)
        self.database = database
        self.bakery, self.florist = self.building.tenant("Bakery"), self.building.tenant("Florist")
        began = BEGAN
        self.oven = self.building.analyzer("Oven", self.bakery)
        self.fridge = self.building.analyzer("Fridge", self.bakery)
        self.window = self.building.analyzer("Window", self.florist)
        self.empty = self.building.analyzer("Empty unit")
        self.stairs = self.building.analyzer("Stairs", purpose=Purpose.COMMON)
        self.incomer = self.building.analyzer("Incomer", purpose=Purpose.GRID_INCOMER)
        self.bases = {
            each: self.building.begin(each, at=began)
            for each in (self.oven, self.fridge, self.window, self.empty, self.stairs, self.incomer)
        }

    @property
    def house(self) -> Person:
        return Person(tenant_id=0, account_id=self.building.house_account_id, number="H", email="")

    def charge(self, person: Person, analyzer_id: int, wh: int, hours_ago: int, source: Source = Source.GRID) -> None:
        """What the analyzer used since its last charge until the end of that hour; it stands in the hour it began."""
        self.building.charge(person, self.bases[analyzer_id].of(source), wh, MORNING - (hours_ago - 1) * HOUR)

    def used(self) -> None:
        for hours_ago in (4, 3, 2):
            self.charge(self.bakery, self.oven, 1_000 * hours_ago, hours_ago)
            self.charge(self.bakery, self.fridge, 7, hours_ago)
            self.charge(self.florist, self.window, 110, hours_ago)
            self.charge(self.house, self.empty, 3, hours_ago)
            self.charge(self.house, self.stairs, 50, hours_ago)
            self.charge(self.house, self.incomer, 5_000, hours_ago)
        self.charge(self.florist, self.window, 1, 3, Source.GENERATOR)
        self.charge(self.florist, self.window, 30, 2, Source.GENERATOR)

    def chosen(self, *people: Person, analyzer_ids: tuple[int, ...] = (), currency: str = "IQD") -> Chosen:
        return Chosen(
            site_id=self.building.site_id,
            currency=currency,
            account_ids=tuple(person.account_id for person in people),
            analyzer_ids=analyzer_ids,
        )

    def hours(self, chosen: Chosen, span: Span = SPAN) -> tuple[HourSum, ...]:
        with self.database.reading() as conn:
            return hour_sums(conn, ADMIN, chosen, span)

    def lines(self, chosen: Chosen | None = None, span: Span = SPAN) -> tuple[LineSum, ...]:
        with self.database.reading() as conn:
            return line_sums(conn, ADMIN, self.building.site_id, span, chosen)


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database)


@pytest.mark.parametrize("few", [0, 2, FEW], ids=["looked up", "one of both", "compared"])
def test_hours_are_what_all_tenants_used_and_nothing_of_the_house(
    street: Street, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("sql.questions.consumption.FEW", few)
    street.used()

    found = street.hours(street.chosen())

    grid = [1_000 * hours_ago + 7 + 110 for hours_ago in (3, 2)]
    assert [(each.hour_at, each.grid_wh, each.generator_wh) for each in found] == [
        (MORNING - 3 * HOUR, grid[0], 0),
        (MORNING - 2 * HOUR, grid[1], 30),
    ]
    assert found[1].grid_amount == GRID_PRICE * grid[1] / 1000
    assert found[1].generator_amount == GENERATOR_PRICE * 30 / 1000


def test_any_tenants_and_any_analyzers_may_be_chosen(street: Street) -> None:
    street.used()

    def wh(chosen: Chosen) -> list[int]:
        return [each.grid_wh for each in street.hours(chosen)]

    assert wh(street.chosen(street.florist)) == [110, 110]
    assert wh(street.chosen(street.bakery, street.florist)) == [3_117, 2_117]
    assert wh(street.chosen(street.bakery, analyzer_ids=(street.fridge, street.window))) == [7, 7]
    assert wh(street.chosen(analyzer_ids=(street.stairs, street.incomer))) == [5_050, 5_050]


def test_money_of_two_currencies_is_never_added(street: Street) -> None:
    street.used()

    assert street.hours(street.chosen(currency="USD")) == ()
    assert street.lines(street.chosen(currency="USD")) == ()


def test_lines_tell_each_analyzer_on_each_account_over_a_handover(street: Street) -> None:
    street.charge(street.bakery, street.oven, 400, 3)
    street.building.hand_over(street.oven, street.florist, MORNING - 2 * HOUR)
    street.charge(street.florist, street.oven, 25, 2)

    assert [(each.analyzer_id, each.account_id, each.grid_wh) for each in street.lines(span=Span(BEGAN, MORNING))] == [
        (street.oven, street.bakery.account_id, 400),
        (street.oven, street.florist.account_id, 25),
    ]


def test_lines_of_the_whole_site_have_house_and_incomers_and_those_chosen_have_not(street: Street) -> None:
    street.used()

    of_site = {each.analyzer_id: each.grid_wh for each in street.lines()}
    of_tenants = {each.analyzer_id: each.grid_wh for each in street.lines(street.chosen())}

    assert of_site == of_tenants | {street.empty: 6, street.stairs: 100, street.incomer: 10_000}
    assert of_tenants == {street.oven: 5_000, street.fridge: 14, street.window: 220}


def test_an_hour_inside_a_silence_is_marked(street: Street, database: Database) -> None:
    street.used()
    line = HourLine(
        hour_at=MORNING - 2 * HOUR,
        analyzer_id=street.fridge,
        account_id=street.bakery.account_id,
        source=Source.GRID,
        wh=1,
        amount=Decimal("0.00015"),
        spread=True,
    )
    with database.writing() as conn:
        add_hours(conn, [line])

    assert [each.spread for each in street.hours(street.chosen())] == [False, True]
    assert [each.analyzer_id for each in street.lines() if each.spread] == [street.fridge]


def test_what_is_not_charged_yet_is_told_with_its_price(street: Street) -> None:
    street.charge(street.bakery, street.oven, 500, 1)
    street.building.use(street.bases[street.oven].generator_id, 40)
    street.building.use(street.bases[street.incomer].grid_id, 900)

    with street.database.reading() as conn:
        found = open_grounds(conn, ADMIN, street.building.site_id)

    assert found == (
        OpenGround(
            street.oven,
            street.bakery.account_id,
            Source.GENERATOR,
            BEGAN,
            40,
            GENERATOR_PRICE * 40 / 1000,
        ),
        OpenGround(
            street.incomer,
            street.building.house_account_id,
            Source.GRID,
            BEGAN,
            900,
            Decimal(0),
        ),
    )


def test_what_analyzers_forgot_at_restarts_is_added_up_within_the_span(street: Street, database: Database) -> None:
    def fell(at: datetime, wh: int) -> dict[str, Any]:
        return {
            "analyzer_id": street.oven,
            "base_id": street.bases[street.oven].grid_id,
            "source": Source.GRID,
            "seen_at": at,
            "from_wh": wh,
            "to_wh": 0,
            "forgone_wh": wh,
        }

    with database.writing() as conn:
        conn.execute(
            step_backs.insert(),
            [fell(SPAN.from_at, 5), fell(MORNING, 6), fell(SPAN.until_at, 100), fell(SPAN.from_at - HOUR, 100)],
        )

    with database.reading() as conn:
        assert forgone(conn, ADMIN, street.building.site_id, SPAN) == (Forgone(street.oven, 2, 11),)


def test_the_first_hour_of_a_site_is_its_own(street: Street, database: Database) -> None:
    other = Building(database, name="Other House")

    with database.reading() as conn:
        assert first_hour(conn, ADMIN, street.building.site_id) is None

    street.used()

    with database.reading() as conn:
        assert first_hour(conn, ADMIN, street.building.site_id) == BEGAN
        assert first_hour(conn, ADMIN, other.site_id) is None


def test_another_site_has_its_own_hours_whatever_is_chosen(street: Street, database: Database) -> None:
    street.used()
    other = Building(database, name="Other House")
    stranger = Chosen(site_id=other.site_id, currency="IQD", account_ids=(street.bakery.account_id,))

    with database.reading() as conn:
        assert hour_sums(conn, ADMIN, stranger, SPAN) == ()
        assert line_sums(conn, ADMIN, other.site_id, SPAN) == ()
        assert open_grounds(conn, ADMIN, other.site_id) == ()
        assert [each.kind for each in subjects(conn, ADMIN, other.site_id).accounts] == [AccountKind.HOUSE]


def test_what_can_be_chosen_has_names_and_purposes_and_the_past(street: Street) -> None:
    street.building.close(street.florist)

    with street.database.reading() as conn:
        found = subjects(conn, ADMIN, street.building.site_id)

    assert [(each.tenant_name, each.kind) for each in found.accounts] == [
        (None, AccountKind.HOUSE),
        ("Bakery", AccountKind.TENANT),
        ("Florist", AccountKind.TENANT),
    ]
    assert [(each.name, each.purpose) for each in found.analyzers] == [
        ("Empty unit", Purpose.TENANT),
        ("Fridge", Purpose.TENANT),
        ("Incomer", Purpose.GRID_INCOMER),
        ("Oven", Purpose.TENANT),
        ("Stairs", Purpose.COMMON),
        ("Window", Purpose.TENANT),
    ]


Asked = Callable[[Connection, Viewer, int], object]
QUESTIONS: dict[str, Asked] = {
    "hour_sums": lambda conn, viewer, site_id: hour_sums(conn, viewer, Chosen(site_id=site_id, currency="IQD"), SPAN),
    "line_sums": lambda conn, viewer, site_id: line_sums(conn, viewer, site_id, SPAN),
    "open_grounds": open_grounds,
    "forgone": lambda conn, viewer, site_id: forgone(conn, viewer, site_id, SPAN),
    "first_hour": first_hour,
    "subjects": subjects,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_only_who_sees_the_site_is_answered(street: Street, name: str) -> None:
    site_id, ask = street.building.site_id, QUESTIONS[name]

    with street.database.reading() as conn:
        for role in (Role.ADMIN, Role.MANAGER):
            ask(conn, Viewer(role=role, site_id=None, tenant_id=None), site_id)
            ask(conn, Viewer(role=role, site_id=site_id, tenant_id=None), site_id)
            with pytest.raises(NotAllowed):
                ask(conn, Viewer(role=role, site_id=site_id + 1, tenant_id=None), site_id)
        for role, tenant_id in ((Role.CASHIER, None), (Role.TENANT, street.bakery.tenant_id)):
            with pytest.raises(NotAllowed):
                ask(conn, Viewer(role=role, site_id=site_id, tenant_id=tenant_id), site_id)
        with pytest.raises(PasswordMustChange):
            ask(conn, Viewer(role=Role.ADMIN, site_id=None, tenant_id=None, must_change_password=True), site_id)


@pytest.mark.parametrize("few", [0, FEW], ids=["looked up", "compared"])
def test_every_statement_is_one_that_sql_server_takes(
    street: Street, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("sql.questions.consumption.FEW", few)
    many = tuple(range(CHOSEN_AT_MOST))
    site_id = street.building.site_id
    chosen = Chosen(site_id=site_id, currency="IQD", account_ids=many, analyzer_ids=many)

    with listening(street.database) as heard, street.database.reading() as conn:
        for ask in QUESTIONS.values():
            ask(conn, ADMIN, site_id)
        hour_sums(conn, ADMIN, chosen, SPAN)
        line_sums(conn, ADMIN, site_id, SPAN, chosen)

    assert len(heard) == len(QUESTIONS) + 5, "two more ask who is left out of what is sold, three for what was chosen"
    for statement in heard.values():
        on_sql_server(statement)
