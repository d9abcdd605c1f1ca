"""Two sites in one database, each with its own enforcer, hours, calendar, money and mail sender: neither disturbs the
other, not even by its end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.no_cut import Window
from prepaid.switching import Supply
from sql import check
from sql.questions.portfolio import SiteGlance, portfolio
from sql.questions.portfolio_sales import Since, sold_by_site
from sql.tables import analyzer_states, charges, supply_states
from tests.databases import new_database
from tests.simulation.loop import SimulatedLoop
from tests.simulation.mail import SimulatedMail
from tests.simulation.node import Node
from tests.simulation.plan import Plan, TenantPlan, plan_of
from tests.simulation.world import Place, World, build, new_clock
from tests.sql.questions.shown import ADMIN

BEGINS_AT = datetime(2026, 1, 5, 8, 40, tzinfo=UTC)
"""A Monday: 14:25 in Kathmandu, 3:40 in New York."""
AFTERNOON = Window(weekday=0, from_minute=13 * 60, until_minute=15 * 60 + 5)
"""In both calendars nobody is cut on Monday from 13:00 to 15:05. In Kathmandu that is over at 9:20 UTC."""
PASS_S = 30.0
MINUTE_S = 60.0


class PostOffice(SimulatedMail):
    """Keeps who sent what to whom."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> str:
        self.mails.append(message)
        return super().send(message)

    def senders_to(self, address: str) -> set[str]:
        return {str(mail["From"]) for mail in self.mails if mail["To"].addresses[0].addr_spec == address}


@dataclass
class Sites:
    """A mall in Kathmandu and a tower in New York; a shop in each, whose credit lasts for six minutes."""

    mall: World
    tower: World
    post: PostOffice

    def __post_init__(self) -> None:
        self.nodes = {"mall": Node(self.mall, 0), "tower": Node(self.tower, 1)}
        for world in (self.mall, self.tower):
            world.installed[0].demand = 1.0
            world.feed()

    def run(self, seconds: float, *names: str) -> None:
        """Passes of these enforcers over so long a time, turn and turn about."""
        for _pass in range(round(seconds / PASS_S)):
            until_s = self.mall.loop.time() + PASS_S
            for name in names or ("mall", "tower"):
                self.nodes[name].work()
            for name in names or ("mall", "tower"):
                self.nodes[name].await_until(until_s)
            self.mall.feed()
            self.tower.feed()

    def supply(self, world: World) -> Supply:
        """Of the shop, as its enforcer holds it true."""
        with world.database.reading() as conn:
            of = supply_states.c.analyzer_id == world.installed[0].analyzer_id
            return Supply(conn.scalar(sa.select(supply_states.c.supply).where(of)) or Supply.UNKNOWN)

    def seen(self) -> dict[str, SiteGlance]:
        with self.mall.database.reading() as conn:
            return {each.facts.name: each for each in portfolio(conn, ADMIN, self.mall.clock.now())}

    def charged_at(self, world: World) -> list[datetime]:
        """The ends of the periods that the shop was charged for."""
        with world.database.reading() as conn:
            of = charges.c.account_id == world.tenants[0].person.account_id
            return list(conn.scalars(sa.select(charges.c.period_to).where(of).order_by(charges.c.period_to)))

    def close(self) -> None:
        for node in self.nodes.values():
            node.stop()
        for world in (self.mall, self.tower):
            world.database.close()
        self.mall.loop.close()


@pytest.fixture
def sites(tmp_path: Path, migrated_file: Path) -> Iterator[Sites]:
    clock = new_clock(BEGINS_AT)
    loop, database = SimulatedLoop(clock), new_database(tmp_path, migrated_file, clock)
    mall = build(
        plan_in("Asia/Kathmandu"),
        database,
        clock,
        loop,
        Place(name="Mall", currency="NPR", sender="mall@energy.example", admin="admin@mall.example"),
    )
    tower = build(
        plan_in("America/New_York"),
        database,
        clock,
        loop,
        Place(number=1, name="Tower", currency="USD", sender="tower@energy.example", admin="admin@tower.example"),
    )
    wires, post = {**mall.links, **tower.links}, PostOffice()
    for world in (mall, tower):
        world.links, world.mail = wires, post
    made = Sites(mall, tower, post)
    yield made
    made.close()


def plan_in(time_zone: str) -> Plan:
    """A shop with credit for six minutes of its load, which may owe more than anybody here uses."""
    plan = plan_of(1, days=0.1, hardness=0).with_happenings([])
    tenant = TenantPlan(opening_h=0.1, emergency_credit_h=0.0, restore_threshold_h=0.0, debt_floor_h=100.0)
    shop = replace(plan.analyzers[0], tenant=0)
    return replace(
        plan, time_zone=time_zone, begins_at=BEGINS_AT, tenants=(tenant,), analyzers=(shop,), no_cut=(AFTERNOON,)
    )


def test_each_site_is_charged_cut_and_written_to_in_its_own_way(sites: Sites) -> None:
    mall, tower = sites.mall, sites.tower
    shops = {world.building.name: world.tenants[0].person for world in (mall, tower)}

    sites.run(10 * MINUTE_S)
    after_credit = (sites.supply(mall), sites.supply(tower))
    tower.building.recharge(shops["Tower"], "1000000", "paid")
    sites.run(35 * MINUTE_S)
    after_hours = (sites.supply(mall), sites.supply(tower))

    assert after_credit == (Supply.ON, Supply.CUT), "in Kathmandu it is afternoon, in New York night"
    assert after_hours == (Supply.CUT, Supply.ON), "one was recharged, the hours of the other are over"
    quarter_past, full = datetime(2026, 1, 5, 9, 15, tzinfo=UTC), datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert quarter_past in sites.charged_at(mall)
    assert quarter_past not in sites.charged_at(tower)
    assert full in sites.charged_at(tower)
    assert full not in sites.charged_at(mall)
    assert sites.post.senders_to(shops["Mall"].email) == {"mall@energy.example"}
    assert sites.post.senders_to(shops["Tower"].email) == {"tower@energy.example"}
    with mall.database.reading() as conn:
        sold = sold_by_site(conn, ADMIN, Since.TODAY, mall.clock.now())
    assert {each.currency for each in sold.values()} == {"NPR", "USD"}
    assert all(each.use.wh > 0 for each in sold.values())
    assert check.check(mall.database, everything=True) == []


def test_no_enforcer_has_a_connection_to_the_analyzers_of_another_site(sites: Sites) -> None:
    sites.run(2 * MINUTE_S)

    read = {name: set(node.polling.links()) for name, node in sites.nodes.items()}

    assert read == {
        "mall": {each.analyzer_id for each in sites.mall.installed},
        "tower": {each.analyzer_id for each in sites.tower.installed},
    }


def test_the_end_of_one_enforcer_leaves_the_other_site_as_it_is_and_the_portfolio_says_so(sites: Sites) -> None:
    sites.run(5 * MINUTE_S)
    sites.nodes["tower"].die()

    sites.run(5 * MINUTE_S, "mall")

    seen = sites.seen()
    assert (seen["Mall"].enforcer_lives, seen["Mall"].answering) == (True, 1)
    assert (seen["Tower"].enforcer_lives, seen["Tower"].answering) == (False, 0)
    assert (seen["Tower"].heartbeat_age_s or 0) >= 5 * MINUTE_S
    sites.nodes["tower"] = Node(sites.tower, 2)
    sites.run(2 * MINUTE_S)
    assert [each.enforcer_lives for each in sites.seen().values()] == [True, True]
    with sites.mall.database.reading() as conn:
        assert len(set(conn.scalars(sa.select(analyzer_states.c.verdict)))) == 1, "both are read as before"
    assert check.check(sites.mall.database, everything=True) == []
