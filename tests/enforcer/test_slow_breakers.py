"""A breaker with a motor opens seconds after its output: what is decided meanwhile leaves nobody in the dark."""

import pytest

from prepaid.alerts import AlertKind
from prepaid.supply import Answer
from prepaid.switching import Evidence, Look, Progress, Supply
from sql.connection import Database
from sql.tables import analyzers
from tests.enforcer.supplies import LOAD_A, Supplies, supplies

VOLTS = (230.0,) * 3
CLOSED = Look(1, 1, (LOAD_A,) * 3, VOLTS)
OPENING = Look(0, 1, (LOAD_A,) * 3, VOLTS)
"""The output is off, and the contact of the breaker still tells that it is closed."""
OPEN = Look(0, 0, (0.0,) * 3, VOLTS)


@pytest.fixture
def shop(database: Database) -> Supplies:
    """Out of credit; its breaker was told to open, and had not done so when the time for a proof was over."""
    made = supplies(database)
    with database.writing() as conn:
        conn.execute(analyzers.update().values(feedback_input=0))
    made.run(CLOSED)
    made.credit("-10")
    [job] = made.run(CLOSED)
    made.answer(job, confirmed=False, evidence=Evidence.NONE, before=CLOSED, after=OPENING)
    return made


def test_who_pays_while_it_opens_is_switched_on_again(shop: Supplies) -> None:
    shop.credit("10")

    [job] = shop.run(OPENING)
    shop.answer(job, confirmed=False, evidence=Evidence.NONE, before=OPENING, after=OPEN)
    [again] = shop.run(OPEN)

    assert job.change.wanted is again.change.wanted is Answer.ON
    assert shop.change(0).progress is Progress.SUPERSEDED
    assert AlertKind.DRIFT not in shop.kinds


def test_one_that_opens_when_nothing_may_be_cut_any_more_was_cut_for_credit(shop: Supplies) -> None:
    shop.pause(minutes=5)

    frames = [*shop.run(OPENING), *shop.run(OPEN)]
    cut = shop.state
    shop.credit("10")
    [job] = shop.run(OPEN)

    assert frames == []
    assert (cut.supply, cut.cut_for_credit) == (Supply.CUT, True)
    assert shop.kinds == [AlertKind.CUT]
    assert job.change.wanted is Answer.ON


def test_an_output_that_somebody_else_has_switched_off_is_not_this_products(database: Database) -> None:
    shop = supplies(database)
    with database.writing() as conn:
        conn.execute(analyzers.update().values(feedback_input=0))
    shop.run(CLOSED)
    shop.credit("-10")
    [_job] = shop.run(CLOSED)
    shop.credit("10")

    assert [*shop.run(OPENING), *shop.run(OPEN)] == []
    assert shop.kinds == [AlertKind.DRIFT]
