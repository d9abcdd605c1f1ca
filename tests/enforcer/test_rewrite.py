"""Outputs that fall back by themselves: what stands is written again in time, and nothing else ever is."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from enforcer.decide import Decided
from enforcer.link import Link
from enforcer.pac3220.blocks import STATE, Block
from enforcer.pac3220.decode import Identification
from enforcer.plan_supply import Plan
from enforcer.rewrite import TRIES, Rewriter
from prepaid.clock import ManualClock
from prepaid.errors.analyzers import AnalyzerError, AnalyzerSilent
from prepaid.records import Wiring
from prepaid.site import Analyzer
from prepaid.supply import Answer, Decision, Facts, Reason, decide
from prepaid.switching import Change, Contact, Progress, Supply, SupplyState, output_for
from prepaid.tamper import Fingerprint
from tests.building import MORNING
from tests.enforcer.pac3220.test_decode import INSTANT_DUMP, STATE_DUMP
from tests.enforcer.site_of_rules import OVEN, SERIAL, site_of

TIMEOUT_S, THIRD_S = 60, 20.0
ON_FRAME, OFF_FRAME = (60008, 0x0100), (60008, 0x0000)
CREDIT = Facts(now=MORNING, live_balance=Decimal(10))
OUT = replace(CREDIT, live_balance=Decimal(0))
PAUSED = replace(OUT, paused_until=MORNING.replace(hour=23))


@dataclass
class Device:
    """The device of the oven behind its link, and every frame that reached it."""

    serial_number: str = SERIAL
    error: Exception | None = None
    outputs: int | None = None
    """What 207 says; None: what the passes say it shows."""
    shown_outputs: int = 0
    frames: list[tuple[int, int]] = field(default_factory=list)
    address: str = "127.0.0.1:502"

    @property
    def identification(self) -> Identification:
        return Identification(42, "7KM3220", self.serial_number, 1, "V1.0.0")

    async def read(self, block: Block, *, polling: bool = False) -> bytes:
        outputs = self.shown_outputs if self.outputs is None else self.outputs
        return STATE_DUMP[:8] + outputs.to_bytes(4) + STATE_DUMP[12:] if block is STATE else INSTANT_DUMP

    async def write_register(self, address: int, value: int) -> None:
        if self.error is not None:
            raise self.error
        self.frames.append((address, value))

    def submit(self, _analyzer_id: int, action: Callable[[Link], Awaitable[bool]]) -> Future[bool]:
        done: Future[bool] = Future()
        try:
            done.set_result(asyncio.run(_awaited(action(self))))
        except AnalyzerError as error:
            done.set_exception(error)
        return done


async def _awaited(action: Awaitable[bool]) -> bool:
    return await action


@dataclass
class Passes:
    """Passes over the oven, whose output falls back after a minute."""

    device: Device = field(default_factory=Device)
    supply: Supply = Supply.ON
    facts: Facts = CREDIT
    fresh: Facts | None = CREDIT
    """What the database says in the moment before the frame."""
    change: Change | None = None
    timeout_s: int = TIMEOUT_S
    contact: Contact = field(default_factory=lambda: Contact(wiring=Wiring.HELD_ON_SUPPLY))
    known: str = SERIAL
    clock: ManualClock = field(default_factory=lambda: ManualClock(MORNING))

    def __post_init__(self) -> None:
        self.rewriter = Rewriter(self.device, self.clock, self._look_again)

    def run(self, after_s: float = 5.0, *, shows: Supply | None = None, busy: bool = False) -> int:
        """One pass; answers how many frames have reached the device."""
        self.clock.advance(after_s)
        if self.contact.wiring in (Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT):
            self.device.shown_outputs = int(output_for(self.contact.wiring, self.supply))
        oven = replace(site_of({}).analyzers[OVEN], contact=self.contact)
        decided = Decided(
            analyzer=oven, decision=decide(self.facts), live=Decimal(10), entry_no=1, wish=None, lock_id=None
        )
        print_of = Fingerprint(
            serial_number=self.known,
            parameter_changes=1,
            setting_changes=1,
            export_wh=0,
            settings={"output_0_timeout_s": self.timeout_s},
        )
        self.rewriter.send(
            {OVEN: decided},
            Plan(seen={OVEN: shows or self.supply}),
            {OVEN: SupplyState(supply=self.supply, change=self.change)},
            {OVEN: print_of},
            frozenset({OVEN}) if busy else frozenset(),
            time_trusted=True,
        )
        return len(self.device.frames)

    async def _look_again(self, _analyzer: Analyzer, _state: SupplyState) -> Facts | None:
        return self.fresh


@pytest.mark.parametrize(
    ("wiring", "supply", "facts", "frame"),
    [
        (Wiring.HELD_ON_SUPPLY, Supply.ON, CREDIT, ON_FRAME),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, OUT, OFF_FRAME),
        (Wiring.HELD_ON_CUT, Supply.CUT, OUT, ON_FRAME),
        (Wiring.HELD_ON_CUT, Supply.ON, CREDIT, OFF_FRAME),
        (Wiring.HELD_ON_SUPPLY, Supply.ON, PAUSED, ON_FRAME),
    ],
)
def test_what_stands_is_written_again_every_third_of_the_time_out(
    wiring: Wiring, supply: Supply, facts: Facts, frame: tuple[int, int]
) -> None:
    oven = Passes(supply=supply, facts=facts, fresh=facts, contact=Contact(wiring=wiring))

    counts = [oven.run() for _ in range(13)]

    assert counts == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4]
    assert set(oven.device.frames) == {frame}


@pytest.mark.parametrize(
    ("why", "oven"),
    [
        ("no time-out", Passes(timeout_s=0)),
        ("a pulse", Passes(contact=Contact(wiring=Wiring.PULSE_TRIP, feedback_input=1))),
        ("a change is open", Passes(change=Change(
            change_id=1, wanted=Answer.CUT, reason=Reason.LOCK, progress=Progress.WRITTEN, decided_at=MORNING
        ))),
        ("another supply is wanted", Passes(facts=OUT)),
        ("another supply is wanted by now", Passes(fresh=OUT)),
        ("the lease is another's", Passes(fresh=None)),
        ("a lock came", Passes(fresh=replace(CREDIT, locked=True))),
        ("not commissioned", Passes(facts=replace(CREDIT, commissioned=False))),
        ("not commissioned any more", Passes(fresh=replace(CREDIT, commissioned=False))),
        ("settings of another device", Passes(known="LQN/2")),
        ("another device answers", Passes(device=Device(serial_number="LQN/2"))),
        ("its output has changed since", Passes(device=Device(outputs=0))),
    ],
)  # fmt: skip
def test_nothing_is_written_where(why: str, oven: Passes) -> None:
    assert [oven.run() for _ in range(8)] == [0] * 8, why


def _open(wanted: Answer, progress: Progress) -> Change:
    return Change(change_id=1, wanted=wanted, reason=Reason.RECHARGED, progress=progress, decided_at=MORNING)


@pytest.mark.parametrize(
    ("change", "facts", "frames"),
    [
        (_open(Answer.ON, Progress.WANTED), CREDIT, 1),
        (_open(Answer.ON, Progress.WRITTEN), CREDIT, 0),
        (_open(Answer.CUT, Progress.CONFIRMED), OUT, 1),
    ],
)
def test_a_cut_stands_while_it_waits_for_its_turn_or_for_its_proof(change: Change, facts: Facts, frames: int) -> None:
    trip = Contact(wiring=Wiring.HELD_ON_CUT)
    oven = Passes(supply=Supply.CUT, change=change, facts=facts, fresh=facts, contact=trip)

    assert oven.run() == frames
    assert set(oven.device.frames) <= {ON_FRAME}


def test_a_moment_without_facts_is_no_turn_that_was_taken() -> None:
    oven = Passes(fresh=None)

    oven.run()
    oven.fresh = CREDIT

    assert oven.run() == 1


def test_a_supply_that_shows_otherwise_is_left_to_the_rules() -> None:
    oven = Passes()

    assert oven.run(shows=Supply.CUT) == 0
    assert oven.run(busy=True) == 0
    assert oven.run() == 1


def test_what_did_not_get_through_is_tried_again_before_the_output_falls_back() -> None:
    oven = Passes()
    oven.device.error = AnalyzerSilent(address="127.0.0.1:502", timeout_s=1.0)

    oven.run()
    oven.device.error = None
    again = oven.run(after_s=THIRD_S / TRIES)

    assert again == 1


def test_a_decision_that_keeps_what_may_not_be_switched_lets_nothing_stand() -> None:
    never = decide(replace(OUT, switchable=False))

    assert never == Decision(Answer.KEEP, Reason.NOT_SWITCHABLE)
    assert Passes(facts=replace(OUT, switchable=False)).run() == 0
