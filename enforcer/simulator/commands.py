"""The commands of the control port, one line each."""

import json
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from enforcer.simulator.faults import Fault, meanings
from enforcer.simulator.site import OutageMode
from prepaid.errors.access import NotFound
from prepaid.errors.base import PrepaidError
from prepaid.errors.simulator import CommandInvalid
from prepaid.language import _, later

if TYPE_CHECKING:
    from enforcer.simulator.run import Simulator

MAX_POWER_W = 1e9
SHOWN = 80
"""Characters of a wrong line that are repeated to its sender."""


class Command(NamedTuple):
    """What it takes, what it does."""

    takes: str
    means: str
    carry_out: Callable[..., Awaitable[str]]


async def obey(simulator: "Simulator", line: str) -> str:
    """Carries out one line and returns the answer, whose last line begins with "ok" or "error"."""
    name, *arguments = line.split() or [""]
    try:
        if name not in COMMANDS:
            raise CommandInvalid(command=line.strip()[:SHOWN], why=_("there is no such command"))
        command = COMMANDS[name]
        if len(arguments) != len(command.takes.split()):
            takes = command.takes or _("nothing")
            raise CommandInvalid(command=line.strip()[:SHOWN], why=_("it takes {takes}").format(takes=takes))
        return await command.carry_out(simulator, *arguments)
    except PrepaidError as error:
        return f"error {' '.join(str(error).split())}"


async def _outage(simulator: "Simulator", mode: str) -> str:
    if mode not in set(OutageMode):
        raise CommandInvalid(command=f"outage {mode}"[:SHOWN], why=_("an outage is on, off or auto"))
    simulator.site.set_outage(OutageMode(mode))
    return _("ok generator runs") if simulator.site.generator_runs else _("ok grid supplies")


async def _fault(simulator: "Simulator", analyzer: str, kind: str) -> str:
    if kind != "ok" and kind not in set(Fault):
        raise CommandInvalid(command=f"fault {analyzer} {kind}"[:SHOWN], why=_("there is no such fault"))
    serial_number = _serial_number(simulator, analyzer)
    await simulator.fault(serial_number, None if kind == "ok" else Fault(kind))
    return f"ok {serial_number} {kind}"


async def _load(simulator: "Simulator", analyzer: str, power: str) -> str:
    serial_number = _serial_number(simulator, analyzer)
    simulator.site.set_load(serial_number, None if power == "auto" else _power_w(power))
    return f"ok {serial_number} {power}"


async def _power_failure(simulator: "Simulator", analyzer: str) -> str:
    serial_number = _serial_number(simulator, analyzer)
    await simulator.power_failure(serial_number)
    return f"ok {serial_number}"


async def _exchange(simulator: "Simulator", one: str, other: str) -> str:
    first, second = _serial_number(simulator, one), _serial_number(simulator, other)
    simulator.fleet.exchange(first, second)
    return f"ok {first} {second}"


async def _close(simulator: "Simulator", analyzer: str) -> str:
    serial_number = _serial_number(simulator, analyzer)
    simulator.site.analyzer(serial_number).close_by_hand()
    return f"ok {serial_number}"


async def _kepware(simulator: "Simulator", mode: str) -> str:
    if simulator.data_logger is None or mode not in ("away", "back"):
        raise CommandInvalid(command=f"kepware {mode}"[:SHOWN], why=_("it takes away or back, where --kepware logs"))
    delivery = simulator.data_logger.delivery
    (delivery.go_away if mode == "away" else delivery.come_back)()
    return f"ok {mode}"


async def _state(simulator: "Simulator", analyzer: str) -> str:
    return json.dumps(state(simulator, _serial_number(simulator, analyzer))) + "\nok"


async def _save(simulator: "Simulator") -> str:
    simulator.save()
    return "ok"


async def _help(_simulator: "Simulator") -> str:
    lines = [f"{f'{name} {command.takes}':32}{_(command.means)}" for name, command in COMMANDS.items()]
    return "\n".join([*lines, "", _("The kinds of faults:"), meanings(), "ok"])


def state(simulator: "Simulator", serial_number: str) -> dict[str, object]:
    """What one device is and does now."""
    analyzer = simulator.site.analyzer(serial_number)
    endpoint = simulator.fleet.endpoints[serial_number]
    tariff_1_wh, tariff_2_wh = analyzer.counters.import_wh()
    return {
        "serial_number": serial_number,
        "name": analyzer.description.name,
        "address": f"{endpoint.host}:{endpoint.port}",
        "power_w": sum(analyzer.load.power_w),
        "wants_w": sum(analyzer.demand.power_w),
        "connected": analyzer.switchgear.connected,
        "outputs": analyzer.switchgear.outputs,
        "generator_runs": analyzer.tariff.generator_runs,
        "tariff": analyzer.tariff.active + 1,
        "diagnostics": analyzer.diagnostics,
        "import_tariff_1_wh": tariff_1_wh,
        "import_tariff_2_wh": tariff_2_wh,
        "faults": sorted(analyzer.faults),
        "connections": len(endpoint.connections),
        "requests": endpoint.requests,
    }


def _serial_number(simulator: "Simulator", analyzer: str) -> str:
    """The serial number itself, or the one that answers on this port."""
    if analyzer in simulator.fleet.endpoints:
        return analyzer
    for serial_number, endpoint in simulator.fleet.endpoints.items():
        if analyzer == str(endpoint.port):
            return serial_number
    raise NotFound(what=_("analyzer"), name=analyzer[:SHOWN])


def _power_w(text: str) -> float:
    try:
        power_w = float(text)
    except ValueError:
        power_w = math.nan
    if not 0 <= power_w <= MAX_POWER_W:
        raise CommandInvalid(command=f"load {text}"[:SHOWN], why=_("a load is a number of watts, or auto"))
    return power_w


COMMANDS = {
    "outage": Command("on|off|auto", later("takes the grid away, gives it back, or leaves it to the seed"), _outage),
    "fault": Command("ANALYZER KIND|ok", later("begins a fault, or ends all faults of an analyzer"), _fault),
    "load": Command("ANALYZER W|auto", later("fixes what a consumer draws, or gives it back to its profile"), _load),
    "power-failure": Command("ANALYZER", later("the device forgets what it has not saved"), _power_failure),
    "exchange": Command("ANALYZER ANALYZER", later("two devices answer at each other's address"), _exchange),
    "close": Command("ANALYZER", later("somebody closes the tripped breaker"), _close),
    "kepware": Command("away|back", later("the database of the log goes away, or comes back"), _kepware),
    "state": Command("ANALYZER", later("what a device is and does now, as JSON"), _state),
    "save": Command("", later("writes the memory of all devices"), _save),
    "help": Command("", later("this text; an ANALYZER is a serial number or a port"), _help),
}
