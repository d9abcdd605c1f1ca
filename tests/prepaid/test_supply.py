"""The supply decision: the table of design.md, section 7, Deciding, line by line; the first match wins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations, product
from typing import Any

import pytest

from prepaid.records import WishKind
from prepaid.supply import Answer, Decision, Facts, Reason, decide

CUT, ON, KEEP = Answer.CUT, Answer.ON, Answer.KEEP
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(seconds=1)

# One way for each line of the table to apply, whatever the lines below it say.
LINES: list[tuple[str, dict[str, Any], Answer, Reason]] = [
    ("1 safety lock", {"locked": True}, CUT, Reason.LOCK),
    ("2 not switchable", {"switchable": False}, KEEP, Reason.NOT_SWITCHABLE),
    ("2 lent to a test, within its time", {"trial_cut_until": LATER}, CUT, Reason.COMMISSIONING),
    ("2 lent to a test, behind its time", {"trial_cut_until": EARLIER}, ON, Reason.COMMISSIONING),
    ("2 no passed record for this serial", {"commissioned": False}, KEEP, Reason.NOT_COMMISSIONED),
    ("3 a wish to cut", {"wish": WishKind.CUT, "wish_until": LATER}, CUT, Reason.WISH_CUT),
    ("3 a wish to keep on", {"wish": WishKind.KEEP_ON, "wish_until": LATER}, ON, Reason.WISH_KEEP_ON),
    ("3 a wish to restore", {"wish": WishKind.RESTORE, "wish_until": LATER}, ON, Reason.WISH_RESTORE),
    ("4 exempt", {"exempt": True}, ON, Reason.EXEMPT),
    ("5 cut for credit and still out", {"cut_for_credit": True, "live_balance": Decimal(0)}, CUT, Reason.STILL_OUT),
    ("5 cut for credit and paid", {"cut_for_credit": True, "live_balance": Decimal(1)}, ON, Reason.RECHARGED),
    ("6 credit", {"live_balance": Decimal(1)}, ON, Reason.CREDIT),
    ("7 out of credit", {"live_balance": Decimal(0)}, CUT, Reason.OUT_OF_CREDIT),
]
# What stands in the way of a cut that is due, each with everything else out of the way.
OBSTACLES: list[tuple[dict[str, Any], Reason]] = [
    ({"enforced": False}, Reason.NOT_ENFORCED),
    ({"paused_until": LATER}, Reason.PAUSED),
    ({"window_until": LATER}, Reason.WINDOW),
    ({"window_until": LATER, "window_floor": Decimal(200)}, Reason.WINDOW),
    ({"hold_protects": True}, Reason.HOLD),
    ({"notice_until": LATER}, Reason.NOTICE),
    ({"guarded": True}, Reason.GUARD),
    ({"time_trusted": False}, Reason.CLOCK),
]
PAIRS = [(first, second) for first, second in product(range(len(LINES)), repeat=2) if first < second]


def facts(*changes: dict[str, Any]) -> Facts:
    """Facts of a rich account, changed; where two lines set the same fact, the first one counts."""
    merged: dict[str, Any] = {}
    for change in reversed(changes):
        merged |= change
    return replace(Facts(now=NOW, live_balance=Decimal(100)), **merged)


@pytest.mark.parametrize(("change", "answer", "reason"), [line[1:] for line in LINES], ids=[line[0] for line in LINES])
def test_each_line_answers_as_the_design_says(change: dict[str, Any], answer: Answer, reason: Reason) -> None:
    decision = decide(facts(change))

    assert (decision.answer, decision.reason) == (answer, reason)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_lines_the_first_one_wins(first: int, second: int) -> None:
    _, change, answer, reason = LINES[first]

    decision = decide(facts(change, LINES[second][1]))

    assert (decision.answer, decision.reason) == (answer, reason)


# --- a wish holds until its end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", [WishKind.CUT, WishKind.KEEP_ON, WishKind.RESTORE])
def test_a_wish_ends_at_its_instant(wish: WishKind) -> None:
    over = facts({"wish": wish, "wish_until": NOW, "live_balance": Decimal(1)})
    holding = replace(over, wish_until=NOW + timedelta(milliseconds=1))

    assert decide(over).reason is Reason.CREDIT
    assert decide(holding) == Decision(
        CUT if wish is WishKind.CUT else ON, Reason(f"wish_{wish}"), NOW + timedelta(milliseconds=1)
    )


@pytest.mark.parametrize("wish", [WishKind.TEST, WishKind.COMMISSION, WishKind.SWAP, WishKind.PAUSE])
def test_other_wishes_decide_nothing_about_the_supply(wish: WishKind) -> None:
    assert decide(facts({"wish": wish, "wish_until": LATER})).reason is Reason.CREDIT


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "emergency", "answer"),
    [
        ("0.0000001", "0", ON),
        ("0", "0", CUT),
        ("-0.0000001", "0", CUT),
        ("-4.9999999", "5", ON),
        ("-5", "5", CUT),
        ("-5.0000001", "5", CUT),
    ],
)
def test_a_supply_is_cut_at_minus_the_emergency_credit(live: str, emergency: str, answer: Answer) -> None:
    known = facts({"live_balance": Decimal(live), "emergency_credit": Decimal(emergency)})

    assert decide(known).answer is answer


@pytest.mark.parametrize(
    ("live", "threshold", "answer"),
    [("0", "0", CUT), ("0.0000001", "0", ON), ("10", "10", CUT), ("10.0000001", "10", ON), ("-2", "-3", ON)],
)
def test_a_cut_supply_comes_back_above_the_restore_threshold_only(live: str, threshold: str, answer: Answer) -> None:
    known = facts(
        {
            "cut_for_credit": True,
            "live_balance": Decimal(live),
            "restore_threshold": Decimal(threshold),
            "emergency_credit": Decimal(5),
        }
    )

    assert decide(known).answer is answer


@pytest.mark.parametrize(("live", "answer"), [("-2", CUT), ("0", CUT), ("0.0000001", ON)])
def test_before_the_first_recharge_a_threshold_below_zero_does_not_count(live: str, answer: Answer) -> None:
    """The emergency credit is 0 then: what came back at -2 would be cut again at once, and so on."""
    known = facts({"cut_for_credit": True, "live_balance": Decimal(live), "restore_threshold": Decimal(-3)})

    assert decide(known).answer is answer


def test_a_supply_cut_for_another_reason_is_judged_by_the_emergency_credit() -> None:
    """It was cut by a person or a lock that is gone: the restore threshold is for credit cuts alone."""
    known = facts({"live_balance": Decimal(3), "restore_threshold": Decimal(10)})

    assert decide(known) == Decision(ON, Reason.CREDIT)


# --- line 7: what forbids to start a cut --------------------------------------------------------------------------


@pytest.mark.parametrize(("obstacle", "reason"), OBSTACLES)
def test_each_obstacle_keeps_a_supply_that_is_due_to_be_cut(obstacle: dict[str, Any], reason: Reason) -> None:
    decision = decide(facts(obstacle, {"live_balance": Decimal(-100)}))

    assert (decision.answer, decision.reason, decision.would) == (KEEP, reason, CUT)


@pytest.mark.parametrize(
    "obstacles", [each for number in range(2, 9) for each in combinations([line[0] for line in OBSTACLES], number)]
)
def test_any_obstacles_together_keep_the_supply_as_well(obstacles: tuple[dict[str, Any], ...]) -> None:
    assert decide(facts(*obstacles, {"live_balance": Decimal(-100)})).answer is KEEP


@pytest.mark.parametrize(("obstacle", "reason"), OBSTACLES)
def test_no_obstacle_restores_or_delays_a_restore_or_cuts(obstacle: dict[str, Any], reason: Reason) -> None:
    still_out = decide(facts(obstacle, {"cut_for_credit": True, "live_balance": Decimal(-100)}))
    paid = decide(facts(obstacle, {"cut_for_credit": True, "live_balance": Decimal(100)}))
    rich = decide(facts(obstacle, {"live_balance": Decimal(100)}))

    assert (still_out.answer, still_out.reason) == (CUT, Reason.STILL_OUT)
    assert (paid.answer, paid.reason) == (ON, Reason.RECHARGED)
    assert (rich.answer, rich.reason) == (ON, Reason.CREDIT)


@pytest.mark.parametrize("name", ["paused_until", "window_until", "notice_until"])
def test_a_pause_a_window_and_a_notice_end_at_their_instant(name: str) -> None:
    due = {"live_balance": Decimal(-1)}

    assert decide(facts({name: NOW}, due)).answer is CUT
    assert decide(facts({name: EARLIER}, due)).answer is CUT
    assert decide(facts({name: LATER}, due)).until == LATER


@pytest.mark.parametrize(("live", "answer"), [("-5", KEEP), ("-24.9999999", KEEP), ("-25", CUT), ("-25.0000001", CUT)])
def test_a_no_cut_window_protects_down_to_the_debt_floor_beyond_the_emergency_credit(live: str, answer: Answer) -> None:
    window = {
        "window_until": LATER,
        "window_floor": Decimal(20),
        "emergency_credit": Decimal(5),
        "live_balance": Decimal(live),
    }

    assert decide(facts(window)).answer is answer


def test_nothing_in_the_way_says_no_word_about_what_would_have_been() -> None:
    assert decide(facts({"live_balance": Decimal(-1)})) == Decision(CUT, Reason.OUT_OF_CREDIT)
