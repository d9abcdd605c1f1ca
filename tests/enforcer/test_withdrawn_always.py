"""Whatever happens, and whenever mails leave: what is sent is so, and what is so is sent."""

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prepaid.alerts import AlertKind, Level, MessageState, deeper
from sql.alerts import end_alerts
from sql.connection import Database
from sql.crossings import lift
from sql.tables import alerts, messages
from tests.enforcer.night import AWAY, LEVELS, House


class Life:
    """What happens at the house, and what of it is so: `stands` was raised, and is not over."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.level, self.cut, self.lost = Level.FINE, False, False
        self.stands: set[AlertKind] = set()

    def sink(self, kind: AlertKind) -> None:
        if deeper(self.level, LEVELS[kind]) is not self.level:
            self.house.sink(self.level, kind)
            self.level = LEVELS[kind]
            self.stands |= {kind}

    def recharge(self) -> None:
        self.house.recharge()
        self.level = Level.FINE
        self.stands -= set(LEVELS)

    def lift(self) -> None:
        """A hold is over whose provisional use had made the credit look used up."""
        if deeper(self.level, Level.LOW) is Level.LOW:
            return
        with self.house.building.database.writing() as conn:
            assert lift(conn, self.house.shop.account_id, self.level, Level.LOW, self.house.clock.now())
        self.level = Level.LOW
        self.stands -= {AlertKind.CRITICAL, AlertKind.EXHAUSTED}

    def switch(self) -> None:
        self.cut = not self.cut
        if self.cut:
            self._tell(AlertKind.CUT, instead_of=AlertKind.RESTORED)
        else:
            self._tell(AlertKind.RESTORED, instead_of=AlertKind.CUT)

    def lose_or_find(self) -> None:
        self.lost = not self.lost
        if self.lost:
            self._tell(AlertKind.ANALYZER_LOST, instead_of=AlertKind.ANALYZER_BACK)
            return
        with self.house.building.database.writing() as conn:
            site_id, now = self.house.building.site_id, self.house.clock.now()
            assert end_alerts(conn, site_id, AlertKind.ANALYZER_LOST, self.house.meter, now) == 1
        self._tell(AlertKind.ANALYZER_BACK, instead_of=AlertKind.ANALYZER_LOST)

    def is_so(self, kind: AlertKind) -> bool:
        return kind in self.stands

    def _tell(self, kind: AlertKind, *, instead_of: AlertKind) -> None:
        self.house.tell(kind)
        self.stands = self.stands - {instead_of} | {kind}


ACTS: Mapping[str, Callable[[Life], object]] = {
    "low": lambda life: life.sink(AlertKind.LOW),
    "critical": lambda life: life.sink(AlertKind.CRITICAL),
    "exhausted": lambda life: life.sink(AlertKind.EXHAUSTED),
    "recharge": Life.recharge,
    "lift": Life.lift,
    "switch": Life.switch,
    "lose or find": Life.lose_or_find,
    "a night": lambda life: life.house.clock.advance(9 * 3600),
    "server away": lambda life: setattr(life.house.postbox, "always", AWAY),
    "server back": lambda life: setattr(life.house.postbox, "always", None),
    "drain": lambda life: life.house.sending.drain(),
}
TO_THE_MORNING = ("server back", "a night", "a night", "a night", "drain")


@given(acts=st.lists(st.sampled_from(list(ACTS)), min_size=1, max_size=30))
@example(acts=["low", "recharge", "a night", "drain"])
@example(acts=["server away", "switch", "drain", "switch", "lose or find", "lose or find", "server back", "drain"])
@example(acts=["exhausted", "lift", "drain", "recharge", "low", "critical", "recharge", "a night", "drain"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_happens_what_is_sent_is_so_and_what_is_so_is_sent(database: Database, acts: Sequence[str]) -> None:
    house = House.new(database)
    life, sent = Life(house), 0

    for act in (*acts, *TO_THE_MORNING):
        house.clock.advance(1)
        ACTS[act](life)
        assert [kind for kind in told_by(house, house.postbox.mails[sent:]) if not life.is_so(kind)] == []
        sent = len(house.postbox.mails)

    newest = dict(house.told())
    assert {kind: newest[kind] for kind in life.stands} == dict.fromkeys(life.stands, MessageState.SENT)
    assert {state for _kind, state in house.told()} <= {MessageState.SENT, MessageState.WITHDRAWN}


def told_by(house: House, mails: Sequence[EmailMessage]) -> Sequence[AlertKind]:
    """What the mails told, digests one by one."""
    ids = [str(mail["Message-ID"]) for mail in mails]
    question = (
        sa.select(alerts.c.kind)
        .join(messages, messages.c.alert_id == alerts.c.id)
        .where(messages.c.state == MessageState.SENT)
        .where(sa.or_(messages.c.message_id.in_(ids), messages.c.digest_id.in_(ids)))
    )
    with house.building.database.reading() as conn:
        return conn.scalars(question).all()
