"""What people do in a simulated world, by the product's own acts; a refusal is told and changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import sqlalchemy as sa

from enforcer.simulator.device import SimulatedAnalyzer
from prepaid.commissioning import Outcome
from prepaid.errors.base import PrepaidError
from prepaid.records import SOURCES, Role, Source, WishKind
from sql.allocations import Recharge, recharge
from sql.assignments import assign
from sql.commissioning_wishes import ask_commissioning
from sql.guard import guarded_accounts
from sql.guard_releases import release
from sql.locks import place_lock, remove_lock
from sql.releases import ask_release
from sql.swaps import NewDevice, ask_swap
from sql.tables import analyzers, commissionings, holds, locks, prices
from sql.wishes import ask, pause
from tests.signed_in import signed_in
from tests.simulation.plan import CALM_S, Happening, calm_from
from tests.simulation.world import SMALLEST, Installed, Tenant, World, credit

ASK_AGAIN_S = 60.0
TEST_AGAIN_S = 3_600.0
TEST_LASTS_S = 600.0
"""So long a test on the spot takes at most, from the wish to its record."""
TOO_DEAR = 100
LAST_WORD_S = CALM_S / 2
"""So long into the calm before a midnight a hold is still ended by a person."""


def buy(world: World, tenant: Tenant, amount: Decimal, key: str) -> None:
    """A recharge at the till; a key that was used before books nothing."""
    wanted = Recharge(
        account_id=tenant.person.account_id,
        amount=amount,
        currency=world.building.currency,
        caller="till",
        key=key,
        actor="till",
    )
    receipt = recharge(world.database, wanted, "till-writer")
    if not receipt.repeated:
        tenant.paid += amount
    world.say(f"account {tenant.person.number} bought {amount} under {key}, repeated: {receipt.repeated}")


def recharge_of(world: World, happening: Happening) -> None:
    """Credit for so many hours of the rated load on grid; now and then the same key twice."""
    tenant = world.tenants[happening.who]
    amount = max(SMALLEST, credit(world.plan, happening.who, happening.much))
    tenant.sales += 1
    key = f"{happening.who}:{tenant.sales}"
    buy(world, tenant, amount, key)
    if happening.much > 1:
        buy(world, tenant, amount, key)


def change_price(world: World, happening: Happening) -> None:
    """Another price, from a few minutes ahead."""
    source = Source.GRID if happening.much < 0.5 else Source.GENERATOR
    before = Decimal(world.plan.grid_price if source is Source.GRID else world.plan.generator_price)
    price = (before * (Decimal("0.8") + Decimal(str(round(happening.much * 0.6, 3))))).quantize(Decimal("0.0001"))
    from_at = world.database.clock.now() + timedelta(minutes=2 + happening.lasts_s / 60)
    with world.database.reading() as conn:
        taken = conn.scalar(sa.select(sa.func.count()).select_from(prices).where(prices.c.from_at == from_at))
    if not taken:
        world.building.price(world.building.plan_id, source, price, from_at)
        world.prices[source].append(price)
        world.say(f"{source} costs {price} from {from_at.isoformat()}")


def mistype_price(world: World, happening: Happening) -> None:
    """A price that is too high by a factor from a few minutes ahead on, and the right one again after a while."""
    source = Source.GRID if happening.much < 0.5 else Source.GENERATOR
    right = Decimal(world.plan.grid_price if source is Source.GRID else world.plan.generator_price)
    begins_at = world.database.clock.now() + timedelta(minutes=2)
    ends_at = begins_at + timedelta(seconds=happening.lasts_s)
    with world.database.reading() as conn:
        of = prices.c.from_at.in_([begins_at, ends_at])
        taken = conn.scalar(sa.select(sa.func.count()).select_from(prices).where(of))
    if not taken:
        for price, from_at in ((right * TOO_DEAR, begins_at), (right, ends_at)):
            world.building.price(world.building.plan_id, source, price, from_at)
            world.prices[source].append(price)
            world.say(f"{source} costs {price} from {from_at.isoformat()}")


def release_held(world: World, happening: Happening) -> None:
    """An administrator releases some or all of those whom the guard holds."""
    with world.database.reading() as conn:
        held = sorted(guarded_accounts(conn, world.building.site_id))
    if held:
        chosen = held[: 1 + int(happening.much * len(held))]
        admin, here = signed_in(world.database, Role.ADMIN), world.building.site_id
        let_go = partial(release, world.database, admin, here, chosen, "the price is right")
        _told(world, f"release of {chosen} of {held}", let_go)
        world.released.update(chosen)


def hand_over(world: World, happening: Happening) -> None:
    """The analyzer goes to another account: the next tenant's, or the house's."""
    number = int(happening.much * (len(world.tenants) + 1))
    account_id = None if number == len(world.tenants) else world.tenants[number].person.account_id
    each = world.installed[happening.who]
    _told(
        world,
        f"analyzer {each.analyzer_id} to account {account_id}",
        lambda: assign(world.database, signed_in(world.database, Role.ADMIN), each.analyzer_id, account_id),
    )
    for tenant in world.tenants:
        tenant.mixed = True


def wish(world: World, happening: Happening, kind: WishKind) -> None:
    """A wish for one analyzer, until its end."""
    analyzer_id = world.installed[happening.who].analyzer_id
    until = world.database.clock.now() + timedelta(seconds=max(120.0, happening.lasts_s))
    lasts = None if kind is WishKind.RESTORE else until
    admin = signed_in(world.database, Role.ADMIN)
    _told(
        world,
        f"wish {kind} for analyzer {analyzer_id}",
        lambda: ask(world.database, admin, kind, analyzer_id, "a person wants it", lasts),
    )


def pause_site(world: World, happening: Happening) -> None:
    """Nothing is cut for a while."""
    until = world.database.clock.now() + timedelta(seconds=max(120.0, happening.lasts_s))
    admin = signed_in(world.database, Role.ADMIN)
    _told(world, "pause", lambda: pause(world.database, admin, world.building.site_id, "a feast", until))


def lock(world: World, happening: Happening) -> None:
    """Somebody works at the installation."""
    analyzer_id = world.installed[happening.who].analyzer_id
    admin = signed_in(world.database, Role.ADMIN)
    _told(
        world,
        f"lock on analyzer {analyzer_id}",
        lambda: place_lock(world.database, admin, analyzer_id, "work on the wires", "+964 1 555"),
    )


def unlock(world: World, happening: Happening) -> None:
    """The work is done: all locks of the analyzer go."""
    each = world.installed[happening.who]
    with world.database.reading() as conn:
        question = sa.select(locks.c.id).where(locks.c.analyzer_id == each.analyzer_id, locks.c.removed_at.is_(None))
        found = list(conn.scalars(question))
    for lock_id in found:
        admin = signed_in(world.database, Role.ADMIN)
        away = partial(remove_lock, world.database, admin, lock_id, each.device.description.name)
        _told(world, f"unlock analyzer {each.analyzer_id}", away)


def end_hold(world: World, each: Installed, named: tuple[int, int] | None) -> None:
    """An administrator who knows what was written ends the hold, once the device tells the truth again; a second word
    names no counters."""
    link = world.links[each.address]
    with world.database.reading() as conn:
        question = sa.select(sa.func.count()).select_from(holds)
        on_hold = conn.scalar(question.where(holds.c.analyzer_id == each.analyzer_id, holds.c.ended_at.is_(None)))
    after = named
    if on_hold and link.is_sound() and link.device is each.device:
        admin = signed_in(world.database, Role.ADMIN)
        ask = partial(ask_release, world.database, admin, each.analyzer_id, "counters were written", *(named or ()))
        _told(world, f"release of the hold of analyzer {each.analyzer_id}, named {named}", ask)
        after = None
    if world.seconds < calm_from(world.seconds, world.plan.days) + LAST_WORD_S:
        world.loop.call_later(ASK_AGAIN_S, end_hold, world, each, after)


def announce(world: World, each: Installed, device: SimulatedAnalyzer, named: tuple[int, int] | None) -> None:
    """An administrator says which device is there now, with a test of its supply."""
    if device is each.device and not is_bound(world, each):
        _ask_swap(world, each, named)
        _care_for(world, each)


def commission(world: World, happening: Happening) -> None:
    """A fitter tests a device on the spot, its supply too."""
    each = world.installed[happening.who]
    _ask_test(world, each, switch_on=happening.much < 0.5)
    _care_for(world, each)


def has_passed(world: World, each: Installed) -> bool:
    """Whether the newest test that decides has passed, for the device that is there."""
    question = (
        sa.select(commissionings.c.outcome)
        .where(
            commissionings.c.analyzer_id == each.analyzer_id,
            commissionings.c.serial_number == each.device.serial_number,
            commissionings.c.outcome != Outcome.UNPROVEN,
        )
        .order_by(commissionings.c.id.desc())
        .limit(1)
    )
    with world.database.reading() as conn:
        return conn.scalar(question) is Outcome.PASSED


def is_bound(world: World, each: Installed) -> bool:
    """Whether the analyzer belongs to the device that is there."""
    question = sa.select(analyzers.c.serial_number).where(analyzers.c.id == each.analyzer_id)
    with world.database.reading() as conn:
        return conn.scalar(question) == each.device.serial_number


def _care_for(world: World, each: Installed) -> None:
    if not each.cared_for:
        each.cared_for = True
        world.loop.call_later(ASK_AGAIN_S, _care, world, each)


def _care(world: World, each: Installed) -> None:
    """Asks again until the device that is there is the one of the analyzer and a test of it has passed."""
    calm = world.seconds >= calm_from(world.seconds, world.plan.days) + LAST_WORD_S
    each.cared_for = not calm and not (is_bound(world, each) and has_passed(world, each))
    if not each.cared_for:
        return
    if not is_bound(world, each):
        _ask_swap(world, each, None)
    elif world.seconds - each.looked_at_s >= TEST_AGAIN_S:
        _ask_test(world, each, switch_on=True)
    world.loop.call_later(ASK_AGAIN_S, _care, world, each)


def _ask_swap(world: World, each: Installed, named: tuple[int, int] | None) -> None:
    final_wh = dict(zip(SOURCES, named or (None, None), strict=True))
    serial_number = each.device.serial_number
    new = NewDevice(serial_number=serial_number, final_wh=final_wh, switch=True, switch_on=named is None)
    admin = signed_in(world.database, Role.ADMIN)
    asking = partial(ask_swap, world.database, admin, each.analyzer_id, new, "the old one was broken")
    _look_at(world, each)
    _told(world, f"swap of analyzer {each.analyzer_id} for {serial_number}, named {named}", asking)


def _ask_test(world: World, each: Installed, *, switch_on: bool) -> None:
    admin = signed_in(world.database, Role.ADMIN)
    asking = partial(
        ask_commissioning, world.database, admin, each.analyzer_id, "on the spot", switch=True, switch_on=switch_on
    )
    _look_at(world, each)
    _told(world, f"test of analyzer {each.analyzer_id}, switch_on {switch_on}", asking)


def _look_at(world: World, each: Installed) -> None:
    """Whoever tests a device knows its settings."""
    each.tampered, each.looked_at_s = False, world.seconds
    world.busy_until_s = world.seconds + TEST_LASTS_S


def _told(world: World, what: str, act: Callable[[], object]) -> None:
    try:
        act()
    except PrepaidError as error:
        world.say(f"{what}: refused, {error}")
        return
    world.say(what)
