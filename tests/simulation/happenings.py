"""How each happening of a plan changes the world, and how it ends."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from enforcer.simulator.faults import Fault
from enforcer.simulator.settings import OUTPUT_GROUP
from prepaid.records import Wiring, WishKind
from tests.simulation import people
from tests.simulation.link import Lie, nothing
from tests.simulation.mail import Mood
from tests.simulation.plan import Happening, Kind, calm_from
from tests.simulation.world import Installed, World

End = Callable[[], None]
Begin = Callable[[World, Happening], End | None]

FAULTS = (
    Fault.DEAD,
    Fault.BLACKHOLE,
    Fault.SLOW,
    Fault.HALF_OPEN,
    Fault.RESET_MID_FRAME,
    Fault.WRONG_TRANSACTION,
    Fault.EXCEPTIONS,
    Fault.NAN,
    Fault.ZERO_ONCE,
    Fault.JUMP_ONCE,
    Fault.REFUSE_WRITES,
    Fault.IGNORE_WRITES,
    Fault.WELDED,
    Fault.WELDED_POLE,
    Fault.SWAPPED,
)
DISOBEDIENT = frozenset({Fault.IGNORE_WRITES, Fault.REFUSE_WRITES})
BACK_OFF_S = 300.0
"""So long the next try may take after a device that did not do what it was told."""
ANEW_S = 1_800.0
"""So long after a reset or another device its base may still be opened."""
SOMEBODY_COMES_S = 300.0
"""After a lie a hold may stand that only a person can end: counters that stood still jumped to where they truly are."""
LIES = tuple(Lie)
MOODS = tuple(mood for mood in Mood if mood is not Mood.WELL)


def begin(world: World, happening: Happening) -> End | None:
    """Makes it happen; answers what ends it, if anything does. Those of the enforcer's own process are not here."""
    return BEGINS[happening.kind](world, happening)


def _load(world: World, happening: Happening) -> None:
    world.installed[happening.who].demand = happening.much
    world.feed()


def _outage(world: World, happening: Happening) -> End:
    _take_grid(world, 1)
    return partial(_take_grid, world, -1)


def _take_grid(world: World, more: int) -> None:
    world.advance_devices()
    world.outages += more
    for each in world.installed:
        each.device.run_generator(bool(world.outages))
    world.feed()
    world.say("the generator supplies" if world.outages else "the grid supplies")


def _power_failure(world: World, happening: Happening) -> None:
    _restart(world, happening, saved=False)


def _restart(world: World, happening: Happening, *, saved: bool = True) -> None:
    each = world.installed[happening.who]
    each.device.advance(world.clock.monotonic())
    before = each.device.counters.import_wh()
    if saved:
        each.device.restart()
    else:
        each.device.lose_power()
    for place, after_wh in enumerate(each.device.counters.import_wh()):
        each.dropped_wh[place] += before[place] - after_wh
    each.disturbed_s = world.seconds
    world.say(f"analyzer {each.analyzer_id} restarts, counters {'saved' if saved else 'as saved last'}")


def _reset(world: World, happening: Happening) -> None:
    each = world.installed[happening.who]
    if world.links[each.address].lies:
        return
    each.troubled, each.anew_s = True, world.seconds
    each.device.advance(world.clock.monotonic())
    each.before_reset.append(each.device.counters.import_wh())
    each.device.reset_counters()
    world.say(f"somebody resets the counters of analyzer {each.analyzer_id}")


def _fault(world: World, happening: Happening) -> End:
    each = world.installed[happening.who]
    fault = FAULTS[int(happening.much * len(FAULTS))]
    each.troubled = True
    each.device.advance(world.clock.monotonic())
    each.device.faults.add(fault)
    each.device.refresh()
    each.disturbed_s = world.seconds
    _reconnect(world, each, fault)
    world.say(f"analyzer {each.analyzer_id} is {fault}")

    def end() -> None:
        each.device.advance(world.clock.monotonic())
        each.device.faults.discard(fault)
        each.device.refresh()
        each.disturbed_s = world.seconds + (BACK_OFF_S if fault in DISOBEDIENT else 0.0)
        _reconnect(world, each, fault)
        world.say(f"analyzer {each.analyzer_id} is no longer {fault}")

    return end


def _reconnect(world: World, each: Installed, fault: Fault) -> None:
    """No connection outlives the device at its other end."""
    for link in world.links.values():
        if fault is Fault.SWAPPED and link.device is each.device:
            link.identification = None


def _lie(world: World, happening: Happening) -> End | None:
    """Not while a new base is awaited: nobody could tell from what it shows that it is wrong."""
    each = world.installed[happening.who]
    if world.seconds - each.anew_s < ANEW_S or not people.is_bound(world, each):
        return None
    link, lie = world.links[each.address], LIES[int(happening.much * len(LIES))]
    each.troubled = True
    link.lies.add(lie)
    world.say(f"the counters of analyzer {each.analyzer_id} lie: {lie}")

    def end() -> None:
        link.lies.discard(lie)
        each.disturbed_s = world.seconds + BACK_OFF_S
        world.say(f"the counters of analyzer {each.analyzer_id} are true again")
        world.loop.call_later(SOMEBODY_COMES_S, people.end_hold, world, each, None)

    return end


def _lost_answers(world: World, happening: Happening) -> End:
    link = world.links[world.installed[happening.who].address]
    link.loses_answers_to_writes = True
    world.say(f"answers of {link.address} to writes are lost")

    def end() -> None:
        link.loses_answers_to_writes = False

    return end


def _swapped_wires(world: World, happening: Happening) -> End | None:
    """Two devices answer at each other's address, as after an outage with a bad DHCP server."""
    one = world.installed[happening.who].address
    other = world.installed[(happening.who + 1) % len(world.installed)].address
    if one == other:
        return None
    _cross(world, one, other)
    return partial(_cross, world, one, other)


def _cross(world: World, one: str, other: str) -> None:
    world.advance_devices()
    for each in world.installed:
        each.troubled = each.troubled or each.address in {one, other}
    world.wires[one], world.wires[other] = world.wires[other], world.wires[one]
    world.say(f"{one} and {other} change places")


def _by_hand(world: World, happening: Happening, *, closes: bool) -> None:
    """Somebody at a device that is off presses its output on, or the other way round; the one meant, or the next."""
    number = len(world.installed)
    turn = [world.installed[(happening.who + step) % number] for step in range(number)]
    each = next((each for each in turn if each.device.switchgear.wants_connected != closes), turn[0])
    each.device.advance(world.clock.monotonic())
    on = closes == (each.device.description.wiring is Wiring.HELD_ON_SUPPLY)
    each.device.switchgear.switch(0, on, world.clock.monotonic(), 0)
    each.disturbed_s, each.opened_by_hand = world.seconds, not closes
    world.say(f"somebody {'closes' if closes else 'opens'} the contactor of analyzer {each.analyzer_id} by hand")


def _last_moment(world: World, happening: Happening) -> None:
    """The next tenant whose supply is to be switched recharges after the decision, while the frame is on its way."""

    def recharge(each: Installed) -> None:
        if each.plan.tenant is not None:
            people.recharge_of(world, replace(happening, who=each.plan.tenant))

    _at_the_next_frame(world, recharge)


def _deaf(world: World, happening: Happening) -> None:
    """The next device that is to switch answers as if it had, and does not."""

    def begin_deafness(each: Installed) -> None:
        each.troubled = True
        each.device.faults.add(Fault.IGNORE_WRITES)
        world.say(f"analyzer {each.analyzer_id} is deaf")
        calm_s = calm_from(world.seconds, world.plan.days)
        lasts_s = max(1.0, min(happening.lasts_s, calm_s - world.seconds))
        world.loop.call_later(lasts_s, end_deafness, each)

    def end_deafness(each: Installed) -> None:
        each.device.faults.discard(Fault.IGNORE_WRITES)
        each.disturbed_s = world.seconds + BACK_OFF_S
        world.say(f"analyzer {each.analyzer_id} hears again")

    _at_the_next_frame(world, begin_deafness)


def _at_the_next_frame(world: World, act: Callable[[Installed], None]) -> None:
    """Waits at every device; acts at the first one that is looked at before it is switched."""

    def happen(each: Installed) -> None:
        for link in world.links.values():
            link.before_command = nothing
        act(each)

    for each in world.installed:
        world.links[each.address].before_command = partial(happen, each)


def _rewritten(world: World, happening: Happening) -> End | None:
    """Somebody writes other counters into the device, far from those it had; an administrator ends the hold later."""
    each = world.installed[happening.who]
    if world.links[each.address].device is not each.device:
        return None
    each.troubled = True
    each.device.advance(world.clock.monotonic())
    before = each.device.counters.import_wh()
    each.before_reset.append(before)
    day_wh = each.plan.rated_power_w * 24
    fall = happening.much < 0.5 and min(before) > day_wh
    for place, wh in enumerate(before):
        each.device.counters.write(place, round(wh * happening.much if fall else wh + day_wh * (1 + happening.much)))
    each.device.save()
    written = each.device.counters.import_wh()
    world.say(f"somebody writes other counters into analyzer {each.analyzer_id}: {written}")
    named = (round(written[0]), round(written[1])) if happening.much * 10 % 1 < 0.5 else None
    return partial(people.end_hold, world, each, named)


def _tamper(world: World, happening: Happening) -> None:
    """Somebody changes a setting at the device; while a fitter tests it, it is the fitter."""
    each = world.installed[happening.who]
    if world.seconds - each.looked_at_s < people.TEST_LASTS_S:
        return
    group = each.device.settings[OUTPUT_GROUP[1]] % 99 + 1
    each.device.write(OUTPUT_GROUP[1], group.to_bytes(2))
    each.tampered = people.has_passed(world, each)
    world.say(f"somebody changes a setting of analyzer {each.analyzer_id}")


def _new_device(world: World, happening: Happening) -> None:
    """Another device is installed. It is announced when it is there, or a while later; the old one was read, or not."""
    each = world.installed[happening.who]
    old, link = each.device, world.links[each.address]
    if link.lies:
        return
    world.advance_devices()
    final = old.counters.import_wh()
    read = happening.much < 0.4 and link.is_sound() and not each.before_reset and link.device is old
    each.before_reset.append(final)
    world.replace_device(each, connected=happening.much * 10 % 1 < 0.7)
    world.say(f"analyzer {each.analyzer_id}: {old.serial_number} is replaced by {each.device.serial_number}")
    named = (round(final[0]), round(final[1])) if read else None
    world.loop.call_later(happening.lasts_s, people.announce, world, each, each.device, named)


def _locked(world: World, happening: Happening) -> End:
    people.lock(world, happening)
    return partial(people.unlock, world, happening)


def _mail(world: World, happening: Happening) -> End:
    world.mail.mood = MOODS[int(happening.much * len(MOODS))]
    world.say(f"the mail server is {world.mail.mood}")

    def end() -> None:
        world.mail.mood = Mood.WELL

    return end


def _clock_step(world: World, happening: Happening) -> None:
    step_s = (happening.much - 0.5) * 7_200
    world.clock.step(step_s)
    world.say(f"the wall clock steps by {step_s:.0f} s")


BEGINS: dict[Kind, Begin] = {
    Kind.LOAD: _load,
    Kind.OUTAGE: _outage,
    Kind.POWER_FAILURE: _power_failure,
    Kind.RESTART: _restart,
    Kind.RESET_COUNTERS: _reset,
    Kind.REWRITTEN: _rewritten,
    Kind.TAMPER: _tamper,
    Kind.FAULT: _fault,
    Kind.LIE: _lie,
    Kind.LOST_ANSWERS: _lost_answers,
    Kind.DEAF_AT_A_FRAME: _deaf,
    Kind.SWAPPED_WIRES: _swapped_wires,
    Kind.CLOSED_BY_HAND: partial(_by_hand, closes=True),
    Kind.OPENED_BY_HAND: partial(_by_hand, closes=False),
    Kind.RECHARGE: people.recharge_of,
    Kind.RECHARGE_IN_THE_LAST_MOMENT: _last_moment,
    Kind.PRICE: people.change_price,
    Kind.WRONG_PRICE: people.mistype_price,
    Kind.RELEASE: people.release_held,
    Kind.HANDOVER: people.hand_over,
    Kind.WISH_CUT: partial(people.wish, kind=WishKind.CUT),
    Kind.WISH_KEEP_ON: partial(people.wish, kind=WishKind.KEEP_ON),
    Kind.WISH_RESTORE: partial(people.wish, kind=WishKind.RESTORE),
    Kind.PAUSE: people.pause_site,
    Kind.LOCK: _locked,
    Kind.MAIL: _mail,
    Kind.CLOCK_STEP: _clock_step,
    Kind.COMMISSION: people.commission,
    Kind.NEW_DEVICE: _new_device,
}
