"""One supply switched on its own device, over a real socket: what is sent, what is watched, what counts as proof."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import Block
from enforcer.pac3220.commands import Command, switch_output
from enforcer.relay import Switched, commands, look, switch_supply
from enforcer.simulator.faults import Fault
from enforcer.simulator.thread import SimulatorThread
from prepaid.clock import SystemClock
from prepaid.errors.analyzers import AnalyzerRefused, AnalyzerUnreachable, AnswerBlank, WrongDevice
from prepaid.records import Wiring
from prepaid.switching import Contact, Evidence, Supply
from sql.demo.site import demo_site

LOAD_W = 10_000.0
PROOF_S = 1.0


class Triggering(SystemClock):
    """Something happens when the time is asked for the first time: `_watch` asks it right after the write."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = [happens]

    def monotonic(self) -> float:
        if self._happens:
            self._happens.pop()()
        return super().monotonic()


class Shop:
    """One simulated analyzer with a load, and how its output is wired."""

    def __init__(self, simulator: SimulatorThread, wiring: Wiring) -> None:
        self.simulator = simulator
        self.serial_number = simulator.serial_number(0)
        self.contact = Contact(wiring=wiring, ct_primary_a=float(simulator.site.devices[0].ct_primary_a))

    def switch(
        self,
        wanted: Supply,
        *,
        contact: Contact | None = None,
        serial_number: str | None = None,
        allowed: bool = True,
        clock: SystemClock | None = None,
        meanwhile: Callable[[AnalyzerLink], Awaitable[None]] | None = None,
    ) -> Switched:
        """Connects, switches and closes; `meanwhile` happens while permission is asked."""

        async def run() -> Switched:
            link = AnalyzerLink(*self.simulator.address(0), 1)

            async def may_write() -> bool:
                if meanwhile is not None:
                    await meanwhile(link)
                return allowed

            try:
                await link.connect()
                await link.identify()
                return await switch_supply(
                    link,
                    contact or self.contact,
                    wanted,
                    serial_number or self.serial_number,
                    may_write,
                    clock or SystemClock(),
                    PROOF_S,
                )
            finally:
                link.close()

        return asyncio.run(run())


@contextmanager
def shop(
    wiring: Wiring = Wiring.HELD_ON_SUPPLY, load_w: float = LOAD_W, *, taps_below: bool = False, feedback: bool = False
) -> Iterator[Shop]:
    site = demo_site(1, seed=5)
    device = replace(site.devices[0], wiring=wiring, taps_below=taps_below, feedback=feedback)
    with SimulatorThread(replace(site, devices=(device,))) as simulator:
        simulator.set_load(0, load_w)
        yield Shop(simulator, wiring)


@pytest.mark.parametrize(("wiring", "output"), [(Wiring.HELD_ON_SUPPLY, 0), (Wiring.HELD_ON_CUT, 1)])
def test_both_held_wirings_are_cut_and_restored_with_proof(wiring: Wiring, output: int) -> None:
    with shop(wiring) as here:
        cut = here.switch(Supply.CUT)
        power_w, outputs = here.simulator.power_w(0), here.simulator.outputs(0)
        restored = here.switch(Supply.ON)

        assert (cut.written, cut.confirmed, cut.evidence) == (True, True, Evidence.CURRENT)
        assert (power_w, outputs) == (0.0, output)
        assert (restored.written, restored.confirmed, restored.evidence) == (True, True, Evidence.CURRENT)
        assert here.simulator.power_w(0) == pytest.approx(LOAD_W, rel=0.01)


def test_a_group_is_switched_where_the_wiring_names_one() -> None:
    with shop() as here:
        grouped = replace(here.contact, output_group=0)

        cut = here.switch(Supply.CUT, contact=grouped)
        of_nobody = here.switch(Supply.ON, contact=replace(here.contact, output_group=7))

        assert cut.evidence is Evidence.CURRENT
        assert (of_nobody.written, of_nobody.confirmed) == (True, False)


def test_without_load_there_is_nothing_to_see() -> None:
    with shop(load_w=0.0) as here:
        cut = here.switch(Supply.CUT)

        assert (cut.confirmed, cut.evidence) == (True, Evidence.NO_LOAD)


@pytest.mark.parametrize(
    ("taps_below", "feedback", "evidence"), [(True, False, Evidence.VOLTAGE), (False, True, Evidence.FEEDBACK)]
)
def test_voltage_below_the_contactor_and_a_feedback_contact_prove_without_load(
    taps_below: bool, feedback: bool, evidence: Evidence
) -> None:
    with shop(load_w=0.0, taps_below=taps_below, feedback=feedback) as here:
        contact = replace(here.contact, taps_below_contactor=taps_below, feedback_input=1 if feedback else None)

        cut, restored = here.switch(Supply.CUT, contact=contact), here.switch(Supply.ON, contact=contact)

        assert [cut.evidence, restored.evidence] == [evidence, evidence]


@pytest.mark.parametrize("fault", [Fault.WELDED, Fault.WELDED_POLE])
def test_a_welded_contact_is_confirmed_and_not_proven(fault: Fault) -> None:
    with shop() as here:
        here.simulator.fault(0, fault)

        cut = here.switch(Supply.CUT)

        assert (cut.written, cut.confirmed, cut.evidence) == (True, True, Evidence.NONE)
        assert sum(cut.after.currents_a) > 1.0


def test_a_device_that_ignores_the_write_is_written_and_not_confirmed() -> None:
    with shop() as here:
        here.simulator.fault(0, Fault.IGNORE_WRITES)

        cut = here.switch(Supply.CUT)

        assert (cut.written, cut.confirmed, cut.evidence) == (True, False, Evidence.NONE)


def test_a_device_that_refuses_the_write_says_so() -> None:
    with shop() as here:
        here.simulator.fault(0, Fault.REFUSE_WRITES)

        with pytest.raises(AnalyzerRefused, match="IP filter"):
            here.switch(Supply.CUT)


def test_nothing_is_sent_when_it_is_not_wanted_any_more() -> None:
    with shop() as here:
        cut = here.switch(Supply.CUT, allowed=False)

        assert (cut.written, cut.confirmed) == (False, False)
        assert here.simulator.connected(0)


def test_nothing_is_sent_to_another_device_than_the_one_that_is_meant() -> None:
    with shop() as here:
        with pytest.raises(WrongDevice, match="LQN/OTHER"):
            here.switch(Supply.CUT, serial_number="LQN/OTHER")

        assert here.simulator.connected(0)


def test_nothing_is_sent_to_a_device_that_took_the_address_while_permission_was_asked() -> None:
    with shop() as here:

        async def swap(link: AnalyzerLink) -> None:
            here.simulator.fault(0, Fault.SWAPPED)
            await link.connect()
            await link.identify()

        with pytest.raises(WrongDevice, match="SWAP"):
            here.switch(Supply.CUT, meanwhile=swap)

        assert here.simulator.connected(0)


def test_nothing_is_sent_when_the_link_was_lost_while_permission_was_asked() -> None:
    with shop() as here:

        async def lose(link: AnalyzerLink) -> None:
            link.reset()

        with pytest.raises(AnalyzerUnreachable):
            here.switch(Supply.CUT, meanwhile=lose)

        assert here.simulator.connected(0)


def test_a_device_that_dies_after_the_write_has_been_written_to() -> None:
    with shop() as here:
        dies = Triggering(lambda: here.simulator.fault(0, Fault.DEAD))

        cut = here.switch(Supply.CUT, clock=dies)

        assert (cut.written, cut.confirmed, cut.evidence) == (True, False, Evidence.NONE)
        assert here.simulator.address(0)[0] in cut.why
        assert here.simulator.outputs(0) == 0


def test_a_pulse_goes_on_and_off_again_and_a_manual_close_sends_nothing() -> None:
    trip = Contact(wiring=Wiring.PULSE_TRIP, feedback_input=1)
    pair = Contact(wiring=Wiring.PULSE_PAIR, close_output=1, feedback_input=1)

    def pulse(output: int) -> list[Command]:
        return [switch_output(output, on=True), switch_output(output, on=False)]

    assert [list(commands(trip, wanted)) for wanted in (Supply.CUT, Supply.ON)] == [pulse(0), []]
    assert [list(commands(pair, wanted)) for wanted in (Supply.CUT, Supply.ON)] == [pulse(0), pulse(1)]


def test_a_pulse_trips_a_breaker_that_the_other_pulse_closes() -> None:
    with shop(Wiring.PULSE_PAIR, feedback=True) as here:
        contact = Contact(wiring=Wiring.PULSE_PAIR, close_output=1, feedback_input=1)

        cut = here.switch(Supply.CUT, contact=contact)
        outputs = here.simulator.outputs(0)
        restored = here.switch(Supply.ON, contact=contact)

        assert [cut.evidence, restored.evidence] == [Evidence.FEEDBACK, Evidence.FEEDBACK]
        assert (outputs, here.simulator.outputs(0)) == (0, 0)


class Zeros:
    """A link over which nothing but zeros comes."""

    address = "192.0.2.7:502"
    identification = None
    connected = True

    async def read(self, block: Block, *, polling: bool = False) -> bytes:
        return bytes(block.count * 2)

    async def write_register(self, address: int, value: int) -> None:
        raise AssertionError("nobody writes to a device that shows nothing")


def test_an_answer_of_zeros_is_no_supply_that_is_off() -> None:
    with pytest.raises(AnswerBlank, match="nothing but zeros"):
        asyncio.run(look(Zeros()))
