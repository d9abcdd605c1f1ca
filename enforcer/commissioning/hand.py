"""The same test by hand, over a connection of its own: looked at, cut for a moment, and always restored at the end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import STATE
from enforcer.pac3220.decode import decode_status
from enforcer.relay import Switched, look, switch_supply
from prepaid.clock import Clock
from prepaid.commissioning import Finding, Found, ok, remark
from prepaid.errors.analyzers import AnalyzerError
from prepaid.language import _
from prepaid.meter import RESTARTED
from prepaid.records import Wiring
from prepaid.switching import PROOF, PROOF_AFTER_S, Contact, Supply, carries_load, shown
from prepaid.trial import Trial, load_while_off

ASKED_AFTER_S = 2.0
RESTORED_WITHIN_S = 60.0
BY_HAND_WITHIN_S = 120.0
TRY_AGAIN_S = 1.0

MayWrite = Callable[[], Awaitable[bool]]


async def watch_tariff(link: AnalyzerLink, seconds: float, say: Callable[[str], None], ask: str) -> Finding | None:
    """Waits until the tariff that counts changes, as somebody opens or closes the generator's contact."""
    say(ask)
    before = decode_status(await link.read(STATE)).active_tariff
    until_s = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until_s:
        await asyncio.sleep(0.5)
        after = decode_status(await link.read(STATE)).active_tariff
        if after != before:
            return ok(Found.TARIFF_FOLLOWS, before=before + 1, after=after + 1)
    return None


async def stands_off(link: AnalyzerLink, contact: Contact) -> bool:
    """Whether the device shows its supply off."""
    return shown(contact, await look(link)) is Supply.CUT


async def try_cut(link: AnalyzerLink, contact: Contact, serial_number: str, may_write: MayWrite, clock: Clock) -> Trial:
    """Cuts, asks whether it still answers, and restores: also after errors, and when the program is interrupted."""
    trial = Trial(begun=True)
    restarted_before = await _restarted(link)
    try:
        switched = await switch_supply(link, contact, Supply.CUT, serial_number, may_write, clock, PROOF_AFTER_S)
        trial = _with(trial, switched, clock.now())
        if switched.confirmed:
            await asyncio.sleep(ASKED_AFTER_S)
            after = await look(link)
            trial = replace(trial, answered=shown(contact, after) is Supply.CUT, after=after)
    except AnalyzerError as error:
        trial = replace(trial, refused="" if trial.confirmed else str(error))
    finally:
        restored = await restore(link, contact, serial_number, may_write, clock)
        died = restored and not restarted_before and await _restarted(link)
    return replace(trial, restored=restored, died=died, restored_at=clock.now() if restored else None)


async def restore(link: AnalyzerLink, contact: Contact, serial_number: str, may_write: MayWrite, clock: Clock) -> bool:
    """Switches on, again and again over new connections, until the device shows its supply on or time is over."""
    by_hand = contact.wiring is Wiring.PULSE_TRIP
    until_s = clock.monotonic() + (BY_HAND_WITHIN_S if by_hand else RESTORED_WITHIN_S)
    while True:
        try:
            if not link.connected or link.identification is None:
                await link.connect()
                await link.identify()
            if not await stands_off(link, contact):
                return True
            if not by_hand:
                done = await switch_supply(link, contact, Supply.ON, serial_number, may_write, clock, PROOF_AFTER_S)
                if done.confirmed:
                    return True
        except AnalyzerError:
            pass  # the device may be starting again; it is asked until the time is over
        if clock.monotonic() >= until_s:
            return False
        await asyncio.sleep(TRY_AGAIN_S)


async def switch_on_first(
    link: AnalyzerLink, contact: Contact, serial_number: str, may_write: MayWrite, clock: Clock, *, allowed: bool
) -> Finding | None:
    """A supply that is off is switched on for the test, where somebody said that it is safe. None: it is on."""
    seen = await look(link)
    if shown(contact, seen) is not Supply.CUT:
        return None
    if carries_load(contact, seen):
        return load_while_off(contact, seen)
    if allowed and await restore(link, contact, serial_number, may_write, clock):
        return None
    return remark(Found.SUPPLY_OFF)


def _with(trial: Trial, switched: Switched, now: datetime) -> Trial:
    refused = "" if switched.written else _("a safety lock was placed, or another took the site over.")
    return replace(
        trial,
        confirmed=switched.confirmed,
        evidence=switched.evidence,
        before=switched.before,
        after=switched.after,
        refused=refused,
        confirmed_at=now if switched.confirmed else None,
        proven_at=now if switched.evidence in PROOF else None,
    )


async def _restarted(link: AnalyzerLink) -> bool:
    return bool(decode_status(await link.read(STATE)).diagnostics & RESTARTED)
