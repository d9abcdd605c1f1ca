"""What people do in a simulated world, by the product's own acts; a refusal is told and changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import sqlalchemy as sa

from prepaid.errors import PrepaidError
from prepaid.records import Role, Source, WishKind
from sql.allocations import Recharge, recharge
from sql.assignments import assign
from sql.guard import guarded_accounts
from sql.guard_releases import release
from sql.locks import place_lock, remove_lock
from sql.releases import ask_release
from sql.tables import holds, locks, prices
from sql.wishes import ask, pause
from tests.signed_in import signed_in
from tests.simulation.plan import CALM_S, Happening, calm_from
from tests.simulation.world import SMALLEST, Installed, Tenant, World, credit

ASK_AGAIN_S = 60.0
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


def _told(world: World, what: str, act: Callable[[], object]) -> None:
    try:
        act()
    except PrepaidError as error:
        world.say(f"{what}: refused, {error}")
        return
    world.say(what)
