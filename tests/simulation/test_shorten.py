"""A failing plan is cut down to the happenings that make it fail."""

from tests.simulation.plan import Kind, Plan, plan_of
from tests.simulation.shorten import shorten


def test_only_what_matters_is_left() -> None:
    plan = plan_of(5)
    wanted = (plan.happenings[3], plan.happenings[-2])

    def fails(shorter: Plan) -> bool:
        return all(each in shorter.happenings for each in wanted)

    found = shorten(plan, fails)

    assert found.happenings == wanted
    assert found.with_happenings(plan.happenings) == plan


def test_a_plan_that_fails_by_itself_keeps_little() -> None:
    plan = plan_of(6)

    found = shorten(plan, lambda _shorter: True)

    assert len(found.happenings) == 1


def test_a_calm_plan_has_no_faults() -> None:
    kinds = {happening.kind for happening in plan_of(9, hardness=0).happenings}

    assert kinds <= {Kind.LOAD, Kind.OUTAGE, Kind.RECHARGE}
