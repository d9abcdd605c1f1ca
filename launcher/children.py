"""The processes of a running site, as data: to add one, add a `Child` to `children_of`."""

from dataclasses import dataclass

from launcher.content import Prepared
from launcher.health import LineProbe, PageProbe, Probe
from launcher.plan import Content, Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A process that run_all keeps running: `python` with these arguments.

    It ends cleanly when its standard input ends, so that it never outlives run_all. `ports` must be free before.
    """

    name: str
    arguments: tuple[str, ...]
    probe: Probe
    ports: tuple[int, ...]
    patience_s: float = 60.0


def children_of(plan: Plan, prepared: Prepared) -> tuple[Child, ...]:
    """In the order of their start; they are stopped in the opposite order."""
    enforcer = Child(
        name="enforcer",
        arguments=("-m", "enforcer", "run", "--stop-with-parent"),
        probe=PageProbe(port=plan.health_port),
        ports=(plan.health_port,),
    )
    dashboard = Child(
        name="dashboard",
        arguments=("-m", "streamlit", "run", "dashboard/app.py"),
        probe=PageProbe(port=plan.dashboard_port, path="/api/health"),
        ports=(plan.dashboard_port,),
    )
    if prepared.content is not Content.DEMO:
        return (enforcer, dashboard)
    return (_simulator(plan, prepared), enforcer, dashboard)


def _simulator(plan: Plan, prepared: Prepared) -> Child:
    first, last = prepared.first_port, prepared.first_port + prepared.analyzers - 1
    return Child(
        name="simulator",
        arguments=(
            *("-m", "enforcer", "simulate", "--stop-with-parent", "--people"),
            *("--analyzers", str(prepared.analyzers)),
            *("--port-base", str(first)),
            *("--control-port", str(plan.control_port)),
            *("--memory", str(plan.simulator_memory)),
        ),
        probe=LineProbe(port=plan.control_port, also_open=tuple({first, last})),
        ports=(plan.control_port, *range(first, last + 1)),
    )
