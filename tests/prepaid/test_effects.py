"""What another balance or policy would do to a supply: as the decision says, as far as it depends on them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from prepaid.clock import ManualClock
from prepaid.effects import Effect, effect, effects
from prepaid.records import Stage, Wiring
from prepaid.standing import Point
from prepaid.supply import Answer, Facts, Reason, decide
from prepaid.switching import CREDIT_REASONS, Supply
from prepaid.tenancy import Policy

ON = Point(
    analyzer_id=1,
    name="Oven",
    location=None,
    wiring=Wiring.HELD_ON_SUPPLY,
    supply=Supply.ON,
    reason=None,
    since_at=None,
    answer=Answer.ON,
    answer_reason=Reason.CREDIT,
    answer_until_at=None,
    changing_to=None,
    lock_phone=None,
    source=None,
    power_w=None,
    read_at=None,
    answers=True,
)
CUT = replace(ON, supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT, answer=Answer.CUT, answer_reason=Reason.STILL_OUT)
NOW = ManualClock().now()
ENFORCED = Policy(stage=Stage.ENFORCED, emergency_credit=Decimal(10), restore_threshold=Decimal(5))


@pytest.mark.parametrize(
    ("point", "live", "expected"),
    [
        (ON, "1", Effect.STAYS_ON),
        (ON, "-9.99", Effect.STAYS_ON),
        (ON, "-10", Effect.CUT),
        (CUT, "5", Effect.STAYS_OUT),
        (CUT, "5.0000001", Effect.RESTORED),
        (replace(CUT, wiring=Wiring.PULSE_TRIP), "6", Effect.RESTORED_BY_HAND),
        (replace(CUT, reason=Reason.WISH_CUT), "600", Effect.STAYS_OFF),
        (replace(CUT, reason=None), "600", Effect.STAYS_OFF),
        (replace(CUT, lock_phone="07"), "600", Effect.LOCKED),
        (replace(ON, wiring=Wiring.NONE), "-600", Effect.NOT_SWITCHED),
        (replace(ON, supply=Supply.UNKNOWN), "-600", Effect.NOT_KNOWN),
    ],
)
def test_each_supply_has_one_effect(point: Point, live: str, expected: Effect) -> None:
    assert effect(point, Decimal(live), ENFORCED) is expected


@pytest.mark.parametrize(("stage", "exempt"), [(Stage.OBSERVED, False), (Stage.WARNED, False), (Stage.ENFORCED, True)])
def test_an_account_that_is_not_enforced_or_exempt_is_not_cut(stage: Stage, exempt: bool) -> None:
    policy = Policy(stage=stage, exempt=exempt, exempt_why="a clinic")

    assert effect(ON, Decimal(-600), policy) is Effect.STAYS_ON


def test_an_account_that_becomes_exempt_gets_its_supply_back() -> None:
    policy = replace(ENFORCED, exempt=True, exempt_why="a clinic")

    assert effect(CUT, Decimal(-600), policy) is Effect.RESTORED


@pytest.mark.parametrize("live", [Decimal(each) for each in (-11, -10, 0, 5, 6)])
@pytest.mark.parametrize("point", [ON, CUT])
@pytest.mark.parametrize("stage", [Stage.OBSERVED, Stage.ENFORCED])
@pytest.mark.parametrize("exempt", [False, True])
def test_what_is_foretold_is_what_the_enforcer_would_decide(
    live: Decimal, point: Point, stage: Stage, exempt: bool
) -> None:
    policy = replace(ENFORCED, stage=stage, exempt=exempt, exempt_why="a clinic" if exempt else None)
    facts = Facts(
        now=NOW,
        live_balance=live,
        exempt=exempt,
        cut_for_credit=point.supply is Supply.CUT and point.reason in CREDIT_REASONS,
        emergency_credit=policy.emergency_credit,
        restore_threshold=policy.restore_threshold,
        enforced=stage is Stage.ENFORCED,
    )

    decided = decide(facts).answer

    becomes_cut = effect(point, live, policy) in (Effect.CUT, Effect.STAYS_OUT)
    assert becomes_cut == (decided is Answer.CUT)


def test_what_is_missing_is_told_where_a_supply_stays_out_of_credit() -> None:
    poor = effects([CUT, ON], Decimal(-3), ENFORCED)
    rich = effects([CUT, ON], Decimal(6), ENFORCED)

    assert (poor.missing, poor.count(Effect.STAYS_OUT), poor.count(Effect.STAYS_ON)) == (Decimal(8), 1, 1)
    assert (rich.missing, rich.count(Effect.RESTORED, Effect.RESTORED_BY_HAND)) == (None, 1)
