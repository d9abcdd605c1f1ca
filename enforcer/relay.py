"""Switching one supply on its own device: look, write, look again until the load has followed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from enforcer.link import Link
from enforcer.pac3220.blocks import INSTANT, STATE
from enforcer.pac3220.commands import Command, switch_group, switch_output
from enforcer.pac3220.decode import decode_measures, decode_status
from prepaid.clock import Clock
from prepaid.errors.analyzers import AnalyzerError, AnswerBlank, WrongDevice
from prepaid.parameters import Measures, Status
from prepaid.records import Wiring
from prepaid.switching import (
    LOOK_AGAIN_S,
    Contact,
    Evidence,
    Look,
    Supply,
    cut_evidence,
    follows,
    output_for,
    restore_evidence,
)

PULSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """What the device answered. `written`: a frame was acknowledged; `confirmed`: it shows the wanted supply; `why`
    it could not be asked any more after the write."""

    written: bool
    confirmed: bool
    evidence: Evidence
    before: Look
    after: Look
    why: str = ""


async def switch_supply(
    link: Link,
    contact: Contact,
    wanted: Supply,
    serial_number: str,
    may_write: Callable[[], Awaitable[bool]],
    clock: Clock,
    proof_s: float,
    look_before: Callable[[Link], Awaitable[None]] | None = None,
) -> Switched:
    """Brings the supply to the wanted state and watches the load.

    1. Look, so that there is something to compare with; check that this still is the device that was meant.
       `look_before` is a further look at it, which raises AnalyzerError where nothing may be sent.
    2. Ask `may_write` in the very moment before the frame; when it says no, nothing is sent.
    3. Write, if it still is that device: the link may have come back as another one while permission was asked.
    4. Look every 250 ms until there is evidence or `proof_s` is over.
    Raises AnalyzerError where nothing is known to be written, and WrongDevice when another serial number answers.
    """
    before = await look(link)
    check_device(link, serial_number)
    if look_before is not None:
        await look_before(link)
    if not await may_write():
        return Switched(written=False, confirmed=False, evidence=Evidence.NONE, before=before, after=before)
    for command in commands(contact, wanted):
        check_device(link, serial_number)
        await link.write_register(command.offset, command.value)
        if contact.wiring in (Wiring.PULSE_TRIP, Wiring.PULSE_PAIR):
            await asyncio.sleep(PULSE_S)
    return await _watch(link, contact, wanted, before, clock, proof_s)


def check_device(link: Link, serial_number: str) -> None:
    """Raises WrongDevice when another one answers; a link that is lost says so at the next request."""
    found = link.identification
    if found is not None and found.serial_number != serial_number:
        raise WrongDevice(address=link.address, wanted=serial_number, found=found.serial_number)


async def _watch(link: Link, contact: Contact, wanted: Supply, before: Look, clock: Clock, proof_s: float) -> Switched:
    until_s = clock.monotonic() + proof_s
    after = before
    while True:
        try:
            after = await look(link)
        except AnalyzerError as error:
            return Switched(
                written=True, confirmed=False, evidence=Evidence.NONE, before=before, after=after, why=str(error)
            )
        confirmed = follows(contact, after, wanted)
        evidence = evidence_of(contact, wanted, before, after) if confirmed else Evidence.NONE
        over = clock.monotonic() >= until_s
        load_may_come = wanted is Supply.ON and evidence is Evidence.NO_LOAD
        if over or (confirmed and evidence is not Evidence.NONE and not load_may_come):
            return Switched(written=True, confirmed=confirmed, evidence=evidence, before=before, after=after)
        await asyncio.sleep(LOOK_AGAIN_S)


def evidence_of(contact: Contact, wanted: Supply, before: Look, after: Look) -> Evidence:
    """What proves the wanted supply, as the newest look shows it."""
    if wanted is Supply.CUT:
        return cut_evidence(contact, before, after)
    return restore_evidence(contact, after)


async def look(link: Link) -> Look:
    """One look at outputs, inputs, currents and voltages. Raises AnswerBlank for one that shows nothing at all: zeros
    would look like a supply that is off."""
    status = decode_status(await link.read(STATE))
    if status.is_blank:
        raise AnswerBlank(address=link.address)
    return look_of(decode_measures(await link.read(INSTANT)), status)


def look_of(measures: Measures, status: Status) -> Look:
    """The look that a reading contains."""
    return Look(
        outputs=status.outputs,
        inputs=status.inputs,
        currents_a=(measures.current_l1_a, measures.current_l2_a, measures.current_l3_a),
        voltages_v=(measures.voltage_l1_n_v, measures.voltage_l2_n_v, measures.voltage_l3_n_v),
    )


def commands(contact: Contact, wanted: Supply) -> Iterator[Command]:
    """The frames that bring about the supply: one for a held output, on and off again for a pulse.

    With manual close nothing can be sent to restore: a person closes the breaker.
    """
    if contact.wiring in (Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT):
        on = output_for(contact.wiring, wanted)
        if contact.output_group is not None:
            yield switch_group(contact.output_group, on=on)
        else:
            yield switch_output(contact.output, on=on)
        return
    assert contact.wiring is not Wiring.NONE, "an analyzer without wiring is never switched"
    output = contact.output if wanted is Supply.CUT else contact.close_output
    if output is not None:
        yield switch_output(output, on=True)
        yield switch_output(output, on=False)
