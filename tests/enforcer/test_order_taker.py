"""The thread that carries orders out: soon, again after the database was away, and not after the lease is lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from enforcer.order_taker import OrderTaker
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.orders import OrderState
from sql.connection import Connection, Database
from sql.fenced import Fenced
from sql.tables import orders
from tests.sql.ordering import order_sale
from tests.sql.procedure_cases import Sell, Site
from tests.story.world import until

WITHIN_S = 20.0


class Away(Database):
    """A database that does not answer until it is told to."""

    def __init__(self, database: Database, trouble: Exception) -> None:
        super().__init__(database.url.render_as_string(hide_password=False), database.clock)
        self._trouble = trouble
        self.asked, self.back = threading.Event(), threading.Event()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self.asked.set()
        if not self.back.is_set():
            raise self._trouble
        with super().reading() as conn:
            yield conn


def states(database: Database) -> list[OrderState]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(orders.c.state).order_by(orders.c.id)))


def test_an_order_is_carried_out_soon(database: Database) -> None:
    site = Site(database)
    order_sale(site, Sell("shop", "25", "1"))
    taker = OrderTaker(database, site.house.site_id)

    taker.start()

    until(lambda: states(database) == [OrderState.DONE], "it is carried out")
    taker.stop()


@pytest.mark.parametrize("trouble", [DatabaseUnavailable(where="db", why="away"), ValueError("unforeseen")])
def test_after_any_trouble_orders_are_asked_for_again(database: Database, trouble: Exception) -> None:
    site = Site(database)
    order_sale(site, Sell("shop", "25", "1"))
    away = Away(database, trouble)
    taker = OrderTaker(away, site.house.site_id)
    taker.start()
    assert away.asked.wait(WITHIN_S)

    away.back.set()

    until(lambda: states(database) == [OrderState.DONE], "it is carried out")
    taker.stop()
    away.close()


def test_who_has_lost_the_lease_carries_nothing_out(database: Database) -> None:
    site = Site(database)
    order_sale(site, Sell("shop", "25", "1"))
    refused = threading.Event()

    def lost(_conn: Connection) -> None:
        refused.set()
        raise LeaseLost

    taker = OrderTaker(Fenced(database, lost), site.house.site_id)
    taker.start()

    assert refused.wait(WITHIN_S)
    taker.stop()
    assert states(database) == [OrderState.WAITING]
