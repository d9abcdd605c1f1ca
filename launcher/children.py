"""The processes of a running site, as data: to add one, add a `Child` to `children_of`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from launcher.content import Prepared
from launcher.health import LineProbe, PageProbe, Probe
from launcher.plan import Content, Plan
from prepaid.site_names import short_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A process that run_all keeps running: `python` with these arguments.

    It ends cleanly when its standard input ends, so that it never outlives run_all. `ports` must be free before.
    `environ` is its own, on top of what all children get.
    """

    name: str
    arguments: tuple[str, ...]
    probe: Probe
    ports: tuple[int, ...]
    patience_s: float = 60.0
    environ: Mapping[str, str] = field(default_factory=dict)


def children_of(plan: Plan, prepared: Prepared, sites: Sequence[str] = ()) -> tuple[Child, ...]:
    """In the order of their start; they are stopped in the opposite order. Each site has an enforcer of its own; before
    the first site there is one that waits for it."""
    enforcers = [_enforcer(plan, name, number, len(sites)) for number, name in enumerate(sites)]
    dashboard = Child(
        name="dashboard",
        arguments=("-m", "streamlit", "run", "dashboard/app.py"),
        probe=PageProbe(port=plan.dashboard_port, path="/api/health"),
        ports=(plan.dashboard_port,),
    )
    simulators = prepared.sites if prepared.content is Content.DEMO else 0
    return (
        *(_simulator(plan, prepared, number) for number in range(simulators)),
        *(enforcers or [_enforcer(plan, None, 0, 1)]),
        dashboard,
    )


def _enforcer(plan: Plan, site: str | None, number: int, sites: int) -> Child:
    """It is told its site by name, so that one which is added later changes nothing when it starts again."""
    port = plan.health_port + number
    return Child(
        name="enforcer" if site is None or sites == 1 else f"enforcer-{short_name(site)}",
        arguments=("-m", "enforcer", "run", "--stop-with-parent", *(() if site is None else (f"--site={site}",))),
        probe=PageProbe(port=port),
        ports=(port,),
        environ={"HEALTH_PORT": str(port)},
    )


def _simulator(plan: Plan, prepared: Prepared, number: int) -> Child:
    first = prepared.first_port + number * prepared.analyzers
    last, control_port = first + prepared.analyzers - 1, plan.control_port + number
    return Child(
        name="simulator" if number == 0 else f"simulator-{number + 1}",
        arguments=(
            *("-m", "enforcer", "simulate", "--stop-with-parent", "--people"),
            *("--analyzers", str(prepared.analyzers)),
            *("--port-base", str(first)),
            *("--control-port", str(control_port)),
            *("--memory", str(plan.simulator_memory(number))),
            *(("--second",) if number else ()),
        ),
        probe=LineProbe(port=control_port, also_open=tuple({first, last})),
        ports=(control_port, *range(first, last + 1)),
    )
